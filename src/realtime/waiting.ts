/** As characters: less than what may wait for a socket. */
const most = 250_000

/**
 * What comes while its listener is still told what was before, in order, up to a bound. What comes past it is let go until somebody asks
 * whether that happened: then the listener has to be told a little further of what was.
 */
export function createWaiting<Item extends { answer: string }>() {
  const items: Item[] = []
  let size = 0
  let isWhole = true

  return {
    push(item: Item): void {
      isWhole &&= size + item.answer.length <= most
      if (!isWhole) return
      items.push(item)
      size += item.answer.length
    },
    shift(): Item | undefined {
      const item = items.shift()
      size -= item?.answer.length ?? 0
      return item
    },
    isEmpty: () => items.length === 0,
    /** Whether nothing was let go since this was last asked. */
    isWhole(): boolean {
      const was = isWhole
      isWhole = true
      return was
    },
  }
}

export type Waiting<Item extends { answer: string }> = ReturnType<typeof createWaiting<Item>>
