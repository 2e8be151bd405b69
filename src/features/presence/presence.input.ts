import { z } from 'zod'
import { keyOf } from '../../kernel/input.ts'

const mostWatched = 500

export const watchArgs = z.object({
  userIds: z.array(keyOf('User')).max(mostWatched, { error: `At most ${mostWatched} at once.` }),
})

export const setTypingInput = z.object({ channelId: keyOf('Channel'), typing: z.boolean() })
