import { broken } from '../../test/features/notifications/promises.ts'
import { liveThrough } from '../../test/features/notifications/week.ts'
import { machine, table, whole } from '../support/report.ts'

/** A week of random talk among fifty people, some times over: what they get of it, by the rules that decide. */
export async function notifications(): Promise<void> {
  const seeds = [20_261_125, 1, 2, 3, 4]
  const started = performance.now()
  const rows = seeds.map((seed) => {
    const { people, mails, seen, figures } = liveThrough(seed)
    return [
      String(seed),
      whole(figures.messages),
      whole(figures.notifications),
      whole(figures.mails),
      figures.conversationsPerMail.toFixed(2),
      figures.mailsPerPersonAndDay.toFixed(2),
      figures.mostPerPersonAndDay.toFixed(2),
      String(figures.mostIn24Hours),
      `${figures.longestSilenceHours.toFixed(1)} h`,
      String(broken(people, mails, seen).length),
    ]
  })
  console.log(
    `A week among fifty people, simulated ${seeds.length} times in ${((performance.now() - started) / 1_000).toFixed(1)} s (${machine()})\n`,
  )
  const head = [
    'seed',
    'messages',
    'notifications',
    'mails',
    'conversations a mail',
    'mails a person and day',
    'most of one person',
    'most in 24 h',
    'longest silence',
    'promises broken',
  ]
  console.log(table(head, rows))
}
