// Runs in a browser, signed in by its cookie alone: follows what is said in «Welcome», and logs it.
import { createParley, unwrap } from 'parley/sdk'

const parley = createParley({ url: 'http://localhost:4000' })
await unwrap(parley.signIn({ login: 'linus', password: 'parley-demo' }))
const inbox = parley.inbox()
await inbox.ready
const { id } = Object.values(inbox.getSnapshot().channels).find(({ name }) => name === 'Welcome')
await inbox.open(id)

const logged = new Set()
const log = () => {
  for (const { seq, text } of inbox.getSnapshot().channels[id].messages)
    if (seq && !logged.has(seq)) {
      logged.add(seq)
      console.log(`linus reads: ${text}`)
    }
}
inbox.subscribe(log)
log()
