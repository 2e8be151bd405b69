/** The tabs that GraphiQL opens with, to be tried one after another. They need no variables: values stand where they are read. */
export const examples: readonly { query: string }[] = [
  {
    query: `# Make an account. Over HTTP this also sets a cookie: from here on this browser is signed in,
# its subscriptions included. Other clients send the token: { "Authorization": "Bearer …" }
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
    query: `# Who is signed in? Null for nobody. To be somebody else in this tab alone, open Headers below and put
# { "Authorization": "Bearer …" } there.
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
