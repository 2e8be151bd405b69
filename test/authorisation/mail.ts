import { randomUUID } from 'node:crypto'
import { encodeNodeId } from '../../src/kernel/node-id.ts'
import { mutationOf } from '../support/people.ts'
import type { Scene } from './scene.ts'
import { people, type Row } from './table.ts'

const administrators = people({ signedOut: 'UNAUTHENTICATED', person: 'FORBIDDEN', admin: 'allowed' })

/** A mail that could not be sent to somebody else. */
async function deadLetter({ world, secret }: Scene): Promise<string> {
  const id = randomUUID()
  await world.app.database.pool.query(
    `INSERT INTO mails (id, key, priority, state, recipient, subject, text, html, tries, last_error, settled_at)
     VALUES ($1::uuid, $1::text, 'NOTIFICATION', 'DEAD', $2, $3, $3, $3, 3, $3, now())`,
    [id, `${secret}@example.org`, secret],
  )
  return encodeNodeId('DeadLetter', id)
}

export const mailRows: Row[] = [
  {
    field: 'Query.deadLetters',
    outcomes: administrators,
    call: async (scene) => {
      await deadLetter(scene)
      const fields = 'id priority to subject tries lastError createdAt at'
      const args = 'after: $after, before: $before'
      return { document: `query ($after: String, $before: String) { deadLetters(${args}) { edges { node { ${fields} } } } }` }
    },
  },
  {
    field: 'Mutation.retryDeadLetter',
    outcomes: administrators,
    call: async (scene) => ({
      document: mutationOf('retryDeadLetter', { payload: 'id' }),
      variables: { input: { id: await deadLetter(scene) } },
    }),
  },
  {
    field: 'Mutation.retryDeadLetter',
    about: 'one that is not there',
    outcomes: people({ signedOut: 'UNAUTHENTICATED', person: 'FORBIDDEN', admin: 'NOT_FOUND' }),
    call: () => ({
      document: mutationOf('retryDeadLetter', { payload: 'id' }),
      variables: { input: { id: encodeNodeId('DeadLetter', randomUUID()) } },
    }),
  },
]
