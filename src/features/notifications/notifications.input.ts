import { z } from 'zod'
import { keyOf, mostAtOnce } from '../../kernel/input.ts'

export const markNotificationsReadInput = z.object({
  ids: z
    .array(keyOf('Notification'))
    .max(mostAtOnce, { error: `At most ${mostAtOnce} at once.` })
    .nullish(),
})
