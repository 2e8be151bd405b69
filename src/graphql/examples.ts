/**
 * The tabs that GraphiQL opens with, to be tried one after another. They need no variables: values stand where they are read, and what
 * a server makes up, CHANNEL ID, is pasted there.
 */
export const examples: readonly { query: string }[] = [
  {
    query: `# The tabs go from left to right. Press the triangle to run one; the book on the left has the whole schema.
#
# Make an account. This also sets a cookie: from here on this browser is signed in, its subscriptions
# included. Other clients send the token; the third tab says how.
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
    query: `# Outside production there are people to try things with; see what the server printed when it started.
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
# To be somebody else in one tab, open Headers below the query and put in, with the token of a sign-in:
#   { "Authorization": "Bearer …" }
# That counts instead of the cookie, for the queries and mutations of that tab alone; a wrong token is refused and
# never falls back to the cookie. Subscriptions go over a WebSocket, which signs in by the cookie: to listen as
# somebody else, open a private window. What is in Headers is forgotten when you reload.
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
    query: `# What an application reads first: the conversations, and a place in the event stream, in one operation.
# Copy the id of a channel: the next tabs want it. (Nothing there? Join one of publicChannels.)
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
    query: `# Let this run: all that concerns you, in all your channels, as it happens. What already was comes before
# StreamReady, if you give the cursor of the snapshot: inboxEvents(after: "…").
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
  }
}
`,
  },
  {
    query: `# Put the id of a channel in, run it, and look at the tab before: there it is. Run it again: it is replayed
# and not said twice, because clientId is the same. A new message has a new one.
mutation Say {
  sendMessage(
    input: { channelId: "CHANNEL ID", text: "Hello from GraphiQL!", clientId: "019a9f5e-7c3d-7b1a-9c55-3f1e2d4c5b6a" }
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
    query: `# One channel alone: each message once, in the order of seq, from the one after afterSeq on. 0 is from the start.
subscription Listen {
  messageAdded(channelId: "CHANNEL ID", afterSeq: 0) {
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
    query: `# Where am I signed in? End one with revokeSession, all others with revokeOtherSessions:
# their sockets close at once.
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
    query: `# The directory, by page: give endCursor as \`after\` to go on.
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
