import { createHash } from 'node:crypto'
import { createParley, unwrap } from '../../src/sdk/index.ts'

// alan answers whoever mentions him: once, however often he is restarted, because the answer's key is made of what it answers.
// (Outside this checkout the SDK is imported as 'parley/sdk'.)

const url = process.env.PARLEY_URL ?? 'http://localhost:4000'
const keyOf = (id: string) =>
  createHash('md5')
    .update(id)
    .digest('hex')
    .replace(/(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')

const { token } = await unwrap(createParley({ url }).signIn({ login: 'alan', password: 'parley-demo' }))
const parley = createParley({ url, token })
const { cursor, user: alan } = (await parley.snapshot({ first: 1 }))!
console.log('alan listens')

for await (const event of parley.inboxEvents({ after: cursor })) {
  if (event.__typename !== 'MessageAdded') continue
  const { id, text, sender, mentions } = event.message
  if (!sender || sender.id === alan.id || !mentions.some((person) => person.id === alan.id)) continue
  const answer = `@${sender.handle}, you said ${text?.length} characters. Can machines count?`
  await unwrap(parley.sendMessage({ channelId: event.channelId, text: answer, replyToId: id, clientId: keyOf(id) }))
  console.log(`answered ${sender.handle}`)
}
