import { isDeepStrictEqual } from 'node:util'
import type { Block } from './documents.ts'

// Blocks of a document that are run, and the answers that stand below each.

export type Step = Block & { answers: unknown[] }

/** Each block with the JSON blocks that follow it. */
export function stepsOf(blocks: readonly Block[]): Step[] {
  const steps: Step[] = []
  for (const block of blocks)
    if (block.language === 'json' && steps.length > 0) steps.at(-1)!.answers.push(JSON.parse(block.text))
    else steps.push({ ...block, answers: [] })
  return steps
}

/** Whether it is what the document says, where `…` stands for any text. */
export function isLike(given: unknown, expected: unknown): boolean {
  if (expected === '…') return typeof given === 'string'
  if (typeof expected !== 'object' || expected === null || typeof given !== 'object' || given === null)
    return isDeepStrictEqual(given, expected)
  const keys = Object.keys(expected)
  return (
    keys.length === Object.keys(given).length &&
    keys.every((key) => isLike((given as Record<string, unknown>)[key], (expected as Record<string, unknown>)[key]))
  )
}

/** What curl would do with such a command: not every machine has it. */
export async function curl(command: string, token: string): Promise<unknown> {
  const url = /https?:\S+/.exec(command)![0]
  const headers = [...command.matchAll(/-H (['"])(.*?)\1/g)].map(
    ([, , header]) => header!.replace('$TOKEN', token).split(': ') as [string, string],
  )
  const response = await fetch(url, { method: 'POST', headers, body: /-d '(.*)'/s.exec(command)![1]! })
  return response.json()
}
