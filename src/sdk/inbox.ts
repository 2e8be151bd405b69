import { subscriptions } from './documents.ts'
import { asParleyError, mayPass, ParleyError, type RequestFailed, unwrap } from './errors.ts'
import { createKeeper } from './keeper.ts'
import type { Live } from './live.ts'
import type { Operations } from './operations.ts'
import { createOutbox } from './outbox.ts'
import { createRetry, type RetryOptions } from './retry.ts'
import type { InboxEvent, InboxSnapshot, PendingMessage } from './state.ts'
import { createStore } from './store.ts'
import { createTyping } from './typing.ts'
import { newClientId } from './uuid.ts'

export type InboxOptions = {
  /** How many channels are read at first, the most recently active ones: 50 unless said otherwise, at most 50. */
  channels?: number
  /** False: nobody is told that messages have arrived here, until they are read. */
  acknowledge?: boolean
  /** False: without who is typing and who is online. */
  ephemeral?: boolean
}

export type SendOptions = { replyToId?: string; mentionIds?: readonly string[] }

/** Everything that concerns somebody, kept as it is on the server. */
export type Inbox = {
  /** Calls back whenever `getSnapshot()` gives something else; returns how to stop that. */
  subscribe(listener: () => void): () => void
  /** What there is to show now. The same object, with the same parts, as long as nothing of it changes. */
  getSnapshot(): InboxSnapshot
  /** When everything is there for the first time. Rejects where that can't be, such as signed out. */
  ready: Promise<void>
  /**
   * Says something. It is shown at once, as pending, and moves to its place when the server has it; while there is no network it
   * waits. Returns the key by which it is found in `pending`.
   */
  send(channelId: string, text: string, options?: SendOptions): string
  /** Sends one that failed again; with the same key, so never twice. */
  retry(clientId: string): void
  /** Takes one away that failed, or that waits to be sent. */
  discard(clientId: string): void
  /** The newest page, or with `before` the one that ends before that `seq`. At most 30 at once. */
  loadMessages(channelId: string, page?: { before?: number; count?: number }): Promise<void>
  /** The next page of who is in a channel, and how far they have got. */
  loadMembers(channelId: string): Promise<void>
  /** The next page of channels. */
  loadChannels(): Promise<void>
  /** The next page of notifications. */
  loadNotifications(): Promise<void>
  /** What somebody opens who wants to look at a channel: its newest messages, and who is there. */
  open(channelId: string): Promise<void>
  /** Everything up to `seq` is read; without one, all that is here. */
  markRead(channelId: string, seq?: number): Promise<void>
  /** To be called on each stroke: says it every three seconds, until `false`, or until something is sent. */
  typing(channelId: string, isTyping?: boolean): void
  /** Tries at once where it waits to try again. */
  reconnect(): void
  close(): void
}

type Needs = { operations: Operations; live: Live; retry?: RetryOptions; options?: InboxOptions }

const mostMessages = 30
const mostUnreadPages = 20

export function createInbox({ operations, live, retry: retryOptions, options = {} }: Needs): Inbox {
  const first = Math.min(options.channels ?? 50, 50)
  const store = createStore()
  const { dispatch, state } = store
  const retry = createRetry(retryOptions)
  const sending = createRetry(retryOptions)
  const outbox = createOutbox({ send: operations.sendMessage, dispatch, retry: sending })
  const keeper = createKeeper({ operations, store, retry: createRetry(retryOptions), acknowledge: options.acknowledge ?? true })
  /** Channels that somebody looks at: their messages are read again with each snapshot. */
  const opened = new Set<string>()
  const typing = createTyping(operations)
  let stopListening = () => {}
  let stopWaiting = () => {}
  let over = false
  let wasReady = false
  let isReady = () => {}
  let isNot = (_error: ParleyError) => {}
  const ready = new Promise<void>((resolve, reject) => {
    isReady = resolve
    isNot = reject
  })
  ready.catch(() => {})

  const now = () => new Date().toISOString()

  function end(error: ParleyError | null): void {
    if (over) return
    over = true
    stopListening()
    stopWaiting()
    outbox.stop()
    keeper.stop()
    retry.end()
    sending.end()
    if (error) refuseAll(error)
    dispatch({ type: 'status', status: { phase: 'ended', error } })
    isNot(error ?? new ParleyError('CLOSED', 'The inbox was closed.'))
  }

  /** Nobody sends them any more. */
  function refuseAll({ name, code, message }: ParleyError): void {
    const failure = { __typename: name, code, reason: message }
    for (const { channelId, clientId, status } of pending())
      if (status === 'sending') dispatch({ type: 'refused', channelId, clientId, failure })
  }

  const pending = () => Object.values(state().view.channels).flatMap(({ pending }) => pending)

  function lost(error: ParleyError): void {
    if (!over) dispatch({ type: 'status', status: { phase: 'offline', error } })
  }

  /** Reads a snapshot, as often as it takes, and follows from there. */
  async function begin(): Promise<void> {
    stopListening()
    try {
      const snapshot = await operations.snapshot({ first })
      if (over) return
      if (!snapshot) return end(new ParleyError('UNAUTHENTICATED', 'Nobody is signed in.'))
      const { channels } = snapshot
      const edges = [...channels.edges, ...(await keptBehind(channels.edges))]
      if (over) return
      dispatch({ type: 'snapshot', snapshot: { ...snapshot, channels: { ...channels, edges } }, now: now() })
      follow()
      for (const id of opened) if (state().view.channels[id]) void open(id).catch(() => {})
      await readUnread()
    } catch (thrown) {
      const error = asParleyError(thrown)
      if (over) return
      if (!mayPass(error)) return end(error)
      lost(error)
      stopWaiting = retry.after(() => void begin())
    }
  }

  /** Channels behind the first page that somebody looks at, or has said something in, stay. */
  async function keptBehind(first: readonly { node: { id: string } }[]) {
    const kept = new Set([...opened, ...pending().map(({ channelId }) => channelId)])
    for (const { node } of first) kept.delete(node.id)
    const read = await Promise.all([...kept].map((id) => operations.channel({ id })))
    return read.flatMap((node) => (node ? [{ node }] : []))
  }

  /** What lies behind the first page and is unread counts, too. */
  async function readUnread(): Promise<void> {
    let after: string | null = null
    for (let pages = 0; state().view.hasMoreChannels && pages < mostUnreadPages; pages++) {
      const viewer: Awaited<ReturnType<Operations['channels']>> = await operations.channels({ first, after, unreadOnly: true })
      if (over || !viewer) return
      dispatch({ type: 'channels', page: viewer.channels, isNext: false })
      after = viewer.channels.pageInfo.endCursor
      if (!viewer.channels.pageInfo.hasNextPage) return
    }
  }

  function follow(): void {
    const variables = () => ({ after: state().cursor, ephemeral: options.ephemeral ?? true })
    stopListening = live.listen(subscriptions.inboxEvents, {
      variables,
      next: ({ inboxEvents }) => heard(inboxEvents),
      failed: unanswered,
      lost,
      ended(error) {
        if (error) return end(error)
        stopWaiting = retry.after(follow)
      },
    })
  }

  function heard(event: InboxEvent): void {
    if (event.__typename === 'ResyncRequired') return again()
    dispatch({ type: 'event', event })
    keeper.heard(event)
    if (event.__typename === 'StreamReady') caughtUp()
  }

  function again(): void {
    stopListening()
    dispatch({ type: 'status', status: { phase: 'connecting' } })
    void begin()
  }

  /** What somebody who is gone did can't be shown. Anything else that couldn't be is read anew. */
  function unanswered(error: RequestFailed): void {
    if (error.errors.every(({ extensions }) => extensions?.code === 'NOT_FOUND')) return
    stopListening()
    lost(error)
    stopWaiting = retry.after(() => void begin())
  }

  function caughtUp(): void {
    retry.reset()
    sending.reset()
    sending.wake()
    dispatch({ type: 'status', status: { phase: 'live' } })
    keeper.caughtUp(wasReady)
    wasReady = true
    isReady()
  }

  function channelOf(channelId: string) {
    const channel = state().view.channels[channelId]
    if (!channel) throw new ParleyError('NOT_FOUND', 'This channel is not in the inbox.')
    return channel
  }

  async function loadMessages(
    channelId: string,
    { before, count = mostMessages }: { before?: number; count?: number } = {},
  ): Promise<void> {
    channelOf(channelId)
    opened.add(channelId)
    const take = Math.min(count, mostMessages, (before ?? Infinity) - 1)
    if (take < 1) return
    // Numbers have no holes, so the page before a number is the window around one that is known.
    const window = before === undefined ? { last: take } : { first: take, aroundSeq: before - take + Math.floor((take - 1) / 2) }
    dispatch({ type: 'loading', channelId })
    let page = null
    try {
      page = (await operations.messages({ id: channelId, ...window }))?.messages ?? null
    } finally {
      dispatch({ type: 'messages', channelId, page })
    }
  }

  async function loadMembers(channelId: string): Promise<void> {
    if (!channelOf(channelId).hasMoreMembers) return
    const page = await operations.members({ id: channelId, after: state().books[channelId]?.membersAfter ?? null })
    if (page) dispatch({ type: 'members', channelId, page })
  }

  const open = async (channelId: string): Promise<void> => void (await Promise.all([loadMessages(channelId), loadMembers(channelId)]))

  const pendingOf = (clientId: string): PendingMessage | undefined => pending().find((message) => message.clientId === clientId)

  void begin()
  return {
    subscribe: store.subscribe,
    getSnapshot: store.getSnapshot,
    ready,
    send(channelId, text, { replyToId, mentionIds = [] } = {}) {
      channelOf(channelId)
      if (over) throw new ParleyError('CLOSED', 'The inbox has ended.')
      const clientId = newClientId()
      const message: PendingMessage = {
        ...{ clientId, channelId, text, mentionIds },
        replyToId: replyToId ?? null,
        createdAt: now(),
        status: 'sending',
        failure: null,
        seq: null,
      }
      typing.sent(channelId)
      dispatch({ type: 'said', message })
      outbox.add(message)
      return clientId
    },
    retry(clientId) {
      const message = pendingOf(clientId)
      if (message?.status !== 'failed') return
      dispatch({ type: 'retried', channelId: message.channelId, clientId })
      outbox.add(message)
    },
    discard(clientId) {
      const message = pendingOf(clientId)
      if (!message) return
      outbox.drop(message)
      dispatch({ type: 'discarded', channelId: message.channelId, clientId })
    },
    loadMessages,
    loadMembers,
    open,
    async loadChannels() {
      if (!state().view.hasMoreChannels) return
      const viewer = await operations.channels({ first, after: state().channelsAfter })
      if (viewer) dispatch({ type: 'channels', page: viewer.channels, isNext: true })
    },
    async loadNotifications() {
      if (!state().view.hasMoreNotifications) return
      const viewer = await operations.notifications({ after: state().notificationsAfter })
      if (viewer) dispatch({ type: 'notifications', page: viewer.notifications })
    },
    async markRead(channelId, seq = channelOf(channelId).lastSeq) {
      const { membership } = await unwrap(operations.markRead({ channelId, seq }))
      dispatch({ type: 'membership', channelId, membership })
    },
    typing: typing.say,
    reconnect() {
      retry.wake()
      sending.wake()
      live.wake()
    },
    close: () => end(null),
  }
}
