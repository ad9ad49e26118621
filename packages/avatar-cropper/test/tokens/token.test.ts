import { KeyRing, TokenSigner } from '@bucket-brigade/core/tokens'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type CropTicket, type SaveTicket, Tickets } from '../../src/tokens/token.js'

const OLD = 'the old secret of thirty-two bytes, or more'
const NEW = 'the new secret of thirty-two bytes, or more'
const now = () => Math.floor(Date.now() / 1000)

function signer(secrets = [NEW], place = 'avatars/'): Tickets {
  return new Tickets(new KeyRing(secrets), place)
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

describe('Tickets', () => {
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
      const changed = token.slice(0, at) + (token[at] === 'A' ? 'Q' : 'A') + token.slice(at + 1)
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

  it('makes the tokens that servers of the release before make and accept', async () => {
    const signed = { ...saveTicket(), startedAt: 1_700_000_000, deadline: 1_700_003_600, croppedAt: 1_700_000_100_000 }
    const [header, payload, signature] = (await signer().sign(signed)).split('.')
    expect(Buffer.from(header ?? '', 'base64url').toString()).toBe(
      '{"alg":"HS256","typ":"avatar+jwt","kid":"c118e2abbb69"}',
    )
    expect(Object.keys(JSON.parse(Buffer.from(payload ?? '', 'base64url').toString()))).toEqual(
      'sid original croppedAt crop avatarId output preview iss sub aud jti iat exp'.split(' '),
    )
    expect(signature).toBe('iGU40pk5yFpLPb8AkgAIYXWcM1DTNy_3a-LxHslyf4E')
  })

  it('refuses a token of its own place and secret that is of another shape, or of another kind', async () => {
    const make = (type: string, content: Readonly<Record<string, unknown>>) =>
      new TokenSigner(new KeyRing([NEW]), { issuer: 'avatar-cropper:avatars/', type }).sign({
        subject: 'leo',
        audience: 'crop',
        id: 's1',
        issuedAt: now(),
        deadline: now() + 60,
        content,
      })
    const content = { sid: 's1', original: cropTicket().original }
    await expect(signer().verify(await make('avatar+jwt', content), ['crop'], 'leo')).resolves.toBeDefined()
    const refused = expect.objectContaining({ code: 'token-invalid' })
    await expect(signer().verify(await make('JWT', content), ['crop'], 'leo')).rejects.toEqual(refused)
    await expect(signer().verify(await make('avatar+jwt', { sid: 's1' }), ['crop'], 'leo')).rejects.toEqual(refused)
  })
})
