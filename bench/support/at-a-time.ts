/** Does this with each, so many at a time. */
export async function atATime<Item, Result>(
  items: readonly Item[],
  most: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  const left = items.entries()
  await Promise.all(
    Array.from({ length: most }, async () => {
      for (const [place, item] of left) results[place] = await work(item)
    }),
  )
  return results
}
