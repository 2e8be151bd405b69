import { buildSchema, parse } from 'graphql'
import { expect, test } from 'vitest'
import { costOf } from '../../src/graphql/cost.ts'

const schema = buildSchema(`
  type Query { viewer: Viewer users(first: Int, last: Int): UserConnection! node: Node search: [Result!]! names: [String!]! }
  type Mutation { rename: RenameResult! }
  type Subscription { user: User! }
  type Viewer { user: User! sessions: [Session!]! email: String }
  type Session { id: ID! user: User! }
  interface Node { id: ID! }
  type User implements Node { id: ID! name: String friends(first: Int, last: Int): UserConnection! groups: [Group!]! }
  type Group { name: String users(first: Int): UserConnection! }
  type UserConnection { edges: [UserEdge!]! nodes: [User!]! pageInfo: PageInfo! totalCount: Int! }
  type UserEdge { cursor: String! node: User! }
  type PageInfo { hasNextPage: Boolean! }
  union Result = User | Group
  type Renamed { viewer: Viewer! }
  type Refused { reason: String! }
  union RenameResult = Renamed | Refused
`)

const cost = (query: string, variables?: Record<string, unknown>, operationName?: string) =>
  costOf(schema, parse(query), operationName, variables)

test.each([
  ['leaves are free', '{ names __typename }', 0],
  ['each object selected costs 1', '{ viewer { email user { name } } }', 2],
  ['a list without paging times 10', '{ viewer { sessions { id user { name } } } }', 1 + 10 * 2],
  ['lists inside lists multiply', '{ viewer { sessions { user { groups { name } } } } }', 1 + 10 * (1 + 1 + 10)],
  [
    'a connection times its page size',
    '{ users(first: 20) { edges { cursor node { name } } pageInfo { hasNextPage } totalCount } }',
    1 + 20 * 2 + 1,
  ],
  ['from the end likewise', '{ users(last: 5) { nodes { name } } }', 1 + 5],
  ['with the size that is the default', '{ users { nodes { name } } }', 1 + 50],
  [
    'connections inside connections multiply',
    '{ users(first: 10) { nodes { friends(first: 5) { nodes { id } } } } }',
    1 + 10 * (1 + 1 + 5),
  ],
  ['a page of nothing costs itself', '{ users(first: 0) { nodes { friends { nodes { id } } } } }', 1],
  ['a negative page is wrong elsewhere, and no discount', '{ viewer { user { name } } users(first: -100) { nodes { id } } }', 2 + 51],
  [
    'the members of a union add up',
    '{ search { ... on User { friends(first: 3) { nodes { id } } } ... on Group { name } } }',
    10 * (1 + 1 + 3),
  ],
  ['an alias is another object', '{ a: viewer { email } b: viewer { email } }', 2],
  ['mutations cost what they show', 'mutation { rename { ... on Renamed { viewer { user { id } } } ... on Refused { reason } } }', 3],
  ['subscriptions what an event shows', 'subscription { user { friends(first: 2) { nodes { id } } } }', 1 + 1 + 2],
  ['introspection is free', '{ __schema { types { name fields { name } } } }', 0],
])('%s', (_name, query, expected) => {
  expect(cost(query)).toBe(expected)
})

test('variables say the page size, their defaults too', () => {
  const query = 'query ($n: Int = 7) { users(first: $n) { nodes { id } } }'
  expect(cost(query, { n: 30 })).toBe(31)
  expect(cost(query)).toBe(8)
  expect(cost(query, { n: null })).toBe(51)
  expect(cost('query ($n: Int) { users(first: $n) { nodes { id } } }', {})).toBe(51)
  expect(cost('query ($n: Int, $m: Int) { users(first: $n, last: $m) { nodes { id } } }', { m: 4 })).toBe(5)
})

test('of several operations only the named one counts', () => {
  const query = 'query One { viewer { email } } query Two { users(first: 100) { nodes { id } } }'
  expect(cost(query, {}, 'One')).toBe(1)
  expect(cost(query, {}, 'Two')).toBe(101)
})

test('fragments count at each place, by the page around them', () => {
  const query = `
    { users(first: 2) { ...People } viewer { user { friends(first: 5) { ...People } } } node { ... on User { ...Groups } } }
    fragment People on UserConnection { nodes { ...Groups } }
    fragment Groups on User { groups { name } }
  `
  expect(cost(query)).toBe(1 + 2 * 11 + (1 + 1 + 1 + 5 * 11) + (1 + 10))
})

test('fragments that double at each step are measured once each', () => {
  const steps = 60
  const fragments = Array.from(
    { length: steps },
    (_, i) => `fragment F${i} on User { a: groups { users { nodes { ...F${i + 1} } } } b: groups { users { nodes { ...F${i + 1} } } } }`,
  )
  const query = `{ viewer { user { ...F0 } } } ${fragments.join(' ')} fragment F${steps} on User { name }`
  expect(cost(query)).toBeGreaterThan(1e100)
})
