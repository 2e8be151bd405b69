import { serverAudits } from 'graphql-http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createEdge, type Edge } from '../support/edge.ts'

let edge: Edge
beforeAll(async () => void (edge = await createEdge()))
afterAll(() => edge.server.drain())

const audits = serverAudits({ url: () => `${edge.url}/graphql` })
const required = audits.filter(({ name }) => /^(MUST|SHOULD)/.test(name))
const optional = audits.filter((audit) => !required.includes(audit))

test.each(required)('$id $name', async ({ fn }) => {
  expect(await fn()).toMatchObject({ status: 'ok' })
})

test('of what is optional, GET alone is left out: there is no way to run an operation that needs no preflight', async () => {
  const results = await Promise.all(optional.map(({ fn }) => fn()))
  expect(results.filter(({ status }) => status !== 'ok').map(({ name }) => name)).toEqual([
    'MAY accept application/x-www-form-urlencoded formatted GET requests',
    'MAY allow URL-encoded JSON string {variables} parameter in GETs when accepting application/graphql-response+json',
    'MAY allow URL-encoded JSON string {variables} parameter in GETs when accepting application/json',
  ])
})
