import { type Action, reduce } from './reducer.ts'
import { emptyState, type InboxSnapshot, type InboxState } from './state.ts'

export type Store = ReturnType<typeof createStore>

/** Holds the state, and tells whoever subscribed when something that is shown has changed. */
export function createStore() {
  let state: InboxState = emptyState
  const listeners = new Set<() => void>()

  return {
    state: (): InboxState => state,

    dispatch(action: Action): void {
      const before = state
      state = reduce(before, action)
      if (state.view !== before.view) for (const listener of [...listeners]) listener()
    },

    /** As React's useSyncExternalStore wants it; so do Svelte and Vue with a line each. */
    subscribe(listener: () => void): () => void {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    /** The same object as before where nothing that is shown has changed, and in it the same parts. */
    getSnapshot: (): InboxSnapshot => state.view,
  }
}
