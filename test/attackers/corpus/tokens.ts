import { createHmac, createSign, generateKeyPairSync } from 'node:crypto'
import { SECRETS } from '../../journeys/fleet.js'
import { expired, signedByStrangers } from '../../journeys/tokens.js'
import type { Attack } from '../attack.js'
import type { AttackSite } from '../attack-site.js'
import { json } from './requests.js'

const RSA = generateKeyPairSync('rsa', { modulusLength: 2048 })
const PUBLIC_PEM = RSA.publicKey.export({ type: 'spki', format: 'pem' }).toString()
const CROP = { x: 0, y: 0, width: 40, height: 40 }

type Json = Readonly<Record<string, unknown>>

/** A token with other parts, which `sign` gives its third. */
function forged(
  token: string,
  change: { readonly header?: Json; readonly claims?: Json },
  sign: (text: string) => string,
): string {
  const [head = '', payload = ''] = token.split('.')
  const text = `${encode({ ...decode(head), ...change.header })}.${encode({ ...decode(payload), ...change.claims })}`
  return `${text}.${sign(text)}`
}

function decode(part: string): Json {
  return JSON.parse(Buffer.from(part, 'base64url').toString())
}

function encode(part: Json): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}

const hmac =
  (algorithm: string, secret: string) =>
  (text: string): string =>
    createHmac(algorithm, secret).update(text).digest('base64url')
const genuine = hmac('sha256', SECRETS[0])
const unsigned = () => ''
const rsa = (text: string) => createSign('RSA-SHA256').update(text).sign(RSA.privateKey, 'base64url')
const JWK = RSA.publicKey.export({ format: 'jwk' })

/** What is made of the attacker's own token, so that nothing but the change is wrong with it. */
const FORGERIES: Readonly<Record<string, (token: string, site: AttackSite) => string>> = {
  'with the algorithm none': (token) => forged(token, { header: { alg: 'none' } }, unsigned),
  'with the algorithm nOnE and the old signature': (token) =>
    forged(token, { header: { alg: 'nOnE' } }, () => token.split('.')[2] ?? ''),
  'without an algorithm': (token) => forged(token, { header: { alg: undefined } }, genuine),
  'without a signature': (token) => token.slice(0, token.lastIndexOf('.') + 1),
  'with two parts': (token) => token.slice(0, token.lastIndexOf('.')),
  'with four parts': (token) => `${token}.${token.split('.')[2]}`,
  'with the algorithm HS512, under the genuine secret': (token) =>
    forged(token, { header: { alg: 'HS512' } }, hmac('sha512', SECRETS[0])),
  'signed with RS256 by a key of its own': (token) => forged(token, { header: { alg: 'RS256' } }, rsa),
  'signed with RS256, with the key in the header': (token) =>
    forged(token, { header: { alg: 'RS256', jwk: JWK } }, rsa),
  'signed with HS256 by a public key': (token) => forged(token, {}, hmac('sha256', PUBLIC_PEM)),
  'with its secret in the header': (token) =>
    forged(
      token,
      { header: { jwk: { kty: 'oct', k: Buffer.from('mine').toString('base64url') } } },
      hmac('sha256', 'mine'),
    ),
  'with the address of its keys (jku)': (token, { bait }) =>
    forged(token, { header: { alg: 'RS256', jku: bait } }, rsa),
  'with the address of its certificate (x5u)': (token, { bait }) =>
    forged(token, { header: { alg: 'RS256', x5u: bait } }, rsa),
  'with the id of a key that is a file': (token) =>
    forged(token, { header: { kid: '../../../../dev/null' } }, hmac('sha256', '')),
  'with the id of a key that is a prototype': (token) =>
    forged(token, { header: { kid: '__proto__' } }, hmac('sha256', 'undefined')),
  'with no id of a key, under the genuine secret': (token) => forged(token, { header: { kid: undefined } }, genuine),
  'with a critical extension that nobody knows': (token) =>
    forged(token, { header: { crit: ['exp-not'], 'exp-not': true } }, genuine),
  'of another type, under the genuine secret': (token) => forged(token, { header: { typ: 'upload+jwt' } }, genuine),
  'of no type, under the genuine secret': (token) => forged(token, { header: { typ: undefined } }, genuine),
  'of another issuer, under the genuine secret': (token) =>
    forged(token, { claims: { iss: 'avatar-cropper:other/' } }, genuine),
  'for two audiences, under the genuine secret': (token) =>
    forged(token, { claims: { aud: ['crop', 'save'] } }, genuine),
  'that never ends, under the genuine secret': (token) => forged(token, { claims: { exp: undefined } }, genuine),
  'that ends in words, under the genuine secret': (token) => forged(token, { claims: { exp: 'never' } }, genuine),
  'of another shape, under the genuine secret': (token) =>
    forged(token, { claims: { original: '../../treasure.txt' } }, genuine),
  'for another person, with the old signature': (token) =>
    forged(token, { claims: { sub: '10' } }, () => token.split('.')[2] ?? ''),
  'signed with a secret of strangers': signedByStrangers,
  'in which a bit of the signature is another': (token) =>
    token.slice(0, -3) + (token.at(-3) === 'A' ? 'B' : 'A') + token.slice(-2),
  'with spaces around it': (token) => ` ${token} `,
  'with padding': (token) => `${token}==`,
  'with a line end in it': (token) => token.replace('.', '.\r\n'),
  'of 8 KiB and more': (token) => token + 'A'.repeat(8192),
  'that is the cookie of the sign-in': (_token, { attacker }) => attacker.cookie.split('=')[1] ?? '',
}

const FORGED: readonly Attack[] = Object.entries(FORGERIES).map(([form, forge]) => ({
  what: `crops with a token ${form}`,
  request: (site) =>
    json('/avatars/crop', { token: forge(site.attacker.uploaded.token, site), ...CROP }, site.attacker.cookie),
  status: 403,
  code: 'token-invalid',
}))

const FOREIGN: readonly Attack[] = (['/avatars/crop', '/avatars/preview'] as const).map((path) => ({
  what: `sends the token of another person to ${path}`,
  request: ({ attacker, victim }) => json(path, { token: victim.uploaded.token, ...CROP }, attacker.cookie),
  status: 403,
  code: 'token-user-mismatch',
}))

/** Every route that takes a token of another step, person or time. */
const MISPLACED: readonly Attack[] = [
  {
    what: 'sends an expired token',
    request: ({ attacker }) =>
      json('/avatars/crop', { token: expired(attacker.uploaded.token), ...CROP }, attacker.cookie),
    status: 403,
    code: 'token-expired',
  },
  {
    what: 'saves the picture of another person',
    request: ({ attacker, victim }) => json('/avatars/save', { token: victim.cropped.token }, attacker.cookie),
    status: 403,
    code: 'token-user-mismatch',
  },
  {
    what: 'claims the session of another person',
    request: ({ attacker, victim }) => json('/avatars/claim', { token: victim.cropped.token }, attacker.cookie),
    status: 403,
    code: 'token-user-mismatch',
  },
  {
    what: 'claims the session of another person at sign-up',
    request: ({ victim }) => json('/sign-up', { user: 'eve', avatarToken: victim.cropped.token }, ''),
    status: 403,
  },
  {
    what: 'claims the session of another person without signing in',
    request: ({ victim }) => json('/sign-up/avatars/claim', { token: victim.cropped.token }, ''),
    status: 401,
    code: 'unauthenticated',
  },
  {
    what: 'crops for another person without signing in',
    request: ({ victim }) => json('/sign-up/avatars/crop', { token: victim.uploaded.token, ...CROP }, ''),
    status: 403,
    code: 'token-user-mismatch',
  },
  {
    what: 'saves without cropping',
    request: ({ attacker }) => json('/avatars/save', { token: attacker.uploaded.token }, attacker.cookie),
    status: 409,
    code: 'step-out-of-order',
  },
  ...['complete', 'renew', 'abort'].map(
    (step): Attack => ({
      what: `sends the token of a crop to direct/${step}`,
      request: ({ attacker }) => json(`/avatars/direct/${step}`, { token: attacker.uploaded.token }, attacker.cookie),
      status: 409,
      code: 'step-out-of-order',
    }),
  ),
  ...[null, 7, true, ['a'], { $ne: '' }, { toString: 'x' }].map(
    (token): Attack => ({
      what: `sends ${JSON.stringify(token)} for a token`,
      request: ({ attacker }) => json('/avatars/crop', { token, ...CROP }, attacker.cookie),
      status: 400,
      code: 'invalid-request',
    }),
  ),
]

export const TOKENS: readonly Attack[] = [...FORGED, ...FOREIGN, ...MISPLACED]
