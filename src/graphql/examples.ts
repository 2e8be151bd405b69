/**
 * The tabs that GraphiQL opens with, to be tried one after another. They need no variables: values stand where they are read, and what
 * a server makes up, CHANNEL_ID, is pasted there. Comments are as wide as its editor.
 */
export const examples: readonly { query: string }[] = [
  {
    query: `# The tabs go from left to right. Press the triangle
# to run one; the book on the left has the schema.
#
# Make an account. This also sets a cookie: from here
# on this browser is signed in, its subscriptions too.
# Others send the token; the third tab says how.
mutation SignUp {
  signUp(input: { email: "newcomer@example.com", password: "correct horse", handle: "newcomer" }) {
    ... on SignUpPayload {
      token
      viewer {
        user {
          id
          handle
        }
      }
    }
    # Whatever can be expected to fail is in the schema.
    ... on Error {
      code
      reason
    }
    ... on InvalidInput {
      issues {
        path
        reason
      }
    }
  }
}
`,
  },
  {
    query: `# Outside production there are people to try things
# with: the server names them when it starts. From
# here on you are ada, and not the newcomer.
mutation SignIn {
  signIn(input: { login: "ada", password: "parley-demo" }) {
    ... on SignInPayload {
      token
      expiresAt
    }
    ... on Error {
      code
      reason
    }
  }
}
`,
  },
  {
    query: `# Who is signed in? Null for nobody.
#
# To be somebody else in one tab, open Headers below and
# put in, with the token of a sign-in:
#   { "Authorization": "Bearer …" }
# It counts instead of the cookie, for queries and
# mutations of that tab alone, until you reload; a wrong
# one is refused. Subscriptions go by the cookie: to
# listen as somebody else, open a private window.
query WhoAmI {
  viewer {
    email
    emailVerified
    user {
      id
      handle
      displayName
    }
    settings {
      readReceipts
      timeZone
    }
  }
}
`,
  },
  {
    query: `# What an application reads first: the conversations,
# and a place in the event stream, in one operation.
#
# Copy the id of a channel: the next tabs want it. (None
# there? Sign in as ada, two tabs before.)
query Snapshot {
  viewer {
    cursor
    unread {
      messages
      mentions
    }
    channels(first: 10) {
      edges {
        node {
          id
          kind
          name
          lastMessage {
            seq
            text
          }
        }
      }
    }
  }
}
`,
  },
  {
    query: `# A channel, live. Put its id in and let this run. Then
# open a second window beside this one and go on there:
# GraphiQL ends a subscription when you change the tab.
#
# Each message comes once, in the order of seq, from the
# one after afterSeq on; GraphiQL shows the newest alone.
subscription Listen {
  messageAdded(
    channelId: "CHANNEL_ID"
    afterSeq: 0
  ) {
    message {
      seq
      text
      sender {
        handle
      }
    }
  }
}
`,
  },
  {
    query: `# Put the id of the channel in, run it, and look at the
# other window: there it is. Run it again: it is replayed
# and not said twice, because clientId is the same. A new
# message has a new one.
mutation Say {
  sendMessage(
    input: {
      channelId: "CHANNEL_ID"
      text: "Hello from GraphiQL!"
      clientId: "019a9f5e-7c3d-7b1a-9c55-3f1e2d4c5b6a"
    }
  ) {
    ... on SendMessagePayload {
      replayed
      message {
        id
        seq
      }
    }
    ... on Error {
      code
      reason
    }
  }
}
`,
  },
  {
    query: `# All that concerns you, in all your channels, as it
# happens: run it, and say something in the other
# window, with another clientId. GraphiQL shows the
# newest event alone.
#
# With the cursor of a snapshot, inboxEvents(after: "…"),
# what you missed since comes first, then StreamReady.
subscription Inbox {
  inboxEvents {
    __typename
    cursor
    ... on MessageAdded {
      message {
        seq
        text
        sender {
          handle
        }
      }
    }
    ... on ReceiptUpdated {
      receipts {
        user {
          handle
        }
        readSeq
      }
    }
    ... on TypingChanged {
      typing
      user {
        handle
      }
    }
    ... on PresenceChanged {
      user {
        handle
      }
      presence {
        status
      }
    }
  }
}
`,
  },
  {
    query: `# Where am I signed in? End one with revokeSession, all
# others with revokeOtherSessions: their sockets close
# at once.
query Sessions {
  viewer {
    sessions {
      id
      current
      userAgent
      lastUsedAt
    }
  }
}
`,
  },
  {
    query: `# The directory, by page: give endCursor as \`after\`
# to go on.
query Directory {
  users(search: "a", first: 10) {
    edges {
      node {
        id
        handle
        displayName
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`,
  },
]
