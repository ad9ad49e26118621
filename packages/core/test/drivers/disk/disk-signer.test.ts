import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { DiskSigner } from '../../../src/drivers/disk/index.js'
import { DriverError } from '../../../src/errors.js'

const secret = 'a secret of at least thirty-two bytes'
const other = 'another secret, also long enough here'
const at = { bucket: 'photos', key: 'users/1/a b+ü.jpg' }
const signer = new DiskSigner({ baseUrl: 'https://host.example/objects/', secrets: [secret] })

const read = { method: 'GET', expiresInSeconds: 60 } as const
const put = {
  kind: 'put',
  expiresInSeconds: 60,
  contentType: 'image/png',
  contentLength: 5,
  mode: 'create',
  metadata: { title: 'Zoë & co' },
  acl: 'public-read',
} as const
const part = { kind: 'part', expiresInSeconds: 60, uploadId: 'u-1', partNumber: 3, contentLength: 7 } as const
const post = { kind: 'post', expiresInSeconds: 60, contentType: 'image/png', minBytes: 1, maxBytes: 9 } as const

function queryOf(url: string): URLSearchParams {
  return new URL(url).searchParams
}

function refusal(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (error instanceof DriverError && error.code === 'permission-denied') return error.message
    throw error
  }
  throw new Error('it was allowed')
}

function formOf(by: DiskSigner, changes: Readonly<Record<string, string>> = {}): Map<string, string> {
  const upload = by.presignUpload(at, { ...post, metadata: { title: 'Zoë' }, acl: 'private' })
  return new Map(Object.entries({ ...('fields' in upload ? upload.fields : {}), ...changes }))
}

describe('DiskSigner', () => {
  beforeEach(() => void vi.useFakeTimers({ now: new Date('2026-03-01T12:00:00Z') }))
  afterEach(() => void vi.useRealTimers())

  it('gives public addresses with each segment encoded once', () => {
    expect(signer.publicUrl(at)).toBe('https://host.example/objects/photos/users/1/a%20b%2B%C3%BC.jpg')
    expect(new DiskSigner({ baseUrl: '/objects' }).publicUrl(at)).toBe('/objects/photos/users/1/a%20b%2B%C3%BC.jpg')
  })

  it('allows reading, by GET and by HEAD, as the address says', () => {
    const url = signer.signedUrl(at, {
      ...read,
      responseContentType: 'text/plain; charset=utf-8',
      responseContentDisposition: 'attachment; filename="a&b.txt"',
    })
    const permission = {
      kind: 'read',
      responseContentType: 'text/plain; charset=utf-8',
      responseContentDisposition: 'attachment; filename="a&b.txt"',
    }
    expect(url.startsWith(`${signer.publicUrl(at)}?`)).toBe(true)
    expect(signer.verifyUrl('GET', at, queryOf(url))).toEqual(permission)
    expect(signer.verifyUrl('HEAD', at, queryOf(url))).toEqual(permission)
  })

  it('allows one upload, as it was pinned', () => {
    const upload = signer.presignUpload(at, put)
    expect(upload).toMatchObject({ method: 'PUT', headers: { 'content-type': 'image/png' } })
    expect(upload.expiresAt).toEqual(new Date('2026-03-01T12:01:00Z'))
    const { kind, contentType, contentLength, mode, metadata, acl } = put
    expect(signer.verifyUrl('PUT', at, queryOf(upload.url))).toEqual({
      ...{ kind, contentType, contentLength, mode, metadata, acl },
    })
  })

  it('allows one part of an upload', () => {
    const { url } = signer.presignUpload(at, part)
    const { kind, uploadId, partNumber, contentLength } = part
    expect(signer.verifyUrl('PUT', at, queryOf(url))).toEqual({ kind, uploadId, partNumber, contentLength })
  })

  it('refuses every other method', () => {
    const reading = queryOf(signer.signedUrl(at, read))
    const head = queryOf(signer.signedUrl(at, { ...read, method: 'HEAD' }))
    const writing = queryOf(signer.presignUpload(at, put).url)
    for (const method of ['PUT', 'POST', 'DELETE', 'PATCH', 'get', '']) {
      expect(refusal(() => signer.verifyUrl(method, at, reading))).toContain('signed for GET')
    }
    expect(refusal(() => signer.verifyUrl('GET', at, head))).toContain('signed for HEAD')
    for (const method of ['GET', 'HEAD', 'DELETE', 'POST']) {
      expect(refusal(() => signer.verifyUrl(method, at, writing))).toContain('signed for PUT')
    }
  })

  it('refuses another bucket and another key', () => {
    const query = queryOf(signer.signedUrl(at, read))
    expect(refusal(() => signer.verifyUrl('GET', { ...at, key: 'users/2/a.jpg' }, query))).toContain('invalid')
    expect(refusal(() => signer.verifyUrl('GET', { ...at, bucket: 'other' }, query))).toContain('invalid')
    // The border between bucket and key cannot be moved.
    const moved = { bucket: 'photos/users', key: '1/a b+ü.jpg' }
    expect(refusal(() => signer.verifyUrl('GET', moved, query))).toContain('invalid')
  })

  it('refuses an address with any parameter changed, added, removed or doubled', () => {
    for (const url of [
      signer.signedUrl(at, read),
      signer.presignUpload(at, put).url,
      signer.presignUpload(at, part).url,
    ]) {
      const method = url.includes('PUT') ? 'PUT' : 'GET'
      for (const [name, value] of queryOf(url)) {
        const without = queryOf(url)
        without.delete(name)
        expect(refusal(() => signer.verifyUrl(method, at, without))).toMatch(/invalid|not signed/)
        const changed = queryOf(url)
        changed.set(name, `${value}1`)
        if (name !== 'x-brigade-signature') {
          expect(refusal(() => signer.verifyUrl(method, at, changed))).toContain('invalid')
        }
        const doubled = queryOf(url)
        doubled.append(name, value)
        expect(refusal(() => signer.verifyUrl(method, at, doubled))).toContain('twice')
      }
      const added = queryOf(url)
      added.set('response-content-type', 'text/html')
      expect(refusal(() => signer.verifyUrl(method, at, added))).toContain('invalid')
    }
  })

  it('tells expired from invalid, and never echoes a signature', () => {
    const query = queryOf(signer.signedUrl(at, read))
    const signature = query.get('x-brigade-signature') ?? ''
    vi.setSystemTime(new Date('2026-03-01T12:00:59Z'))
    expect(signer.verifyUrl('GET', at, query).kind).toBe('read')
    vi.setSystemTime(new Date('2026-03-01T12:01:01Z'))
    expect(refusal(() => signer.verifyUrl('GET', at, query))).toContain('expired')
    query.set('x-brigade-signature', `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`)
    const message = refusal(() => signer.verifyUrl('GET', at, query))
    expect(message).toContain('invalid')
    expect(message).not.toContain(signature.slice(1))
    expect(refusal(() => signer.verifyUrl('GET', at, new URLSearchParams()))).toContain('not signed')
  })

  it('signs with the first secret and takes all', () => {
    const rotated = new DiskSigner({ baseUrl: '/objects', secrets: [other, secret] })
    const old = queryOf(signer.signedUrl(at, read))
    expect(rotated.verifyUrl('GET', at, old).kind).toBe('read')
    const fresh = new URL(rotated.signedUrl(at, read), 'http://host').searchParams
    expect(refusal(() => signer.verifyUrl('GET', at, fresh))).toContain('invalid')
  })

  it('allows a form exactly as it was handed out', () => {
    const permission = {
      key: at.key,
      contentType: 'image/png',
      minBytes: 1,
      maxBytes: 9,
      metadata: { title: 'Zoë' },
      acl: 'private',
    }
    expect(signer.presignUpload(at, post).url).toBe('https://host.example/objects/photos')
    expect(signer.verifyForm('photos', formOf(signer))).toEqual(permission)
    expect(signer.verifyForm('photos', formOf(signer, { success_action_status: '201' }))).toEqual(permission)
    const lowerCase = new Map([...formOf(signer)].map(([name, value]) => [name.toLowerCase(), value]))
    expect(signer.verifyForm('photos', lowerCase)).toEqual(permission)
  })

  it('leads a form on to where it was signed for, and nowhere else', () => {
    const successRedirect = 'https://app.example/done'
    const upload = signer.presignUpload(at, { ...post, successRedirect })
    const form = new Map(Object.entries('fields' in upload ? upload.fields : {}))
    expect(form.get('success_action_redirect')).toBe(successRedirect)
    expect(signer.verifyForm('photos', form)).toMatchObject({ key: at.key, successRedirect })
    const elsewhere = new Map([...form, ['success_action_redirect', 'https://evil.example/']])
    expect(refusal(() => signer.verifyForm('photos', elsewhere))).toContain('success_action_redirect')
    const added = formOf(signer, { success_action_redirect: 'https://evil.example/' })
    expect(refusal(() => signer.verifyForm('photos', added))).toContain('success_action_redirect')
  })

  it('refuses a form that was changed, is for another bucket, or came too late', () => {
    expect(refusal(() => signer.verifyForm('other', formOf(signer)))).toContain('another bucket')
    expect(refusal(() => signer.verifyForm('photos', formOf(signer, { key: 'users/2/a.jpg' })))).toContain('"key"')
    expect(refusal(() => signer.verifyForm('photos', formOf(signer, { 'Content-Type': 'text/html' })))).toContain(
      'image/png',
    )
    const policy = Buffer.from(JSON.stringify({ ...post, bucket: 'photos', key: at.key, expires: 9e9 })).toString(
      'base64url',
    )
    expect(refusal(() => signer.verifyForm('photos', formOf(signer, { policy })))).toContain('invalid')
    for (const name of formOf(signer).keys()) {
      const without = formOf(signer)
      without.delete(name)
      refusal(() => signer.verifyForm('photos', without))
    }
    const late = formOf(signer)
    vi.setSystemTime(new Date('2026-03-01T12:01:01Z'))
    expect(refusal(() => signer.verifyForm('photos', late))).toContain('expired')
  })

  it('takes a signature for a form as none for an address', () => {
    const form = formOf(signer)
    const query = queryOf(signer.signedUrl(at, read))
    query.set('x-brigade-signature', form.get('x-brigade-signature') ?? '')
    expect(refusal(() => signer.verifyUrl('GET', at, query))).toContain('invalid')
  })

  it('names the option that is missing or wrong', () => {
    const unsigned = new DiskSigner({ baseUrl: '/objects' })
    expect(() => unsigned.signedUrl(at, read)).toThrow('"secrets"')
    expect(() => new DiskSigner({ baseUrl: '/objects', secrets: [secret, 'short'] })).toThrow('secrets[1]')
    for (const baseUrl of ['objects', '//host/objects', 'ftp://host', 'https://u:p@host', 'https://host?a=b', '']) {
      expect(() => new DiskSigner({ baseUrl })).toThrow('baseUrl')
    }
  })
})
