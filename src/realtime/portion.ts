/** As characters: what happens meanwhile has to fit, too, in what may wait for a socket. */
const most = 16_000

/**
 * Waits after each portion of the past until it has left. Or else whoever comes back to much would be taken for a slow reader, and for
 * one again when they come back from that.
 */
export function inPortions(drained: () => Promise<void>): (answer: string) => Promise<void> {
  let written = 0
  return async (answer) => {
    written += answer.length
    if (written < most) return
    await drained()
    written = 0
  }
}
