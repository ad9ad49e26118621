import type { Attack } from '../attack.js'
import { json } from './requests.js'

/** Beyond what Node takes of headers, and little enough to be read at once. */
const TOO_LONG = 'x'.repeat(17_000)

/** Texts over which a careless pattern would think for minutes: answered like any other, within the test's time. */
const LONG_TO_READ: Readonly<Record<string, string>> = {
  Accept: 'text/html;q='.repeat(1200),
  'Accept-Language': 'en;q=0.'.repeat(1800),
  Cookie: 'avatar-=;'.repeat(1500),
  'If-None-Match': 'W/"'.repeat(4500),
  Range: `bytes=${'0-1,'.repeat(3000)}`,
  Origin: `http://${'a.'.repeat(6500)}`,
  Referer: `http://${'@'.repeat(13_000)}`,
  'Content-Type': `multipart/form-data${'; a="b'.repeat(2000)}`,
  'X-Request-Id': '-'.repeat(13_000),
  'Access-Control-Request-Headers': 'a, '.repeat(4000),
}

const PATTERNS: readonly Attack[] = Object.entries(LONG_TO_READ).map(([name, value]) => ({
  what: `13 KB of ${name} that repeat themselves`,
  request: { method: 'POST', path: '/avatars', headers: { 'Content-Type': 'text/plain', [name]: value }, body: 'x' },
  status: [400, 401, 403],
  door: 'both',
}))

/** What is no sound HTTP, or too much of it: ended by the server before an application sees it. */
export const HEADERS: readonly Attack[] = [
  ...PATTERNS,
  { what: 'a header of 17 KB', request: { path: '/', headers: { 'X-Long': TOO_LONG } }, status: 431, door: 'both' },
  {
    what: 'a cookie of 17 KB',
    request: { path: '/avatars', headers: { Cookie: TOO_LONG } },
    status: 431,
    door: 'both',
  },
  { what: 'a path of 17 KB', request: { path: `/${TOO_LONG}` }, status: 431, door: 'both' },
  {
    what: '1500 headers',
    request: { path: '/avatars', headers: Object.fromEntries(Array.from({ length: 1500 }, (_, i) => [`a${i}`, ''])) },
    status: 401,
    code: 'unauthenticated',
    door: 'both',
  },
  {
    what: 'two lengths',
    request: {
      method: 'POST',
      path: '/avatars',
      headers: { 'Content-Length': '5', 'content-length': '6' },
      body: 'hello',
    },
    status: 400,
    door: 'both',
  },
  {
    what: 'a length and chunks at once',
    request: {
      method: 'POST',
      path: '/avatars',
      headers: { 'Transfer-Encoding': 'chunked' },
      body: '0\r\n\r\nGET /avatars HTTP/1.1\r\nHost: x\r\n\r\n',
    },
    status: 400,
    door: 'both',
  },
  {
    what: 'chunks under another name',
    request: { method: 'POST', path: '/avatars', headers: { 'Transfer-Encoding': 'xchunked' }, body: 'x' },
    status: 400,
    door: 'both',
  },
  {
    what: 'a length below nothing',
    request: { method: 'POST', path: '/avatars', headers: { 'Content-Length': '-1' } },
    status: 400,
    door: 'both',
  },
  {
    what: 'a header with a line end in it',
    request: { path: '/', headers: { 'X-A': 'b\nX-C: d\r\r' } },
    status: 400,
    door: 'both',
  },
  { what: 'a header with a NUL', request: { path: '/', headers: { 'X-A': 'b\0c' } }, status: 400, door: 'both' },
  {
    what: 'a header that is folded',
    request: { path: '/', headers: { 'X-A': 'b\r\n c' } },
    status: [200, 400],
    door: 'both',
  },
  { what: 'no host', request: { path: '/', headers: { Host: '' } }, status: [200, 400], door: 'both' },
  {
    what: 'a host that is none',
    request: { path: '/avatars', headers: { Host: 'evil.example/..%00\t@10' } },
    status: [400, 401],
    door: 'both',
  },
  {
    what: 'a whole address for a path',
    request: { path: 'http://evil.example/avatars' },
    status: [400, 401, 404],
    door: 'both',
  },
  { what: 'a method of its own', request: { method: 'BREW', path: '/' }, status: 400, door: 'both' },
  { what: 'TRACE', request: { method: 'TRACE', path: '/avatars' }, status: [404, 405], door: 'both' },
  { what: 'CONNECT', request: { method: 'CONNECT', path: '127.0.0.1:22' }, status: [0, 400, 404, 405], door: 'both' },
  {
    what: 'an upgrade that nobody offers',
    request: { path: '/avatars', headers: { Connection: 'upgrade, close', Upgrade: 'websocket' } },
    status: [400, 401],
    door: 'both',
  },
  {
    what: 'another method in a header',
    request: ({ attacker, victim }) => ({
      method: 'POST',
      path: `/avatars/${victim.avatar.id}`,
      headers: { Cookie: attacker.cookie, 'X-HTTP-Method-Override': 'DELETE', 'Content-Length': '0' },
    }),
    status: 404,
  },
  {
    what: 'a request id that would break a log line',
    request: { path: '/avatars', headers: { 'X-Request-Id': 'a\tb {"level":"fatal"}' } },
    status: 401,
    door: 'both',
    check: ({ headers }) => {
      if (!/^[0-9a-f-]{36}$/.test(headers['x-request-id'] ?? '')) throw new Error('expected an id of the server’s own')
    },
  },
  {
    what: 'a JSON body of 40 KB',
    request: ({ attacker }) => json('/avatars/crop', { token: 'x'.repeat(40_000) }, attacker.cookie),
    status: 413,
    code: 'request-too-large',
  },
  {
    what: 'JSON that is 15000 arrays deep',
    request: ({ attacker }) => ({
      ...json('/avatars/crop', {}, attacker.cookie),
      body: '['.repeat(15_000) + ']'.repeat(15_000),
    }),
    status: 400,
    code: 'invalid-request',
  },
  {
    what: 'JSON with __proto__ and constructor',
    request: ({ attacker }) => ({
      ...json('/avatars/crop', {}, attacker.cookie),
      body: '{"__proto__":{"token":"x","x":0,"y":0,"width":1,"height":1},"constructor":{"prototype":{"token":"x"}}}',
    }),
    status: 400,
    code: 'invalid-request',
  },
  {
    what: 'JSON that says it is packed, and is not',
    request: ({ attacker }) => {
      const { headers, ...rest } = json('/avatars/crop', {}, attacker.cookie)
      return { ...rest, headers: { ...headers, 'Content-Encoding': 'gzip' } }
    },
    status: 400,
    code: 'invalid-request',
  },
  {
    what: 'JSON in an encoding that does not exist',
    request: ({ attacker }) => ({
      ...json('/avatars/crop', {}, attacker.cookie),
      headers: { 'Content-Type': 'application/json; charset=utf-66', Cookie: attacker.cookie },
    }),
    status: 415,
    code: 'unsupported-media-type',
  },
  {
    what: 'a form of 2000 fields',
    request: ({ attacker }) => ({
      method: 'POST',
      path: '/avatars/crop',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', Cookie: attacker.cookie },
      body: Array.from({ length: 2000 }, (_, i) => `f${i}=1`).join('&'),
    }),
    status: 413,
    code: 'request-too-large',
  },
]
