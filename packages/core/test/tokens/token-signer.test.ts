import { SignJWT } from 'jose'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { KeyRing, type TokenClaims, TokenError, TokenSigner } from '../../src/tokens/index.js'

const OLD = 'the old secret of thirty-two bytes, or more'
const NEW = 'the new secret of thirty-two bytes, or more'
const now = () => Math.floor(Date.now() / 1000)

function signer(secrets = [NEW], issuer = 'app:photos/', type = 'upload+jwt'): TokenSigner {
  return new TokenSigner(new KeyRing(secrets), { issuer, type })
}

function claims(): TokenClaims {
  const content = { key: 'tmp/a.jpg', bytes: 9, note: 'Zoë' }
  return { subject: 'leo', audience: 'complete', id: 'u1', issuedAt: now(), deadline: now() + 60, content }
}

/** A token as somebody else would make it who knows the secret. */
function foreign(alg: string, payload: Record<string, unknown> = {}, kid = new KeyRing([NEW]).signing.id) {
  const { subject, audience, id, issuedAt, deadline } = claims()
  const registered = { iss: 'app:photos/', sub: subject, aud: audience, jti: id, iat: issuedAt, exp: deadline }
  const secret = Buffer.from(NEW.padEnd(64)).subarray(0, alg === 'HS256' ? NEW.length : 64)
  return new SignJWT({ ...registered, ...payload }).setProtectedHeader({ alg, typ: 'upload+jwt', kid }).sign(secret)
}

afterEach(() => {
  vi.useRealTimers()
})

describe('TokenSigner', () => {
  it('gives back on any server what was signed on another, and the same token for the same claims', async () => {
    const stated = claims()
    const token = await signer().sign(stated)
    expect(await signer().verify(token)).toEqual(stated)
    expect(await signer().verify(token, { audience: ['begin', 'complete'] })).toEqual(stated)
    expect(await signer().sign(stated)).toBe(token)
  })

  it('verifies with every secret and signs with the first, so that secrets rotate', async () => {
    const before = await signer([OLD]).sign(claims())
    const after = await signer([NEW, OLD]).sign(claims())
    await expect(signer([NEW, OLD]).verify(before)).resolves.toBeDefined()
    await expect(signer([NEW]).verify(after)).resolves.toBeDefined()
    await expect(signer([NEW]).verify(before)).rejects.toMatchObject({ name: 'TokenError', code: 'invalid' })
  })

  it('refuses a token of another place, of another kind and for another purpose', async () => {
    const refused = expect.objectContaining({ code: 'invalid' })
    const token = await signer().sign(claims())
    await expect(signer([NEW], 'app:other/').verify(token)).rejects.toEqual(refused)
    await expect(signer([NEW], 'app:photos/', 'avatar+jwt').verify(token)).rejects.toEqual(refused)
    await expect(signer().verify(token, { audience: 'begin' })).rejects.toEqual(refused)
  })

  it('refuses a token after its deadline, and allows for clocks that differ a little', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-03-01T12:00:00Z') })
    const token = await signer().sign(claims())
    vi.setSystemTime(new Date('2026-03-01T12:01:20Z'))
    await expect(signer().verify(token)).resolves.toBeDefined()
    vi.setSystemTime(new Date('2026-03-01T12:01:40Z'))
    const refusal: unknown = await signer()
      .verify(token)
      .catch((error: unknown) => error)
    expect(TokenError.is(refusal, 'expired')).toBe(true)
    expect(TokenError.is(refusal, 'invalid')).toBe(false)
    expect(TokenError.is(new Error('another'))).toBe(false)
  })

  it('refuses a token that was changed anywhere', async () => {
    const token = await signer().sign(claims())
    for (let at = 0; at < token.length; at += 7) {
      // Not to "B": the last character's lower bits say nothing, so that both are one signature.
      const changed = token.slice(0, at) + (token[at] === 'A' ? 'Q' : 'A') + token.slice(at + 1)
      await expect(signer().verify(changed)).rejects.toMatchObject({ code: 'invalid' })
    }
  })

  it.each([
    ['nothing', ''],
    ['a number', 7],
    ['no token', 'abc'],
    ['an endless text', 'a'.repeat(10_000)],
  ])('refuses %s', async (_what, token) => {
    await expect(signer().verify(token)).rejects.toMatchObject({ code: 'invalid' })
  })

  it('refuses other algorithms, unknown secrets, missing claims and unsigned tokens', async () => {
    await expect(signer().verify(await foreign('HS256'))).resolves.toMatchObject({ subject: 'leo', content: {} })
    const [, payload] = (await foreign('HS256')).split('.')
    const none = `${Buffer.from('{"alg":"none","typ":"upload+jwt"}').toString('base64url')}.${payload}.`
    const wrong = [
      await foreign('HS512'),
      await foreign('HS256', {}, 'another'),
      await foreign('HS256', { jti: undefined }),
      await foreign('HS256', { exp: undefined }),
      await foreign('HS256', { aud: ['begin', 'complete'] }),
      none,
    ]
    for (const token of wrong) await expect(signer().verify(token)).rejects.toMatchObject({ code: 'invalid' })
  })

  it('makes no token that it would not accept', async () => {
    const long = { ...claims(), content: { note: 'a'.repeat(8000) } }
    await expect(signer().sign(long)).rejects.toMatchObject({ name: 'StoreError', code: 'invalid-argument' })
    const roomy = new TokenSigner(new KeyRing([NEW]), { issuer: 'app', type: 'upload+jwt', maxCharacters: 20_000 })
    expect(await roomy.verify(await roomy.sign(long))).toEqual(long)
  })
})
