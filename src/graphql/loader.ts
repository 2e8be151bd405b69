import DataLoader from 'dataloader'
import type { Context } from './context.ts'

const made = new WeakMap<Context, Map<symbol, DataLoader<unknown, unknown>>>()

/**
 * Gathers what the fields of one operation ask for into one reading. `load` answers in the order of the keys; keys that aren't
 * strings name themselves by `nameOf`.
 */
export function loaderOf<Key, Row>(
  load: (keys: readonly Key[], ctx: Context) => Promise<(Row | null)[]>,
  nameOf: (key: Key) => unknown = (key) => key,
) {
  const name = Symbol('loader')
  return (ctx: Context): DataLoader<Key, Row | null, unknown> => {
    const loaders = made.get(ctx) ?? new Map<symbol, DataLoader<unknown, unknown>>()
    made.set(ctx, loaders)
    const there = loaders.get(name)
    if (there) return there as DataLoader<Key, Row | null, unknown>
    const loader = new DataLoader<Key, Row | null, unknown>((keys) => load(keys, ctx), { cacheKeyFn: nameOf, maxBatchSize: 1_000 })
    loaders.set(name, loader)
    return loader
  }
}

/** After something was written: what was loaded before may not be so any more. */
export const forgetLoaded = (ctx: Context): void => made.get(ctx)?.forEach((loader) => loader.clearAll())
