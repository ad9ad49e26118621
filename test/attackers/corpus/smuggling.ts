import type { Attack } from '../attack.js'
import type { RawReply, RawRequest } from '../raw-request.js'

/** What a balancer must not take for the next request of the connection, whoever's that is. */
const INNER = 'GET /avatars/smuggled HTTP/1.1\r\nHost: x\r\nX-Rest: '
const CHUNKED = `${INNER.length.toString(16)}\r\n${INNER}\r\n0\r\n\r\n`

const METHODS = ['GET', 'HEAD', 'OPTIONS', 'DELETE', 'POST', 'PUT', 'PATCH', 'PROPFIND']

/** One request, one answer; and the next request of anybody gets its own. */
async function expectOneAnswer(reply: RawReply, send: (request: RawRequest) => Promise<RawReply>): Promise<void> {
  if (reply.body.includes('HTTP/1.1')) throw new Error('expected one answer; received another one behind it')
  // Both servers, on the connections that the balancer keeps.
  for (let turn = 0; turn < 4; turn += 1) {
    const { status, body } = await send({ path: '/healthz' })
    if (status !== 200 || !body.includes('alive'))
      throw new Error(`expected another request to be left alone: ${status}`)
  }
}

const IN_CHUNKS: readonly Attack[] = METHODS.map((method) => ({
  what: `${method} with a request in a chunk of its body`,
  request: {
    method,
    path: '/nowhere',
    headers: { 'Transfer-Encoding': 'chunked', Trailer: 'Content-Length' },
    after: CHUNKED,
  },
  status: [200, 400, 404, 405],
  door: 'both',
  check: (reply, site) => expectOneAnswer(reply, (request) => site.send(request)),
}))

const WITH_LENGTH: readonly Attack[] = METHODS.map((method) => ({
  what: `${method} with a request in a body of a length`,
  request: { method, path: '/nowhere', body: INNER },
  status: [200, 400, 404, 405],
  door: 'both',
  check: (reply, site) => expectOneAnswer(reply, (request) => site.send(request)),
}))

/** Ways to say where a body ends on which two readers do not agree: refused, not understood. */
const FRAMINGS: Readonly<Record<string, { readonly headers: RawRequest['headers']; readonly body: string }>> = {
  'two codings': { headers: { 'Transfer-Encoding': 'chunked', 'transfer-encoding': 'identity' }, body: '0\r\n\r\n' },
  'a coding in a folded line': { headers: { 'Transfer-Encoding': '\r\n chunked' }, body: '0\r\n\r\n' },
  'a coding behind a space': { headers: { 'Transfer-Encoding ': 'chunked' }, body: '0\r\n\r\n' },
  'a coding behind a control character': { headers: { 'Transfer-Encoding': '\x0bchunked' }, body: '0\r\n\r\n' },
  'a chunk of a length with 0x': { headers: { 'Transfer-Encoding': 'chunked' }, body: '0x1\r\na\r\n0\r\n\r\n' },
  'a chunk of more than can be counted': { headers: { 'Transfer-Encoding': 'chunked' }, body: `${'F'.repeat(20)}\r\n` },
  'a line end in a chunk’s extension': {
    headers: { 'Transfer-Encoding': 'chunked' },
    body: '2;\nxx\r\n00\r\n0\r\n\r\n',
  },
  'a length with a sign': { headers: { 'Content-Length': '+1' }, body: 'a' },
  'a length of two': { headers: { 'Content-Length': '1, 1' }, body: 'a' },
  'a length of HTTP/1.0 in chunks': {
    headers: { 'Content-Length': '3', 'Transfer-Encoding': 'chunked' },
    body: '0\r\n',
  },
}

const REFUSED: readonly Attack[] = Object.entries(FRAMINGS).map(([what, { headers, body }]) => ({
  what,
  request: { method: 'POST', path: '/sign-in', ...(headers && { headers }), after: body },
  status: 400,
  door: 'both',
}))

const TOO_MUCH: readonly Attack[] = [
  {
    what: 'an extension of a chunk of 20 KB',
    request: {
      method: 'POST',
      path: '/sign-in',
      headers: { 'Transfer-Encoding': 'chunked' },
      after: `1;${'x'.repeat(20_000)}\r\na\r\n0\r\n\r\n`,
    },
    status: 413,
    door: 'both',
  },
  {
    what: 'a trailer of 20 KB',
    request: {
      method: 'POST',
      path: '/sign-in',
      headers: { 'Transfer-Encoding': 'chunked' },
      after: `0\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
    },
    status: 431,
    door: 'both',
  },
  {
    what: 'a cookie in a trailer',
    request: ({ victim }) => ({
      method: 'PUT',
      path: '/avatars/current',
      headers: { 'Transfer-Encoding': 'chunked', Trailer: 'Cookie', 'Content-Type': 'application/json' },
      after: `2\r\n{}\r\n0\r\nCookie: ${victim.cookie}\r\n\r\n`,
    }),
    status: 401,
    code: 'unauthenticated',
    door: 'both',
  },
  {
    what: 'names the headers that nobody may take away as those of one connection',
    request: ({ attacker }) => ({
      path: '/sign-in',
      headers: {
        Cookie: attacker.cookie,
        Connection: 'close, cookie, host, x-forwarded-for, x-forwarded-host, content-length',
      },
    }),
    status: 200,
    door: 'both',
    check: ({ body }, { attacker }) => {
      if (JSON.parse(body).user !== attacker.user) throw new Error('expected the person to be known')
    },
  },
]

export const SMUGGLING: readonly Attack[] = [...IN_CHUNKS, ...WITH_LENGTH, ...REFUSED, ...TOO_MUCH]
