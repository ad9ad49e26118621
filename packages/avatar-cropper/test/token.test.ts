import { SignJWT } from 'jose'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { KeyRing } from '../src/secrets.js'
import { type CropTicket, type SaveTicket, TokenSigner } from '../src/token.js'

const OLD = 'the old secret of thirty-two bytes, or more'
const NEW = 'the new secret of thirty-two bytes, or more'
const now = () => Math.floor(Date.now() / 1000)

function signer(secrets = [NEW], place = 'avatars/'): TokenSigner {
  return new TokenSigner(new KeyRing(secrets), place)
}

function cropTicket(): CropTicket {
  const original = { key: 'tmp/avatars/leo/s1/original', etag: '"e"', size: 9, type: 'image/png', width: 4, height: 3 }
  return { step: 'crop', user: 'leo', session: 's1', startedAt: now(), deadline: now() + 60, original }
}

function saveTicket(): SaveTicket {
  return {
    ...cropTicket(),
    step: 'save',
    operation: 'op1',
    croppedAt: Date.now(),
    crop: { x: 0, y: 0, width: 3, height: 3, rotate: 12.5, scaleX: -1, scaleY: 1 },
    avatarId: 'a1',
    output: { edges: [64, 32], format: 'auto', quality: undefined, extraFormats: ['webp'] },
    preview: 'tmp/avatars/leo/s1/crop-d.jpg',
  }
}

afterEach(() => {
  vi.useRealTimers()
})

describe('TokenSigner', () => {
  it('gives back on any server what was signed on another', async () => {
    const ticket = saveTicket()
    expect(await signer().verify(await signer().sign(ticket), ['save'], 'leo')).toEqual(ticket)
  })

  it('gives the same token for the same ticket', async () => {
    const ticket = cropTicket()
    expect(await signer().sign(ticket)).toBe(await signer().sign(ticket))
  })

  it('verifies with every secret and signs with the first, so that secrets rotate', async () => {
    const before = await signer([OLD]).sign(cropTicket())
    const after = await signer([NEW, OLD]).sign(cropTicket())
    await expect(signer([NEW, OLD]).verify(before, ['crop'], 'leo')).resolves.toBeDefined()
    await expect(signer([NEW]).verify(after, ['crop'], 'leo')).resolves.toBeDefined()
    await expect(signer([NEW]).verify(before, ['crop'], 'leo')).rejects.toMatchObject({ code: 'token-invalid' })
  })

  it('refuses a token of another bucket, whatever the secret', async () => {
    const token = await signer([NEW], 'staging/').sign(cropTicket())
    await expect(signer().verify(token, ['crop'], 'leo')).rejects.toMatchObject({ code: 'token-invalid' })
  })

  it('refuses a token of another user, of another step, and after the deadline', async () => {
    const token = await signer().sign(cropTicket())
    await expect(signer().verify(token, ['crop'], 'mia')).rejects.toMatchObject({ code: 'token-user-mismatch' })
    await expect(signer().verify(token, ['save'], 'leo')).rejects.toMatchObject({ code: 'step-out-of-order' })
    vi.useFakeTimers({ now: Date.now() + 120_000 })
    await expect(signer().verify(token, ['crop'], 'leo')).rejects.toMatchObject({ code: 'token-expired' })
  })

  it('refuses a token that was changed anywhere', async () => {
    const token = await signer().sign(cropTicket())
    for (let at = 0; at < token.length; at += 7) {
      const changed = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1)
      await expect(signer().verify(changed, ['crop'], 'leo')).rejects.toMatchObject({ code: 'token-invalid' })
    }
  })

  it.each([
    ['nothing', ''],
    ['a number', 7],
    ['no token', 'abc'],
    ['an endless text', 'a'.repeat(10_000)],
  ])('refuses %s', async (_what, token) => {
    await expect(signer().verify(token as string, ['crop'], 'leo')).rejects.toMatchObject({ code: 'token-invalid' })
  })

  it('refuses other algorithms, other types and unsigned tokens', async () => {
    const claims = { sid: 's1', original: cropTicket().original }
    const make = (alg: string, typ: string) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg, typ, kid: new KeyRing([NEW]).signing.id })
        .setIssuer('avatar-cropper:avatars/')
        .setSubject('leo')
        .setAudience('crop')
        .setJti('s1')
        .setIssuedAt()
        .setExpirationTime('1h')
        .sign(Buffer.from(NEW.padEnd(64)).subarray(0, alg === 'HS256' ? NEW.length : 64))
    await expect(signer().verify(await make('HS256', 'avatar+jwt'), ['crop'], 'leo')).resolves.toBeDefined()
    await expect(signer().verify(await make('HS256', 'JWT'), ['crop'], 'leo')).rejects.toThrow()
    await expect(signer().verify(await make('HS512', 'avatar+jwt'), ['crop'], 'leo')).rejects.toThrow()
    const [, payload] = (await make('HS256', 'avatar+jwt')).split('.')
    const none = `${Buffer.from('{"alg":"none","typ":"avatar+jwt"}').toString('base64url')}.${payload}.`
    await expect(signer().verify(none, ['crop'], 'leo')).rejects.toMatchObject({ code: 'token-invalid' })
  })
})

describe('KeyRing', () => {
  it('refuses secrets that could be guessed, without showing them', () => {
    expect(() => new KeyRing(['short'])).toThrow('expected secrets[0] to have at least 32 bytes; received 5 bytes')
    expect(() => new KeyRing([NEW, 'short secret'])).toThrow('secrets[1]')
    expect(() => new KeyRing([])).toThrow('at least one secret')
  })
})
