/** Which version of what was told, of the latest so many. Null until there is one: most listeners never have any. */
export type Versions = Map<string, number> | null

export function noted(versions: Versions, { entity, version }: { entity: string; version: number }, most: number): Map<string, number> {
  const known = versions ?? new Map<string, number>()
  known.delete(entity)
  known.set(entity, version)
  if (known.size > most) known.delete(known.keys().next().value!)
  return known
}
