import { mutationOf } from '../support/people.ts'
import { people, type Row, signedInOnly } from './table.ts'

export const peopleRows: Row[] = [
  {
    field: 'Query.viewer',
    outcomes: people({ signedOut: 'null', person: 'allowed' }),
    call: () => ({ document: '{ viewer { email user { handle } } }' }),
  },
  {
    field: 'Query.user',
    outcomes: signedInOnly,
    call: ({ other }) => ({
      document: 'query ($handle: String!) { user(handle: $handle) { displayName bio } }',
      variables: { handle: other.handle },
    }),
  },
  {
    field: 'Query.users',
    outcomes: signedInOnly,
    call: ({ other }) => ({
      document:
        'query ($search: String, $after: String, $before: String) { users(search: $search, after: $after, before: $before) { edges { node { displayName bio } } } }',
      variables: { search: other.handle },
    }),
  },
  {
    field: 'Query.node',
    about: 'a person',
    outcomes: signedInOnly,
    call: ({ other }) => ({ document: 'query ($id: ID!) { node(id: $id) { ... on User { displayName } } }', variables: { id: other.id } }),
  },
  {
    field: 'Query.nodes',
    about: 'people',
    outcomes: signedInOnly,
    call: ({ other }) => ({
      document: 'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on User { displayName } } }',
      variables: { ids: [other.id] },
    }),
  },
  {
    field: 'Mutation.updateProfile',
    outcomes: signedInOnly,
    call: () => ({
      document: mutationOf('updateProfile', { payload: 'viewer { user { bio } }' }),
      variables: { input: { bio: 'Changed' } },
    }),
  },
  {
    field: 'Mutation.updateSettings',
    outcomes: signedInOnly,
    call: () => ({
      document: mutationOf('updateSettings', { payload: 'viewer { email }' }),
      variables: { input: { timeZone: 'Europe/Berlin' } },
    }),
  },
]
