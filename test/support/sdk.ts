import { createParley, type Inbox, type InboxOptions, type InboxSnapshot, type Parley, type ParleyOptions } from '../../src/sdk/index.ts'
import type { Person } from './people.ts'
import { until } from './until.ts'

/** The SDK as somebody, with short waits. */
export const parleyOf = (url: string, { token }: Pick<Person, 'token'>, options: Partial<ParleyOptions> = {}): Parley =>
  createParley({ url, token, retry: { firstMs: 20, mostMs: 200 }, ...options })

/** An inbox of somebody that is there, and says nothing by itself. */
export async function inboxOf(url: string, person: Person, options: Partial<ParleyOptions> = {}, more: InboxOptions = {}) {
  const parley = parleyOf(url, person, options)
  const inbox = parley.inbox({ acknowledge: false, ...more })
  await inbox.ready
  return {
    parley,
    inbox,
    close() {
      inbox.close()
      parley.close()
    },
  }
}

export const live = (inbox: Inbox): boolean => inbox.getSnapshot().status.phase === 'live'

/** Waits until the inbox shows something. */
export const shows = (inbox: Inbox, what: (snapshot: InboxSnapshot) => boolean, timeout?: number): Promise<unknown> =>
  until(() => what(inbox.getSnapshot()), timeout)

/** What was said in a channel as it is shown: `…` behind what is on its way, `!` behind what failed. */
export const said = (inbox: Inbox, channelId: string): (string | null)[] => {
  const { messages, pending } = inbox.getSnapshot().channels[channelId]!
  return [...messages.map(({ text }) => text), ...pending.map(({ text, status }) => `${text}${status === 'failed' ? '!' : '…'}`)]
}
