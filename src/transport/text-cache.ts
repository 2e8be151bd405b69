/** What was made of a text, the least recently used out first. Texts long enough to fill the memory are not kept. */
export function createTextCache<Value>({ most = 1_000, longest = 20_000 } = {}) {
  const cache = new Map<string, Value>()
  return {
    get(text: string): Value | undefined {
      const value = cache.get(text)
      if (value === undefined) return undefined
      cache.delete(text)
      cache.set(text, value)
      return value
    },
    set(text: string, value: Value) {
      if (text.length > longest) return
      cache.set(text, value)
      if (cache.size > most) cache.delete(cache.keys().next().value!)
    },
  }
}
