import type { Message } from '../../generated/prisma/client.ts'
import { Conflict, type ExpectedError, InvalidInput, NotFound } from '../../kernel/errors.ts'
import { parseInput, placesIn } from '../../kernel/input.ts'
import type { Rate } from '../../kernel/rate.ts'
import { historyFrom, open, type Seat, seated, type Standing } from '../../kernel/standing.ts'
import { channelTopic } from '../../kernel/topics.ts'
import type { Turns } from '../../kernel/turns.ts'
import type { Bus } from '../../ports/bus.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Queries } from '../../ports/database.ts'
import type { RateLimiter } from '../../ports/rate-limiter.ts'
import type { Viewer } from '../../ports/sessions.ts'
import type { Announcements } from '../channels/announcements.ts'
import type { ChannelsStore } from '../channels/channels.store.ts'
import { createHistory } from './history.ts'
import { namedIn } from './mentions.ts'
import type { MessageEvent } from './messages.events.ts'
import { contentHash, editInput, messageInput, reactionInput, sendInput } from './messages.input.ts'
import { alive, mayCallEveryone, mayDelete, mayEdit, noSuchMessage, refusals } from './messages.policy.ts'
import type { Draft, MessagesStore, Outcome } from './messages.store.ts'
import type { Place } from './place.ts'
import type { ReactionsStore } from './reactions.store.ts'
import { createWriter } from './writer.ts'

type Needs = {
  store: MessagesStore
  reactions: ReactionsStore
  channels: Pick<ChannelsStore, 'standings'>
  announcements: Pick<Announcements, 'memberChanged'>
  bus: Pick<Bus, 'publish'>
  limiter: RateLimiter
  rates: { send: Rate }
  clock: Clock
  turns: Turns
}

const mostKinds = 20

/** What is said: sending, changing; and reading, as `history.ts` has it. */
export function createMessages({ store, reactions, channels, announcements, bus, limiter, rates, clock, turns }: Needs) {
  const writer = createWriter<Draft, Outcome>({ write: store.send })

  const tell = (type: MessageEvent['type'], message: Message, mentionIds: string[], fence: number) =>
    void bus.publish(channelTopic(message.channelId), { type, message, mentionIds, fence } satisfies MessageEvent)

  const standingOf = async (viewer: Viewer, channelId: string, within?: Queries): Promise<Standing | null> =>
    (await channels.standings(viewer.userId, [channelId], within))[0] ?? null

  /** Sending in a channel ends what its sender had marked as unread there. */
  async function tellUnreadEnded(viewer: Viewer, channelId: string): Promise<void> {
    const standing = await standingOf(viewer, channelId)
    if (standing?.membership) announcements.memberChanged(standing.membership)
  }

  /** What a key had led to. Of what was said before they came in again nobody sees anything, what they said themselves included. */
  async function sentBefore(viewer: Viewer, place: Place): Promise<Message> {
    const standing = await standingOf(viewer, place.channelId)
    if (!standing) throw refusals.NOT_FOUND()
    if (place.seq < historyFrom(standing))
      throw new Conflict('This was sent with this clientId before you left the channel and came back. Choose a new one to say it again.')
    return (await store.at([place]))[0]!
  }

  /** What is wrong with mentioning these people. */
  async function strangersAmong(channelId: string, mentionIds: readonly string[]): Promise<ExpectedError> {
    const people = new Map((await store.people(channelId, mentionIds)).map(({ id, member }) => [id, member]))
    const unknown = placesIn('input.mentionIds', mentionIds, (id) => !people.has(id))
    if (unknown) return new NotFound(`${unknown}: There is no such person.`)
    const strangers = mentionIds.flatMap((id, place) => (people.get(id) ? [] : [`input.mentionIds.${place}`]))
    // Whoever has joined meanwhile is none any more; sending again is right.
    const paths = strangers.length > 0 ? strangers : ['input.mentionIds']
    return new InvalidInput(paths.map((path) => ({ path, reason: 'Only who is in the channel can be mentioned.' })))
  }

  /** Changes one message, while nobody else changes it, its channel or who is in it. Null: nothing changed. */
  async function change(
    viewer: Viewer,
    place: Place | null,
    work: (message: Message, standing: Standing, within: Queries) => Promise<Message | null>,
  ): Promise<Message> {
    if (!place) throw noSuchMessage()
    const { message, changed, fence } = await turns(place.channelId, () =>
      store.transaction(async (within) => {
        const held = await store.hold(place, within)
        const standing = await standingOf(viewer, place.channelId, within)
        if (!held || !standing || held.seq < historyFrom(standing)) throw noSuchMessage()
        const { fence, ...message } = held
        return { message, fence, changed: await work(message, standing, within) }
      }),
    )
    if (!changed) return message
    tell('MessageChanged', changed, changed.deletedAt ? [] : await store.mentionIds(changed), fence)
    return changed
  }

  /** The same for one that a member does something with: it is there still, in a channel that isn't archived. */
  const changeAs = (
    viewer: Viewer,
    place: Place | null,
    work: (message: Message, seat: Seat, within: Queries) => Promise<Message | null>,
  ): Promise<Message> =>
    change(viewer, place, (message, standing, within) => {
      const seat = seated(standing)
      open(seat)
      return work(alive(message), seat, within)
    })

  return {
    ...createHistory({ store, reactions }),

    /** Answers with the first message where this key was used before. */
    async send(viewer: Viewer, input: unknown): Promise<{ message: Message; replayed: boolean }> {
      const { channelId, text, clientId, replyToId, mentionIds } = parseInput(sendInput, input)
      if (replyToId === null) throw noSuchMessage()
      await limiter.take(`send:user:${viewer.userId}`, rates.send)
      const content = { text, replyToSeq: replyToId?.seq ?? null, mentionIds: [...new Set(mentionIds)] }
      const { verdict, seq, createdAt, named, unreadEnded, fence } = await writer.send(channelId, {
        ...content,
        ...namedIn(text),
        senderId: viewer.userId,
        clientId,
        contentHash: clientId ? contentHash(content) : null,
        admin: viewer.role === 'ADMIN',
      })
      if (verdict === 'REPLAYED') return { message: await sentBefore(viewer, { channelId, seq }), replayed: true }
      if (verdict === 'NOT_ALL_MEMBERS') throw await strangersAmong(channelId, mentionIds)
      if (verdict !== 'SENT') throw refusals[verdict]()
      const message: Message = {
        channelId,
        seq,
        version: 1,
        kind: 'TEXT',
        senderId: viewer.userId,
        text,
        clientId,
        replyToSeq: content.replyToSeq,
        createdAt,
        editedAt: null,
        deletedAt: null,
      }
      tell('MessageAdded', message, named ?? [], fence)
      if (unreadEnded) await tellUnreadEnded(viewer, channelId)
      return { message, replayed: false }
    },

    async edit(viewer: Viewer, input: unknown): Promise<Message> {
      const { messageId, text, expectedVersion } = parseInput(editInput, input)
      return changeAs(viewer, messageId, async (message, seat, within) => {
        const now = clock.now()
        mayEdit(viewer, message, now)
        if (expectedVersion != null && expectedVersion !== message.version)
          throw new Conflict(`The message has changed since: it is at version ${message.version} now.`)
        if (text === message.text) return null
        const { handles, everyone } = namedIn(text)
        return store.edit(message, { text, editedAt: now, handles, everyone: everyone && mayCallEveryone(viewer, seat) }, within)
      })
    },

    /** Deleting what is deleted changes nothing. */
    async delete(viewer: Viewer, input: unknown): Promise<Message> {
      const { messageId } = parseInput(messageInput, input)
      return change(viewer, messageId, async (message, standing, within) => {
        mayDelete(viewer, message, standing)
        open(standing)
        return message.deletedAt ? null : store.bury(message, clock.now(), within)
      })
    },

    async addReaction(viewer: Viewer, input: unknown): Promise<Message> {
      const { messageId, emoji } = parseInput(reactionInput, input)
      return changeAs(viewer, messageId, async (message, _seat, within) => {
        const kinds = await reactions.kinds(message, within)
        if (kinds.length >= mostKinds && !kinds.includes(emoji))
          throw new Conflict(`A message has at most ${mostKinds} kinds of reactions. Join one of them.`)
        return reactions.add(message, emoji, viewer.userId, within)
      })
    },

    async removeReaction(viewer: Viewer, input: unknown): Promise<Message> {
      const { messageId, emoji } = parseInput(reactionInput, input)
      return changeAs(viewer, messageId, (message, _seat, within) => reactions.remove(message, emoji, viewer.userId, within))
    },

    /** Drafts that wait to be written, for whoever watches the server. */
    waiting: () => writer.waiting(),
  }
}

export type Messages = ReturnType<typeof createMessages>
