import { type Program, start } from '../support/program.ts'

// What a person has who follows the documents: terminals, and in them the environment of somebody who has just come.

/** Of ours only what says where programs and npm's cache are, and nothing of the checkout that this runs from. */
const environment = (): Record<string, string> => ({
  ...Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] =>
      /^(HOME|USER|LANG|TMPDIR|ENGINE|npm_config_(cache|offline|userconfig))$/.test(entry[0]),
    ),
  ),
  PATH: process.env
    .PATH!.split(':')
    .filter((place) => !/node_modules\/\.bin$|node-gyp-bin$/.test(place))
    .join(':'),
})

/** Types a block into a new terminal in `cwd`. */
export const type = (text: string, cwd: string, env: Record<string, string> = {}): Program =>
  start(['bash', '-ec', text], { cwd, env: { ...environment(), ...env }, patienceMs: 240_000, ownTerminal: true })

/** Waits for its end, which must be a good one, and gives what it said. */
export async function finished(terminal: Program, what: string): Promise<string> {
  const code = await terminal.ended()
  if (code !== 0) throw new Error(`${what} ended with ${code}:\n${terminal.said().join('\n')}`)
  return terminal.said().join('\n')
}

export function expect(kept: boolean, otherwise: string): asserts kept {
  if (!kept) throw new Error(otherwise)
}

const began = performance.now()

/** Each step says when it was done. */
export const step = (line: string): void => console.log(`  ${((performance.now() - began) / 1_000).toFixed(1).padStart(5)} s  ${line}`)
