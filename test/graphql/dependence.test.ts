import { parse } from 'graphql'
import { describe, expect, it } from 'vitest'
import { dependencesOf } from '../../src/graphql/dependence.ts'
import { schema } from '../../src/graphql/schema.ts'

const nothing = { own: false, reads: false, history: false, viewer: false }
const of = (document: string, type: string) => dependencesOf(schema, parse(document)).get(type)
const message = (fields: string) => of(`subscription { messageAdded(channelId: 1) { message { ${fields} } } }`, 'MessageAdded')

describe('what the answer to an event depends on', () => {
  it.each([
    ['seq text sender { displayName } channel { name topic } __typename', {}],
    ['clientId', { own: true }],
    ['receiptSummary { read }', { reads: true }],
    ['replyTo { text }', { history: true }],
    ['reactions { viewerReacted }', { viewer: true }],
    ['channel { peer { id } }', { viewer: true }],
    ['channel { membership { role } }', { viewer: true }],
    // What it leads to may be about anyone, and reach back further than was looked at.
    ['replyTo { clientId }', { history: true, viewer: true }],
    ['replyTo { replyTo { text } }', { history: true, viewer: true }],
    ['channel { members { edges { node { notificationLevel } } } }', { viewer: true }],
    ['channel { receipts { edges { node { readSeq } } } }', { reads: true, viewer: true }],
  ])('message { %s }', (fields, expected) => {
    expect(message(fields)).toEqual({ ...nothing, ...expected })
  })

  it('is found in fragments, in those of an interface and in an interface’s field', () => {
    const inbox = (fields: string, more = '') =>
      `subscription { inboxEvents { ...E } } fragment E on InboxEvent { cursor ${fields} } ${more}`
    const nested = inbox(
      '... on MessageAdded { message { ...M } }',
      'fragment M on Message { ... on Node { id ...N } } fragment N on Message { clientId }',
    )
    expect(of(nested, 'MessageAdded')).toEqual({ ...nothing, own: true })
    expect(of(nested, 'MessageChanged')).toEqual(nothing)
    expect(of(inbox('... on ViewerChanged { viewer { version } }'), 'ViewerChanged')).toEqual({ ...nothing, viewer: true })
    expect(
      of('subscription { ...S } fragment S on Subscription { messageAdded(channelId: 1) { message { clientId } } }', 'MessageAdded'),
    ).toEqual({
      ...nothing,
      own: true,
    })
  })

  it('stays about the same person on the way to their marks', () => {
    const changed = 'subscription { inboxEvents { ... on MembershipChanged { membership { unread { messages } receipt { readSeq } } } } }'
    expect(of(changed, 'MembershipChanged')).toEqual({ ...nothing, own: true, reads: true })
  })
})
