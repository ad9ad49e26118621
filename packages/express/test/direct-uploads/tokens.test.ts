import fc from 'fast-check'
import { SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MIB, SECRETS, UploadFleet } from './upload-fleet.js'

const PATHS = ['/renew', '/parts', '/uploaded', '/complete', '/abort'] as const

let fleet: UploadFleet
let whole: string
let parts: string

beforeAll(async () => {
  fleet = await UploadFleet.start({ multipartAboveBytes: 5 * MIB })
  const file = { filename: 'a.bin', type: 'application/octet-stream' }
  whole = (await fleet.post('', { ...file, bytes: 10 })).body.token
  parts = (await fleet.post('', { ...file, bytes: 9 * MIB })).body.token
})

afterAll(() => fleet.stop())

async function refusalsOf(token: unknown, user = 'leo'): Promise<Set<string>> {
  const answers = await Promise.all(PATHS.map((path) => fleet.post(path, { token, partNumbers: [1] }, { user })))
  return new Set(answers.map(({ status, body }) => `${status} ${body.code}`))
}

/** A token's claims, changed and signed with whatever `sign` takes. */
async function resigned(token: string, change: object, secret: string): Promise<string> {
  const [header = '', payload = ''] = token.split('.')
  const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString())
  const claims = { ...read(payload), ...change }
  return new SignJWT(claims).setProtectedHeader(read(header)).sign(Buffer.from(secret))
}

describe('a token', () => {
  it('is another user’s: no route takes it', async () => {
    expect(await refusalsOf(parts, 'mallory')).toEqual(new Set(['403 token-user-mismatch']))
    expect(await refusalsOf(whole, 'mallory')).toEqual(new Set(['403 token-user-mismatch']))
  })

  it('with one character changed, anywhere, is none', async () => {
    const index = fc.integer({ min: 0, max: parts.length - 1 })
    const letter = fc.constantFrom(...'ABCZabcz019-_.')
    await fc.assert(
      fc.asyncProperty(index, letter, async (at, other) => {
        const changed = parts.slice(0, at) + other + parts.slice(at + 1)
        // The last character of each part holds bits that stand for nothing.
        const same = changed
          .split('.')
          .map((part) => Buffer.from(part, 'base64url').toString('hex'))
          .join()
        fc.pre(
          same !==
            parts
              .split('.')
              .map((part) => Buffer.from(part, 'base64url').toString('hex'))
              .join(),
        )
        const { status, body } = await fleet.post('/uploaded', { token: changed })
        expect(`${status} ${body.code}`).toBe('403 token-invalid')
      }),
      { numRuns: 60 },
    )
  })

  it('whose claims were rewritten is none without the secret: key, size, user, deadline', async () => {
    const claim = fc.constantFrom(
      { key: 'uploads/admin/logo.png' },
      { bytes: 5_000_000_000 },
      { partBytes: 5_000_000_000 },
      { sub: 'mallory' },
      { exp: 4_000_000_000 },
      { uploadId: 'another' },
    )
    await fc.assert(
      fc.asyncProperty(claim, fc.string({ minLength: 32, maxLength: 64 }), async (change, secret) => {
        const forged = await resigned(parts, change, secret)
        expect(await refusalsOf(forged, 'sub' in change ? 'mallory' : 'leo')).toEqual(new Set(['403 token-invalid']))
      }),
      { numRuns: 20 },
    )
  })

  it('without a signature, or of another kind, is none', async () => {
    const [, payload = ''] = parts.split('.')
    const none = `${Buffer.from('{"alg":"none","typ":"upload+jwt"}').toString('base64url')}.${payload}.`
    for (const token of [none, `${none}x`, '', 'x', 7, null, undefined, {}, [parts]]) {
      expect(await refusalsOf(token)).toEqual(new Set(['403 token-invalid']))
    }
  })

  it('is expired for every route once its time is over, whatever the store says', async () => {
    const past = await resigned(parts, { iat: 1_000_000_000, exp: 1_000_000_100 }, SECRETS[0])
    expect(await refusalsOf(past)).toEqual(new Set(['403 token-expired']))
  })

  it('of a router at another path, or another store, is none here', async () => {
    const elsewhere = await resigned(parts, { aud: '/avatars/direct' }, SECRETS[0])
    const other = await resigned(parts, { iss: 'direct-uploads:other/' }, SECRETS[0])
    for (const token of [elsewhere, other]) expect(await refusalsOf(token)).toEqual(new Set(['403 token-invalid']))
  })

  it('says nothing about a secret, and nothing of it is repeated in a refusal', async () => {
    const { body } = await fleet.post('/complete', { token: `${parts}x` })
    expect(JSON.stringify(body)).not.toContain(parts.slice(0, 20))
  })
})
