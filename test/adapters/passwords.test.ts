import { describe, expect, it } from 'vitest'
import { createPasswords } from '../../src/adapters/passwords.ts'
import { passwordsContract } from './contracts/passwords.ts'

passwordsContract('passwords', () => createPasswords({ atOnce: 1 }))

describe('passwords', () => {
  it('are written in the string format that others can read, with the costs that were decided', async () => {
    expect(await createPasswords().hash('password')).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
  })

  it('are read from what others wrote, at its own costs', async () => {
    // From the tests of the reference implementation.
    const theirs = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'
    expect(await createPasswords().verify(theirs, 'password')).toBe(true)
    expect(await createPasswords().verify(theirs, 'Password')).toBe(false)
  })

  it('fail loudly over what is no hash of ours', async () => {
    for (const broken of ['', 'password', '$2b$10$abcdefghijklmnopqrstuv', '$argon2id$v=19$m=1,t=1,p=1$$'])
      await expect(createPasswords().verify(broken, 'password')).rejects.toThrow('not argon2id')
  })

  it('are made by so many at once, and by no more', async () => {
    const passwords = createPasswords({ atOnce: 1 })
    const start = performance.now()
    const ends: number[] = []
    await Promise.all(Array.from({ length: 8 }, async () => ends.push(await passwords.hash('x').then(() => performance.now() - start))))
    // One after the other, the last takes eight times as long as the first; on several threads, hardly twice.
    expect(ends[7]! / ends[0]!).toBeGreaterThan(4)
  })

  it('go on after one that failed', async () => {
    const passwords = createPasswords({ atOnce: 1 })
    const impossible = '$argon2id$v=19$m=1,t=1,p=9$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'
    await expect(passwords.verify(impossible, 'password')).rejects.toThrow('out of range')
    expect(await passwords.verify(await passwords.hash('next'), 'next')).toBe(true)
  })
})
