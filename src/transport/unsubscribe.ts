import type { IncomingMessage, ServerResponse } from 'node:http'

export const unsubscribePath = '/unsubscribe'

/** What a link in a mail can end, by the token in it. */
export type Unsubscribing = {
  /** What it is for, null for all that is mailed about messages; nothing where the token isn't one of ours. Changes nothing. */
  read(token: string): { channelId: string | null } | null
  /** Does it, as often as it is asked to. */
  redeem(token: string): Promise<{ channelId: string | null } | null>
}

const mostBytes = 2_000

/**
 * One click ends mails, signed out (RFC 8058). The token is all that counts: no cookie is read, so a page of somebody else's can do
 * nothing here that it could not do without the browser. GET changes nothing, since programs that look mails over follow links; it
 * shows a button that posts.
 */
export async function answerUnsubscribe(unsubscribe: Unsubscribing, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method } = request
  if (method !== 'GET' && method !== 'HEAD' && method !== 'POST') {
    response.setHeader('Allow', 'GET, HEAD, POST')
    return show(response, 405, 'That is not how it is done', 'Open the link in the mail.')
  }
  const token = new URL(request.url!, 'http://here').searchParams.get('token') ?? ''
  const found = unsubscribe.read(token)
  if (!found)
    return show(
      response,
      404,
      'This link leads nowhere',
      'It is not whole. Open it from the mail once more, or change your settings in the app.',
    )
  const what = found.channelId === null ? 'about messages' : 'about this conversation'
  if (method !== 'POST')
    return show(response, 200, `No more mails ${what}?`, 'You can change your mind in the settings of the app.', button)
  const body = await bodyOf(request, response)
  // As a form, or in parts: the standard allows both.
  if (!/\bList-Unsubscribe\b["=\s]+One-Click\b/.test(body))
    return show(response, 400, 'That was not the button', 'Open the link in the mail.')
  await unsubscribe.redeem(token)
  const how =
    found.channelId === null
      ? 'Codes and links that you ask for still come.'
      : 'Nor does the app interrupt you for it any more. You can change that where the conversation is.'
  return show(response, 200, `You get no more mails ${what}.`, how)
}

/** What is longer than it may be, or breaks off, is none. */
async function bodyOf(request: IncomingMessage, response: ServerResponse): Promise<string> {
  let body = ''
  try {
    for await (const chunk of request.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
      body += chunk
      if (body.length <= mostBytes) continue
      response.setHeader('Connection', 'close')
      return ''
    }
  } catch {
    return ''
  }
  return body
}

const button = '<form method="post"><button name="List-Unsubscribe" value="One-Click">No more mails</button></form>'

const policy = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

/** Without a word of a person's: there is nothing to escape. */
function show(response: ServerResponse, status: number, title: string, text: string, more = ''): void {
  response.setHeader('Content-Security-Policy', policy)
  response.setHeader('X-Robots-Tag', 'noindex')
  response.writeHead(status, { 'Content-Type': 'text/html; charset=utf-8' })
  response.end(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>
:root { color-scheme: light dark; --page: #f3f4f6; --card: #fff; --ink: #1b1f24; --soft: #59636e; --button: #2a5bd7; }
@media (prefers-color-scheme: dark) { :root { --page: #0f1216; --card: #1a1e24; --ink: #e8eaee; --soft: #a0a9b4; --button: #3a6be4; } }
body { margin: 0; padding: 10vh 12px; background: var(--page); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
main { max-width: 460px; margin: auto; padding: 32px 36px; border-radius: 12px; background: var(--card); }
h1 { margin: 0 0 12px; font-size: 22px; line-height: 1.3; }
p { margin: 0; color: var(--soft); }
button { margin: 24px 0 0; padding: 12px 22px; border: 0; border-radius: 8px; background: var(--button); color: #fff; font: inherit; font-weight: 600; cursor: pointer; }
</style>
</head>
<body><main><h1>${title}</h1><p>${text}</p>${more}</main></body>
</html>
`)
}
