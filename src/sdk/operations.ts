import { type Document, mutations, queries, subscriptions } from './documents.ts'
import type { Http } from './http.ts'
import { iterate } from './iterate.ts'
import type { Live } from './live.ts'

type VariablesOf<Text> = Text extends { readonly __types?: (variables: infer Variables) => unknown } ? Variables : never
type AnswerOf<Text> = Text extends { readonly __types?: (variables: never) => infer Answer } ? Answer : never

/** Mutations take their input itself. What may be left out altogether may. */
type Arguments<Variables> = Variables extends { input: infer Input }
  ? [input: Input]
  : Record<string, never> extends Variables
    ? [variables?: Variables]
    : [variables: Variables]

type Calls<Texts> = {
  [Name in keyof Texts]: (...given: Arguments<VariablesOf<Texts[Name]>>) => Promise<AnswerOf<Texts[Name]>[keyof AnswerOf<Texts[Name]>]>
}
type Streams<Texts> = {
  [Name in keyof Texts]: (
    ...given: Arguments<VariablesOf<Texts[Name]>>
  ) => AsyncIterableIterator<AnswerOf<Texts[Name]>[keyof AnswerOf<Texts[Name]>]>
}

/**
 * A function for each operation of src/sdk/operations/, by its name: a query's answers with its field, a mutation's with the member of
 * its union, a subscription's is an async iterable of its events.
 */
export type Operations = Calls<typeof queries> & Calls<typeof mutations> & Streams<typeof subscriptions>

type Texts = Record<string, Document<Record<string, unknown>, object>>

export function createOperations(http: Http, live: Live): Operations {
  const asks = (text: string) => text.includes('$input:')
  const calls = Object.entries({ ...queries, ...mutations } as unknown as Texts).map(([name, text]) => [
    name,
    async (given: object = {}) => Object.values(await http(text, asks(text) ? { input: given } : given))[0],
  ])
  const streams = Object.entries(subscriptions as unknown as Texts).map(([name, text]) => [
    name,
    (given: object = {}) => iterate(live, name, text, given),
  ])
  return Object.fromEntries([...calls, ...streams]) as Operations
}
