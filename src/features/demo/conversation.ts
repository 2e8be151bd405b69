import { encodeNodeId } from '../../kernel/node-id.ts'
import type { Viewer } from '../../ports/sessions.ts'
import type { Channels } from '../channels/channels.ts'
import type { Members } from '../channels/members.ts'
import type { Messages } from '../messages/messages.ts'
import type { People } from '../people/people.ts'

type Needs = {
  people: Pick<People, 'byHandle'>
  channels: Pick<Channels, 'mine' | 'create' | 'openDirect'>
  members: Pick<Members, 'join'>
  messages: Pick<Messages, 'send'>
}

/** Something to read for whoever signs in to try Parley. Made once: not where Ada is in a channel already. */
export function createDemoConversation({ people, channels, members, messages }: Needs) {
  const asViewer = async (handle: string): Promise<Viewer | null> => {
    const user = await people.byHandle({ userId: '', role: 'USER', sessionId: '' }, { handle })
    return user && { userId: user.id, role: 'USER', sessionId: '' }
  }

  return async function makeDemoConversation(): Promise<void> {
    const [ada, grace, linus] = await Promise.all(['ada', 'grace', 'linus'].map(asViewer))
    if (!ada || !grace || !linus) return
    if ((await channels.mine(ada, { first: 1 })).edges.length > 0) return
    const say = (viewer: Viewer, channelId: string, text: string) => messages.send(viewer, { channelId, text })
    const idOf = ({ id }: { id: string }) => encodeNodeId('Channel', id)

    const welcome = idOf(await channels.create(ada, { kind: 'PUBLIC', name: 'Welcome', topic: 'Anyone may join' }))
    await members.join(grace, { channelId: welcome })
    await members.join(linus, { channelId: welcome })
    await say(ada, welcome, 'Welcome to Parley! Anyone signed in may read this and join.')
    await say(grace, welcome, 'Hello @ada. Every message here has its number: this is the one after yours.')
    await say(linus, welcome, 'And it came over one WebSocket.')

    const memberIds = [encodeNodeId('User', grace.userId)]
    const engine = idOf(await channels.create(ada, { kind: 'GROUP', name: 'Analytical engine', memberIds }))
    await say(ada, engine, 'The engine might compose pieces of music of any degree of complexity.')
    await say(grace, engine, 'Then let us find the bugs in it first.')

    const { channel } = await channels.openDirect(linus, { userId: encodeNodeId('User', ada.userId) })
    await say(linus, idOf(channel), 'Talk is cheap. Show me the code?')
  }
}
