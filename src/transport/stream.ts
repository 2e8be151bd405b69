/** The same stream, which can be ended from here: with one last value, and no other. `onEnd` is called once, however it ends. */
export function endable<Value>(source: AsyncIterable<Value>, onEnd: () => void) {
  const iterator = source[Symbol.asyncIterator]()
  const last: Value[] = []
  let over = false
  let wake = () => {}

  const end = () => {
    if (over) return
    over = true
    onEnd()
    void iterator.return?.()
    wake()
  }
  const after = (): IteratorResult<Value> => (last.length > 0 ? { done: false, value: last.pop()! } : { done: true, value: undefined })

  return {
    [Symbol.asyncIterator]() {
      return this
    },
    async next(): Promise<IteratorResult<Value>> {
      if (over) return after()
      // Not Promise.race: against one promise that lives as long as the stream it would keep every value.
      const { promise, resolve, reject } = Promise.withResolvers<IteratorResult<Value>>()
      wake = () => resolve(after())
      iterator.next().then(resolve, reject)
      try {
        const result = await promise
        if (result.done) end()
        return result
      } catch (error) {
        end()
        throw error
      }
    },
    async return(): Promise<IteratorResult<Value>> {
      end()
      return { done: true, value: undefined }
    },
    endWith(value: Value) {
      if (!over) last.push(value)
      end()
    },
  }
}
