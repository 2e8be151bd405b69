// Ten fields each, as a client's list of messages needs them.

const fields = 'cursor channelId message { id seq version kind text createdAt sender { id handle displayName } }'

/** The same for all contenders, under a name: another name is another document. */
export const messageAdded = (name = 'Messages') =>
  `subscription ${name}($channelId: ID!) { messageAdded(channelId: $channelId) { ${fields} } }`

export const inbox = `subscription Inbox($after: StreamCursor) {
  inboxEvents(after: $after, ephemeral: false) { __typename cursor ... on MessageAdded { ${fields.replace('cursor ', '')} } ... on StreamReady { replayed } }
}`

export const send = 'mutation Send($input: SendMessageInput!) { sendMessage(input: $input) { __typename } }'

/** So long a text, with a mark to know it by. */
export const textOf = (mark: string, length = 200) => `#${mark}# `.padEnd(length, 'and so it went on, ')
