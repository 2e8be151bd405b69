/**
 * Rows that are asked for over and over, read again after `ms` at the latest. For what may be that old: of a row with a version,
 * clients keep the highest they have seen.
 */
export function remembered<Row>(
  load: (ids: readonly string[]) => Promise<(Row | null)[]>,
  { ms, most, now }: { ms: number; most: number; now: () => number },
): (ids: readonly string[]) => Promise<(Row | null)[]> {
  const known = new Map<string, { row: Row | null; at: number }>()

  return async (ids) => {
    const fresh = now() - ms
    const missing = ids.filter((id) => (known.get(id)?.at ?? -Infinity) < fresh)
    const rows = missing.length > 0 ? await load(missing) : []
    missing.forEach((id, place) => {
      known.delete(id)
      known.set(id, { row: rows[place] ?? null, at: now() })
    })
    const answer = ids.map((id) => known.get(id)!.row)
    for (const id of known.keys()) {
      if (known.size <= most) break
      known.delete(id)
    }
    return answer
  }
}
