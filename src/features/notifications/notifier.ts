import type { Notification } from '../../generated/prisma/client.ts'
import type { Bus } from '../../ports/bus.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Ids } from '../../ports/ids.ts'
import type { Log } from '../../ports/log.ts'
import type { PresenceRegister } from '../../ports/presence.ts'
import { tellPeople } from './added.ts'
import { createDecisions, type Decided } from './decisions.ts'
import type { FactsStore, Place } from './facts.store.ts'
import { type Hooks, tellableOf } from './hooks.ts'
import type { Letters } from './letters.ts'
import type { MailPolicy } from './mail-times.ts'
import type { Listing, NotifierStore, Progress } from './notifier.store.ts'
import { createPortions, whole } from './portions.ts'
import { createSaidToAll } from './said-to-all.ts'

type Needs = {
  store: NotifierStore
  facts: Pick<FactsStore, 'concerned' | 'of' | 'text' | 'saidToAll' | 'listeners'>
  letters: Pick<Letters, 'order'>
  register: Pick<PresenceRegister, 'at'>
  bus: Pick<Bus, 'publish'>
  hooks: Hooks
  ids: Ids
  clock: Clock
  log: Log
  policy: MailPolicy
  everyMs?: number
  restMs?: number
  messagesAtOnce?: number
  placesAtOnce?: number
  patienceMs?: number
}

type Found = { said: Place[]; listed: Awaited<ReturnType<NotifierStore['list']>>; decided: Decided[] }

const mostTries = 10
/** Then what was said meanwhile comes first. */
const lettersAtOnce = 10

/**
 * Reads what was said from the change feed, for the whole server, and decides who hears of it. Every node has one; the row of its
 * progress lets one of them work at a time, and moves on in the transaction of what it causes: nothing is left out, nothing done twice,
 * and where a node dies the next one goes on. A node begins as soon as something was said on it, and looks each second for what was
 * said elsewhere.
 */
export function createNotifier({
  store,
  facts,
  letters,
  register,
  bus,
  hooks,
  ids,
  clock,
  log,
  policy,
  everyMs = 1_000,
  restMs = 50,
  messagesAtOnce = 500,
  placesAtOnce = 50_000,
  patienceMs = 60_000,
}: Needs) {
  /** How far it was when this node looked last. */
  let known: string | null = null
  let most = messagesAtOnce
  let alone = { name: '', tries: 0, since: 0 }
  let running: Promise<void> | null = null
  let timer: NodeJS.Timeout | undefined
  let soon: NodeJS.Timeout | undefined
  let stopped = false
  let failing = false
  let isBusyElsewhere = false
  let isMailing = false
  let restedAt = 0

  const portion = createPortions({ store, placesAtOnce })
  const decisionsOn = createDecisions({ facts, register, clock, policy })
  const saidToAll = createSaidToAll({ facts, decisionsOn, register, hooks, log })

  /** One batch. Null where another node is at it; otherwise whether more is left. */
  async function step(): Promise<boolean | null> {
    const done = await store.transaction(async (within) => {
      const progress = await store.hold(within)
      if (!progress) return null
      const moveOn = async (to: Progress, found: Found) => {
        await store.moveOn(to, within)
        return { ...found, since: to.since, more: to.until !== null }
      }
      const now = await store.now(within)
      if (!progress.isCurrent) {
        log.warn('The notifier begins anew: this database was restored, and what was said before is no news.')
        return moveOn({ since: now, ...whole }, { said: [], listed: [], decided: [] })
      }
      const { said, to } = await portion({ ...progress, until: progress.until ?? now }, most, within)
      const decided = said.length > 0 && !isHopeless(said) ? await decisionsOn(await facts.concerned(said, within), within) : []
      const listed = await store.list(decided.flatMap(listingOf), within)
      await store.wait(decided.flatMap(waitOf), within)
      return moveOn(to, { said, listed, decided })
    })
    if (!done) return null
    known = done.since
    const [fresh, moved] = [done.listed.filter(({ isNew }) => isNew), done.listed.filter(({ isNew }) => !isNew)]
    tellPeople(bus, 'NotificationAdded', fresh.map(asRow))
    tellPeople(bus, 'NotificationChanged', moved.map(asRow))
    tellHooks(done)
    return done.more
  }

  function tellHooks({ said, decided }: Found): void {
    if (hooks.isEmpty) return
    const byName = decided.filter(({ decision: { kind } }) => kind !== null)
    hooks.tell(byName.filter(isAnything).map((one) => tellableOf(one, facts.text)))
    saidToAll.gather(
      said,
      byName.map(({ facts: { message, recipient } }) => ({ ...message, userId: recipient.userId })),
    )
  }

  /**
   * One message alone that failed over and over, for longer than anybody may hold a row: it is left out, so that it isn't in everybody's
   * way for good.
   */
  function isHopeless(said: readonly { channelId: string; seq: number }[]): boolean {
    const [one] = said
    if (said.length > 1 || !one) return false
    const name = `${one.channelId}:${one.seq}`
    if (alone.name !== name) alone = { name, tries: 0, since: performance.now() }
    if (++alone.tries <= mostTries || performance.now() - alone.since < patienceMs) return false
    log.error('Nobody is notified of a message: it could not be decided who.', one)
    return true
  }

  const listingOf = ({ facts: { message, recipient }, decision: { kind, at } }: Decided): Listing[] =>
    at.IN_APP && kind
      ? [
          {
            id: ids(),
            kind,
            userId: recipient.userId,
            channelId: message.channelId,
            seq: message.seq,
            actorId: message.senderId,
            createdAt: message.createdAt,
          },
        ]
      : []

  const waitOf = ({ facts: { message, recipient }, decision: { at } }: Decided) =>
    at.EMAIL ? [{ userId: recipient.userId, channelId: message.channelId, since: message.createdAt, dueAt: at.EMAIL }] : []

  async function work(): Promise<void> {
    known ??= await store.since()
    const { hasNews, hasMail } = await store.isDue(known, clock.now())
    let more: boolean | null = hasNews
    while (more && !stopped) {
      more = await step()
      most = Math.min(messagesAtOnce, most * 2)
    }
    isMailing = hasMail && more !== null
    for (let n = 0; isMailing && n < lettersAtOnce && !stopped; n++) isMailing = await letters.order()
    // What another node is at may not have it all.
    isBusyElsewhere = more === null
    if (isBusyElsewhere || isMailing) stir()
  }

  const run = (): Promise<void> => {
    running ??= work()
      .then(() => {
        failing = false
      })
      .catch((error: unknown) => {
        if (!failing) log.warn('The notifier failed. It tries the same again, in smaller portions.', { error })
        failing = true
        most = Math.max(1, Math.floor(most / 4))
      })
      .finally(() => {
        running = null
        restedAt = performance.now()
      })
    return running
  }

  /** Looks in a moment, at what else comes until then as well. */
  function stir(): void {
    if (stopped || soon) return
    const rest = Math.max(0, restedAt + restMs - performance.now())
    soon = setTimeout(() => {
      soon = undefined
      void (running ? running.then(run) : run())
    }, rest)
    soon.unref()
  }

  const schedule = () => {
    if (stopped) return
    timer = setTimeout(() => void run().then(schedule), everyMs)
    timer.unref()
  }
  schedule()

  return {
    /** Something was written here. */
    stir,

    /** Once all that was written until now is seen to, here or on another node. */
    async settled(): Promise<void> {
      await running
      do await run()
      while ((isBusyElsewhere || isMailing || failing) && !stopped)
      await saidToAll.settled()
    },

    async stop(): Promise<void> {
      stopped = true
      clearTimeout(timer)
      clearTimeout(soon)
      await running
      await saidToAll.settled()
    },
  }
}

const isAnything = ({ decision: { at } }: Decided): boolean => Object.values(at).some((time) => time !== null)

const asRow = ({ isNew: _isNew, ...row }: Notification & { isNew: boolean }): Notification => row

export type Notifier = ReturnType<typeof createNotifier>
