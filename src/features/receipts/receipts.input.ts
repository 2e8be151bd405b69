import { z } from 'zod'
import { keyOf, mostAtOnce } from '../../kernel/input.ts'

const seq = (least: number) => z.number().min(least, { error: `Must be ${least} or more.` })

export const markDeliveredInput = z.object({
  positions: z.array(z.object({ channelId: keyOf('Channel'), seq: seq(0) })).max(mostAtOnce, { error: `At most ${mostAtOnce} at once.` }),
})
export const markReadInput = z.object({ channelId: keyOf('Channel'), seq: seq(0) })
export const markUnreadInput = z.object({ channelId: keyOf('Channel'), fromSeq: seq(1) })
