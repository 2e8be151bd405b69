/** The tabs of GraphiQL: to try things in this order. A test checks each against the schema. */
export const examples: { query: string; variables?: string; headers?: string }[] = [
  {
    query: `# Make an account. The answer also sets a cookie: from here on this browser is signed in.
mutation SignUp($input: SignUpInput!) {
  signUp(input: $input) {
    __typename
    ... on SignUpPayload {
      token
      viewer {
        user {
          id
          handle
        }
      }
    }
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
    variables: JSON.stringify({ input: { email: 'ada@example.org', password: 'a long enough password', handle: 'ada' } }, null, 2),
  },
  {
    query: `# Who is signed in? The cookie says it. Without cookies, put the token under Headers:
# { "Authorization": "Bearer …" }
query WhoAmI {
  viewer {
    email
    user {
      id
      handle
      displayName
    }
  }
}
`,
  },
]
