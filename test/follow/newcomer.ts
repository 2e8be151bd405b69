import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { isLike } from '../docs/answers.ts'
import { openScript } from './blocks.ts'
import { openPage, servePage } from './browser.ts'
import { expect, finished, step, type } from './terminal.ts'

// From a clone to a conversation: README.md and docs/first-program.md; then what docs/sdk.md and CONTRIBUTING.md have somebody type.

const linesOf = (text: string) => text.trim().split('\n')

/** `repository` is cloned as it is committed, below `folder`. */
export async function newcomer(repository: string, folder: string): Promise<void> {
  const checkout = path.join(folder, 'parley')
  const readme = openScript('README.md')
  const first = openScript('docs/first-program.md')

  // README.md begins where this has just cloned.
  const clone = first.take('git clone').text
  expect(clone.includes(`\n${readme.take('npm ci && npm start').text}`), 'docs/first-program.md begins otherwise than README.md.')
  const page = await servePage(checkout, ['talk.mjs', 'page.mjs'])
  const settings = { ALLOWED_ORIGINS: page.origin }
  let server = type(clone, folder, { REPOSITORY: repository, ...settings })
  for (const line of linesOf(readme.take('INFO: Parley is ready').text)) await server.line(line)
  step('cloned, installed and started')

  // The first step of CI.
  const tests = readme.take('npm ci && npm test').text
  expect(readFileSync('.ci/run', 'utf8').includes(`\n  ${tests}`), 'CI does not test as README.md says.')

  let token = ''
  for (const _ of ['its token', 'what is asked with it']) {
    const { text, answers } = readme.take('curl')
    const said = await finished(type(text, checkout, { TOKEN: token }), 'curl')
    const answer = linesOf(said).find((line) => line.startsWith('{')) ?? '{}'
    expect(isLike(JSON.parse(answer), answers[0]), `README.md says something else than the server: ${answer}`)
    token = (JSON.parse(answer) as { data: { signIn?: { token: string } } }).data.signIn?.token ?? token
  }

  const hello = first.take('import').text
  writeFileSync(path.join(checkout, 'hello.mjs'), hello)
  const grace = type(first.take('npm exec -- node hello.mjs grace').text, checkout)
  const ada = type(first.take('npm exec -- node hello.mjs ada').text, checkout)
  const people: Record<string, typeof ada> = { ada, grace }
  for (const person of [ada, grace]) await person.line(/^\w+: /)
  const converse = async (who: string, text: string) => {
    people[who]!.say(text)
    for (const person of [ada, grace]) await person.line(`${who}: ${text}`)
  }
  for (const line of linesOf(first.take('ada: ').text)) await converse(...(line.split(': ') as [string, string]))

  const chat = type(readme.take('npm run demo:chat -- ada').text, checkout)
  await chat.line('ada: Good morning, Grace!')
  chat.say('And from a terminal.')
  await grace.line('ada: And from a terminal.')
  chat.say('/quit')
  await finished(chat, 'The chat')
  step('curl answers, two programs talk, the chat joins them')

  const sdk = openScript('docs/sdk.md')
  await finished(type(sdk.take('npm run build:sdk').text, checkout), 'Building the SDK')
  writeFileSync(path.join(checkout, 'talk.mjs'), sdk.take('import').text)
  copyFileSync(path.join(import.meta.dirname, 'page.mjs'), path.join(checkout, 'page.mjs'))
  const browser = openPage(page.origin, path.join(folder, 'profile'))
  // Whichever of the two shows it first.
  const shown = new Set(['"linus reads: Hello from a program of mine."', '"Ada Lovelace: Hello from a program of mine."'])
  await browser.line((line) => {
    for (const one of shown) if (line.includes(one)) shown.delete(one)
    return shown.size === 0
  })
  step('the SDK is built, and in a browser a program of docs/sdk.md and another one talk')

  server.interrupt()
  await server.ended()
  server = type('npm start', checkout, settings)
  await server.line('Parley is ready')
  await converse('grace', 'You are back.')
  await browser.line('"linus reads: You are back."')
  const greetings = [ada, grace].map((person) => person.said().filter((line) => line === 'ada: Good morning, Grace!').length)
  expect(isLike(greetings, [1, 1]), 'After a restart something was shown twice.')
  for (const program of [ada, grace, browser, server]) program.interrupt()
  for (const program of [ada, grace, browser, server]) await program.ended()
  page.close()
  step('stopped and started again, the talk goes on')

  const contributing = openScript('CONTRIBUTING.md')
  const schema = path.join(checkout, 'schema.graphql')
  const before = readFileSync(schema, 'utf8')
  writeFileSync(schema, before.replace(/^type Query \{\n/m, '$&  "To be gone."\n  gone: Int\n'))
  await finished(type(contributing.take('npm run schema -- --breaking').text, checkout), 'Writing the schema')
  const changes = readFileSync(path.join(checkout, 'CHANGELOG.md'), 'utf8')
  expect(
    /- users\(search:\) is users\(filter:\) now: rename the argument\n {2}- Query\.gone was removed/.test(changes),
    'It is not in the changelog.',
  )
  expect(readFileSync(schema, 'utf8') === before, 'The schema is not written.')
  step('a break of the schema is noted')

  for (const script of [readme, first, sdk, contributing]) script.end()
}
