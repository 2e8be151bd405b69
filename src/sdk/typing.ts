import type { Operations } from './operations.ts'

const typingMs = 3_000

/** Says that somebody types, each three seconds while they do. It may be lost. */
export function createTyping({ setTyping }: Pick<Operations, 'setTyping'>) {
  const said = new Map<string, number>()

  return {
    /** On each stroke, and `false` when they stop. */
    say(channelId: string, isTyping = true): void {
      const last = said.get(channelId) ?? 0
      if (isTyping ? Date.now() - last < typingMs : last === 0) return
      if (isTyping) said.set(channelId, Date.now())
      else said.delete(channelId)
      void setTyping({ channelId, typing: isTyping }).catch(() => {})
    },
    /** They have sent it: that says so by itself. */
    sent: (channelId: string): void => void said.delete(channelId),
  }
}
