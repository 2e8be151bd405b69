import { setTimeout } from 'node:timers/promises'

const longestStepMs = 20

/** One after another, within `overMs`: so that those who are sent away don't arrive elsewhere all at once. */
export async function spread<Item>(items: readonly Item[], overMs: number, act: (item: Item) => void): Promise<void> {
  const step = Math.min(longestStepMs, overMs / items.length)
  await Promise.all(
    items.map(async (item, index) => {
      await setTimeout(index * step)
      act(item)
    }),
  )
}
