import { randomUUID } from 'node:crypto'
import { createMailsStore } from '../../src/features/mail/mails.store.ts'
import { createFactsStore } from '../../src/features/notifications/facts.store.ts'
import { createLettersStore } from '../../src/features/notifications/letters.store.ts'
import { createNotificationsStore } from '../../src/features/notifications/notifications.store.ts'
import { createNotifierStore } from '../../src/features/notifications/notifier.store.ts'
import type { Operation } from './operations.ts'

// The same of notifications and mails. What works beside the API is called as it calls itself.

const rooms = 'src/features'
const terms = { leaseMs: 30_000, gapMs: 0, mostTries: 18 }
const oneFurther = (values: readonly unknown[]) => values.map((value) => (typeof value === 'number' ? value + 1 : value))

export const notifying: readonly Operation[] = [
  {
    name: 'Notifications, by pages',
    hot: [
      {
        name: 'page of notifications',
        from: `${rooms}/notifications/notifications.store.ts`,
        is: /FROM notifications n\s+WHERE/,
        grows: 'a page',
      },
    ],
    run: ({ send }) =>
      send('{ viewer { notifications(first: 50) { edges { node { kind message { text } channel { name } actor { handle } } } } } }'),
  },
  {
    name: 'Reading a little, where very much is unread',
    hot: [{ name: 'read mark', from: `${rooms}/receipts/receipts.store.ts`, is: /UPDATE receipts/, grows: 'nothing', again: oneFurther }],
    run: ({ send, scene }) =>
      send('mutation ($id: ID!, $seq: Int!) { markRead(input: { channelId: $id, seq: $seq }) { __typename } }', {
        id: scene.away,
        seq: scene.awayRead + 5,
      }),
  },
  {
    name: 'Notifying',
    hot: [
      { name: 'is anything due', from: `${rooms}/notifications/notifier.store.ts`, is: /AS "hasNews"/, grows: 'nothing' },
      { name: 'what was said', from: `${rooms}/notifications/notifier.store.ts`, is: /news AS MATERIALIZED/, grows: 'what changed' },
      { name: 'whom it concerns', from: `${rooms}/notifications/facts.store.ts`, is: /named AS/, grows: 'what changed' },
      { name: 'what is decided by', from: `${rooms}/notifications/facts.store.ts`, is: /AS "isMentioned"/, grows: 'what changed' },
      { name: 'listing', from: `${rooms}/notifications/notifier.store.ts`, is: /INSERT INTO notifications/, grows: 'what changed' },
      {
        name: 'waiting to be mailed',
        from: `${rooms}/notifications/notifier.store.ts`,
        is: /INSERT INTO mail_conversations/,
        grows: 'what changed',
      },
      {
        name: 'who listens to everything',
        from: `${rooms}/notifications/facts.store.ts`,
        is: /greatest\(r\.read_seq, m\.history_from/,
        grows: "a channel's members",
      },
    ],
    async run({ database, scene }) {
      const [store, facts] = [createNotifierStore(database), createFactsStore(database)]
      await store.isDue(await store.since(), new Date())
      await store.transaction(async (within) => {
        await store.hold(within)
        const said = await store.sent(
          { since: scene.lately, until: await store.now(within), afterChannel: null, afterSeq: null },
          20,
          within,
        )
        const found = await facts.of(await facts.concerned(said, within), within)
        const [createdAt, dueAt] = [new Date(), new Date(Date.now() + 120_000)]
        const named = found.map(({ message: { channelId, seq, senderId }, recipient: { userId } }) => ({
          channelId,
          seq,
          userId,
          actorId: senderId,
        }))
        await store.list(
          named.map((one) => ({ ...one, id: randomUUID(), kind: 'MENTION', createdAt })),
          within,
        )
        await store.wait(
          named.map((one) => ({ ...one, since: createdAt, dueAt })),
          within,
        )
        await facts.saidToAll(said)
        await facts.listeners(said.slice(-1), 1_000)
      })
    },
  },
  {
    name: 'Mailing what is unread',
    hot: [
      { name: 'who is due', from: `${rooms}/notifications/letters.store.ts`, is: /p\.due_at <=/, grows: "one's channels" },
      { name: 'whether a mail is on its way', from: `${rooms}/notifications/letters.store.ts`, is: /AS "givenUpAt"/, grows: 'nothing' },
      { name: 'what waits', from: `${rooms}/notifications/letters.store.ts`, is: /AS unread/, grows: "what doesn't count" },
      { name: 'what is said of it', from: `${rooms}/notifications/letters.store.ts`, is: /AS line/, grows: "what doesn't count" },
      {
        name: 'what was mailed',
        from: `${rooms}/notifications/letters.store.ts`,
        is: /UPDATE mail_conversations/,
        grows: "one's channels",
      },
    ],
    run: ({ database, scene: { personKey } }) => {
      const [store, notifier] = [createLettersStore(), createNotifierStore(database)]
      return notifier.transaction(async (within) => {
        await store.due(new Date(), within)
        await store.addressee(personKey, within)
        await store.outstanding(personKey, within)
        const channelIds = (await store.waiting(personKey, within)).map(({ channelId }) => channelId)
        await store.lines(personKey, channelIds, within)
        await store.save(personKey, await store.mailed(personKey, channelIds, within), within)
        await store.spend(personKey, [], within)
        await store.lookAgain(personKey, null, within)
      })
    },
  },
  {
    name: 'The queue of mails',
    hot: [
      { name: 'the next mail', from: `${rooms}/mail/mails.store.ts`, is: /claim_mail/, grows: 'nothing' },
      { name: 'its turn', from: `${rooms}/mail/mails.store.ts`, is: /take_slot/, grows: 'nothing' },
      { name: 'what is over', from: `${rooms}/mail/mails.store.ts`, is: /died AS/, grows: 'nothing' },
      { name: 'what stands in it', from: `${rooms}/mail/mails.store.ts`, is: /AS "oldestSeconds"/, grows: 'a page' },
    ],
    async run({ database }) {
      const store = createMailsStore({ ...database, ids: randomUUID })
      const mail = await store.claim(terms)
      await store.slot(0)
      if (mail && typeof mail !== 'number') await store.again(mail, 'No.', null, 0)
      await store.tidy(terms.mostTries)
      await store.standing()
      await store.busy(terms.mostTries)
      await store.deadLetters({ take: 50, backward: false, after: null, before: null })
      await store.purge(new Date(Date.now() - 40 * 86_400_000))
      await createNotificationsStore(database).purge(new Date(0), 1_000)
    },
  },
]
