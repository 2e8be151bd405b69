import type { Document } from './documents.ts'
import { ParleyError } from './errors.ts'
import type { Live } from './live.ts'

/** More than this waits for nobody who doesn't read. */
const mostWaiting = 10_000

/** Where a subscription goes on after its connection was lost. Those not named here begin anew, from then on. */
const resumed: Record<string, (event: { cursor: string; message: { seq: number } }) => object> = {
  messageAdded: ({ message }) => ({ afterSeq: message.seq }),
  inboxEvents: ({ cursor }) => ({ after: cursor }),
}

/**
 * A subscription as an async iterable. It begins with the first `next()`, survives lost connections, and ends by being left
 * (`break`), by the server having nothing more, or by throwing.
 */
export function iterate<Event>(
  live: Live,
  name: string,
  document: Document<Record<string, Event>, object>,
  asked: object,
): AsyncIterableIterator<Event> {
  const waiting: Event[] = []
  const takers: { give: (result: IteratorResult<Event>) => void; fail: (error: Error) => void }[] = []
  let variables = asked
  let stop: (() => void) | undefined
  let over: { error?: Error } | undefined

  function end(error?: Error): void {
    if (over) return
    over = error ? { error } : {}
    for (const { give, fail } of takers.splice(0)) {
      if (error) fail(error)
      else give({ done: true, value: undefined })
    }
  }
  function begin(): () => void {
    return live.listen(document, {
      variables: () => variables,
      next(answer) {
        const event = answer[name]!
        variables = { ...variables, ...resumed[name]?.(event as never) }
        const taker = takers.shift()
        if (taker) return taker.give({ done: false, value: event })
        waiting.push(event)
        if (waiting.length > mostWaiting) {
          stop?.()
          end(new ParleyError('SLOW_CONSUMER', `More than ${mostWaiting} events of ${name} wait to be read.`))
        }
      },
      failed(error) {
        stop?.()
        end(error)
      },
      lost: () => {},
      ended: end,
    })
  }

  const iterator: AsyncIterableIterator<Event> = {
    [Symbol.asyncIterator]: () => iterator,
    next() {
      if (waiting.length > 0) return Promise.resolve({ done: false, value: waiting.shift()! })
      if (over) {
        const { error } = over
        over = {}
        return error ? Promise.reject(error) : Promise.resolve({ done: true, value: undefined })
      }
      const taken = new Promise<IteratorResult<Event>>((give, fail) => takers.push({ give, fail }))
      stop ??= begin()
      return taken
    },
    return() {
      stop?.()
      end()
      waiting.length = 0
      return Promise.resolve({ done: true, value: undefined })
    },
  }
  return iterator
}
