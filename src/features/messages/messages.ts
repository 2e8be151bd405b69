import type { Message, User } from '../../generated/prisma/client.ts'
import { Conflict, Forbidden, InvalidInput, type InputIssue } from '../../kernel/errors.ts'
import { parseInput } from '../../kernel/input.ts'
import { type Connection, connectionOf, type PageArgs, pageOf } from '../../kernel/page.ts'
import type { Rate } from '../../kernel/rate.ts'
import type { Bus } from '../../ports/bus.ts'
import type { Clock } from '../../ports/clock.ts'
import type { RateLimiter } from '../../ports/rate-limiter.ts'
import type { Viewer } from '../../ports/sessions.ts'
import { channelTopic } from '../channels/channels.events.ts'
import type { ChannelsStore } from '../channels/channels.store.ts'
import { noSuchChannel, open, seated, type Seat, type Standing } from '../channels/standing.ts'
import { namedIn } from './mentions.ts'
import type { MessageEvent } from './messages.events.ts'
import { contentHash, editInput, messageInput, reactionInput, sendInput } from './messages.input.ts'
import { alive, historyFrom, mayDelete, mayEdit, noSuchMessage } from './messages.policy.ts'
import type { Draft, MessagesStore, Outcome, Verdict } from './messages.store.ts'
import { type Place, placeKey } from './place.ts'
import type { ReactionCount, ReactionsStore } from './reactions.store.ts'
import { createWriter } from './writer.ts'

type Needs = {
  store: MessagesStore
  reactions: ReactionsStore
  channels: Pick<ChannelsStore, 'standings' | 'hold'>
  bus: Pick<Bus, 'publish'>
  limiter: RateLimiter
  rates: { send: Rate }
  clock: Clock
}

export type MessagesArgs = PageArgs & { aroundSeq?: number | null }

const mostKinds = 20

const refusals: Record<Exclude<Verdict, 'SENT' | 'REPLAYED'>, () => Error> = {
  NOT_FOUND: noSuchChannel,
  NOT_MEMBER: () => new Forbidden('Join this channel first.'),
  OTHER_CONTENT: () => new Conflict('Another message was sent with this clientId. Choose a new one for each message.'),
  ARCHIVED: () => new Conflict('This channel is archived: it can be read, and its owner can bring it back.'),
  PEER_GONE: () => new Conflict('The account of the other person was deleted.'),
  NO_REPLY_TO: () => new InvalidInput([{ path: 'input.replyToId', reason: 'There is no such message in this channel.' }]),
  NOT_ALL_MEMBERS: () => new InvalidInput([{ path: 'input.mentionIds', reason: 'Everyone mentioned must be in the channel.' }]),
}

/** What is said: sending, changing, reading. */
export function createMessages({ store, reactions, channels, bus, limiter, rates, clock }: Needs) {
  const writer = createWriter<Draft, Outcome>({ write: store.send })

  const tell = (type: MessageEvent['type'], message: Message, mentionIds: string[]) =>
    void bus.publish(channelTopic(message.channelId), { type, message, mentionIds } satisfies MessageEvent)

  const tellChanged = async (message: Message): Promise<Message> => {
    tell('MessageChanged', message, message.deletedAt ? [] : await store.mentionIds(message))
    return message
  }

  /** Changes one message, while nobody else changes it, its channel or who is in it. Null: nothing changed. */
  async function change(
    viewer: Viewer,
    place: Place | null,
    work: (
      message: Message,
      standing: Seat | Standing,
      within: Parameters<Parameters<typeof store.transaction>[0]>[0],
    ) => Promise<Message | null>,
  ) {
    if (!place) throw noSuchMessage()
    const { message, changed } = await store.transaction(async (within) => {
      const standing = await channels.hold(viewer.userId, place.channelId, within)
      if (!standing) throw noSuchMessage()
      const message = await store.hold(place, within)
      if (!message || message.seq < historyFrom(standing)) throw noSuchMessage()
      const changed = await work(message, standing, within)
      return { message, changed }
    })
    return changed ? tellChanged(changed) : message
  }

  return {
    /** Answers with the first message where this key was used before. */
    async send(viewer: Viewer, input: unknown): Promise<{ message: Message; replayed: boolean }> {
      const { channelId, text, clientId, replyToId, mentionIds } = parseInput(sendInput, input)
      if (replyToId === null && (input as { replyToId?: unknown }).replyToId != null) throw refusals.NO_REPLY_TO()
      if (replyToId && replyToId.channelId !== channelId) throw refusals.NO_REPLY_TO()
      await limiter.take(`send:user:${viewer.userId}`, rates.send)
      const content = { text, replyToSeq: replyToId?.seq ?? null, mentionIds: [...new Set(mentionIds)] }
      const named = namedIn(text)
      const { verdict, seq, createdAt } = await writer.send(channelId, {
        ...content,
        ...named,
        senderId: viewer.userId,
        clientId: clientId?.toLowerCase() ?? null,
        contentHash: clientId ? contentHash(content) : null,
      })
      if (verdict === 'REPLAYED') return { message: (await store.at([{ channelId, seq }]))[0]!, replayed: true }
      if (verdict !== 'SENT') throw refusals[verdict]()
      const message: Message = {
        channelId,
        seq,
        version: 1,
        kind: 'TEXT',
        senderId: viewer.userId,
        text,
        clientId: clientId?.toLowerCase() ?? null,
        replyToSeq: content.replyToSeq,
        createdAt,
        editedAt: null,
        deletedAt: null,
      }
      const names = named.everyone || named.handles.length > 0 || content.mentionIds.length > 0
      tell('MessageAdded', message, names ? await store.mentionIds(message) : [])
      return { message, replayed: false }
    },

    edit(viewer: Viewer, input: unknown): Promise<Message> {
      const { messageId, text, expectedVersion } = parseInput(editInput, input)
      return change(viewer, messageId, async (found, standing, within) => {
        const seat = seated(standing)
        const message = alive(found, seat)
        mayEdit(viewer, message, clock.now())
        open(seat)
        if (expectedVersion != null && expectedVersion !== message.version)
          throw new Conflict(`The message has changed since: it is at version ${message.version} now.`)
        if (text === message.text) return null
        const { handles, everyone } = namedIn(text)
        const callsEveryone = everyone && seat.membership.role !== 'MEMBER' && seat.channel.memberCount <= 500
        return store.edit(message, { text, editedAt: clock.now(), handles, everyone: callsEveryone }, within)
      })
    },

    /** Deleting what is deleted changes nothing. */
    delete(viewer: Viewer, input: unknown): Promise<Message> {
      const { messageId } = parseInput(messageInput, input)
      return change(viewer, messageId, async (message, standing, within) => {
        if (!standing.membership && !(viewer.role === 'ADMIN' && standing.channel.kind === 'PUBLIC')) seated(standing)
        mayDelete(viewer, message, standing)
        open(standing)
        return message.deletedAt ? null : store.bury(message, clock.now(), within)
      })
    },

    addReaction(viewer: Viewer, input: unknown): Promise<Message> {
      const { messageId, emoji } = parseInput(reactionInput, input)
      return change(viewer, messageId, async (found, standing, within) => {
        const seat = seated(standing)
        const message = alive(found, seat)
        open(seat)
        const kinds = await reactions.kinds(message, within)
        if (kinds.length >= mostKinds && !kinds.includes(emoji))
          throw new Conflict(`A message has at most ${mostKinds} kinds of reactions. Join one of them.`)
        return reactions.add(message, emoji, viewer.userId, within)
      })
    },

    removeReaction(viewer: Viewer, input: unknown): Promise<Message> {
      const { messageId, emoji } = parseInput(reactionInput, input)
      return change(viewer, messageId, async (found, standing, within) => {
        const seat = seated(standing)
        const message = alive(found, seat)
        open(seat)
        return reactions.remove(message, emoji, viewer.userId, within)
      })
    },

    /** Of a channel the viewer may see, in the order of seq. */
    async page(standing: Standing, { aroundSeq, ...args }: MessagesArgs): Promise<Connection<Message>> {
      const { channel } = standing
      const from = historyFrom(standing)
      if (aroundSeq != null) return around(standing, aroundSeq, args)
      const page = pageOf<number>(args, ([seq]) => (typeof seq === 'number' && Number.isInteger(seq) && seq > 0 ? seq : null))
      const rows = await store.page(channel.id, { from, ...page })
      return connectionOf(page, rows, ({ seq }) => [seq])
    },

    /** In the order of the places; null for what the viewer may not see. */
    async at(standings: ReadonlyMap<string, Standing | null>, places: readonly Place[]): Promise<(Message | null)[]> {
      const visible = places.filter(({ channelId, seq }) => {
        const standing = standings.get(channelId)
        return standing && seq >= historyFrom(standing)
      })
      const rows = new Map((await store.at(visible)).map((row) => [placeKey(row), row]))
      return places.map((place) => rows.get(placeKey(place)) ?? null)
    },

    /** For each place the people it names. */
    async mentions(places: readonly Place[]): Promise<User[][]> {
      const found = Map.groupBy(await store.mentions(places), placeKey)
      return places.map((place) => (found.get(placeKey(place)) ?? []).map(({ user }) => user))
    },

    async reactions(places: readonly Place[], viewer: Viewer | null): Promise<ReactionCount[][]> {
      const found = Map.groupBy(await reactions.of(places, viewer?.userId ?? null), placeKey)
      return places.map((place) => found.get(placeKey(place)) ?? [])
    },

    /** Drafts that wait to be written, for whoever watches the server. */
    waiting: () => writer.waiting(),
  }

  /** A window with one message in the middle. Numbers have no holes, so its ends are known without looking. */
  async function around(standing: Standing, aroundSeq: number, { first, after, last, before }: PageArgs): Promise<Connection<Message>> {
    const issues: InputIssue[] = []
    if (aroundSeq < 1) issues.push({ path: 'aroundSeq', reason: 'Must be 1 or more.' })
    for (const [path, value] of Object.entries({ after, last, before }))
      if (value != null) issues.push({ path, reason: 'Goes without aroundSeq.' })
    if (issues.length > 0) throw new InvalidInput(issues)
    const { take } = pageOf<number>({ first }, () => null)
    const earliest = historyFrom(standing)
    const start = Math.max(earliest, aroundSeq - Math.floor((take - 1) / 2))
    const rows =
      take === 0 ? [] : await store.page(standing.channel.id, { from: start, after: null, before: start + take, backward: false, take })
    const { edges, pageInfo } = connectionOf({ take, backward: false, after: null, before: null }, rows, ({ seq }) => [seq])
    const newest = rows.at(-1)?.seq ?? start - 1
    return { edges, pageInfo: { ...pageInfo, hasNextPage: newest < standing.channel.lastSeq, hasPreviousPage: start > earliest } }
  }
}

export type Messages = ReturnType<typeof createMessages>
