import { describe, expect, it } from 'vitest'
import { RateLimited } from '../../../src/kernel/errors.ts'
import type { Passwords } from '../../../src/ports/passwords.ts'

/** What any hashing of passwords must do. */
export function passwordsContract(name: string, open: () => Passwords): void {
  describe(`${name} as passwords`, () => {
    it('knows a password again, and no other', async () => {
      const passwords = open()
      const hash = await passwords.hash('correct horse battery staple')
      expect(await passwords.verify(hash, 'correct horse battery staple')).toBe(true)
      for (const wrong of ['correct horse battery stapl', 'Correct horse battery staple', '', 'correct horse battery staple\0'])
        expect(await passwords.verify(hash, wrong)).toBe(false)
    })

    it('hashes the same password differently each time, and never shows it', async () => {
      const passwords = open()
      const [one, other] = await Promise.all([passwords.hash('s3cret-word'), passwords.hash('s3cret-word')])
      expect(one).not.toBe(other)
      expect(one).not.toContain('s3cret-word')
    })

    it('takes a password however its letters were composed, and however long it is', async () => {
      const passwords = open()
      const hash = await passwords.hash('caf\u00e9 \u1e9b\u0323')
      expect(await passwords.verify(hash, 'cafe\u0301 \u1e9b\u0323')).toBe(true)
      const long = await passwords.hash(`${'🔑'.repeat(500)}a`)
      expect(await passwords.verify(long, `${'🔑'.repeat(500)}a`)).toBe(true)
      expect(await passwords.verify(long, `${'🔑'.repeat(500)}b`)).toBe(false)
    })

    it('is false for nobody, in the time that it takes for somebody', async () => {
      const passwords = open()
      const hash = await passwords.hash('password')
      const taken = async (whose: string | null) => {
        const start = performance.now()
        expect(await passwords.verify(whose, 'wrong')).toBe(false)
        return performance.now() - start
      }
      const ratios: number[] = []
      for (let round = 0; round < 15; round++) ratios.push((await taken(null)) / (await taken(hash)))
      const middle = ratios.toSorted((one, other) => one - other)[7]!
      expect(middle).toBeGreaterThan(0.7)
      expect(middle).toBeLessThan(1.4)
    })

    it('refuses more than can wait, says for how long, and serves those who wait', async () => {
      const passwords = open()
      const outcomes = await Promise.allSettled(Array.from({ length: 300 }, () => passwords.verify(null, 'x')))
      const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []))
      expect(refused.length).toBeGreaterThan(0)
      expect(refused.length).toBeLessThan(290)
      for (const reason of refused) expect(reason).toBeInstanceOf(RateLimited)
      const { retryAfterMs } = refused[0] as RateLimited
      expect(retryAfterMs).toBeGreaterThan(50)
      expect(retryAfterMs).toBeLessThan(30_000)
      expect(await passwords.verify(await passwords.hash('after'), 'after')).toBe(true)
    })
  })
}
