import { expect, it } from 'vitest'
import type { Happening } from '../../src/ports/feed.ts'
import type { Sink } from '../../src/realtime/sink.ts'
import { createTopic } from '../../src/realtime/topic.ts'

const viewer = { userId: 'bob', sessionId: 'session', role: 'USER' } as Sink['viewer']
const nothing = { own: false, reads: false, history: false, viewer: false }

const renamed = (version: number): Happening => ({
  topic: 'person.bob',
  type: 'UserChanged',
  entity: 'User:ann',
  version,
  subjects: [],
  rows: {},
})

it('is settled only when what just happened is told', async () => {
  const topic = createTopic({
    name: 'person.bob',
    feed: { numbered: async () => [], topic: async () => ({ last: 0, fence: 0, isGone: false, people: new Map() }) },
    answer: async (_selection, { version }) => `version ${version}`,
    failed: (error) => expect.unreachable(String(error)),
  })
  const taken: string[] = []
  const sink: Sink = {
    viewer,
    showsReads: true,
    selection: { key: 'all', dependsOn: () => nothing },
    wants: () => true,
    take: (answer) => void taken.push(answer),
    evicted: () => {},
    lost: () => {},
  }
  await topic.open()
  topic.join(sink, 1, 0)
  for (const version of [1, 2, 3]) topic.happened(renamed(version))
  await topic.settled()
  expect(taken).toEqual(['version 1', 'version 2', 'version 3'])
})
