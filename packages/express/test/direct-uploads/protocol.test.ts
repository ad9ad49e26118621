import { buffer } from 'node:stream/consumers'
import { StoreError } from '@bucket-brigade/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HttpProblem } from '../../src/index.js'
import { MIB, sendForm, sendPart, sendWhole, UploadFleet } from './upload-fleet.js'

const WORDS = Buffer.from('a small file')
const BIG = Buffer.alloc(11 * MIB + 7, 'brigade ')

let fleet: UploadFleet

beforeAll(async () => {
  fleet = await UploadFleet.start({ multipartAboveBytes: 6 * MIB, partBytes: 5 * MIB })
})

afterAll(() => fleet.stop())

function words(more: object = {}) {
  return { filename: 'words.txt', type: 'text/plain', bytes: WORDS.length, ...more }
}

function big(more: object = {}) {
  return { filename: 'big.bin', type: 'application/octet-stream', bytes: BIG.length, ...more }
}

function partOf(number: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(BIG.subarray((number - 1) * 5 * MIB, number * 5 * MIB))
}

async function beginBig() {
  const { body } = await fleet.post('', big())
  return body.token
}

async function sendParts(token: string, partNumbers: readonly number[], server: 0 | 1 = 0): Promise<void> {
  const { body } = await fleet.post('/parts', { token, partNumbers }, { server })
  await Promise.all(body.parts.map(({ url, partNumber }) => sendPart(url, partOf(partNumber))))
}

async function isMissing(key: string): Promise<boolean> {
  return fleet.store.head(key).then(
    () => false,
    (error) => StoreError.is(error, 'not-found'),
  )
}

describe('a file in one piece', () => {
  it('goes by a form that pins key, type and size; any server completes it, and repeats the answer', async () => {
    const begun = await fleet.post('', words())
    expect(begun.status).toBe(201)
    expect(begun.headers.get('cache-control')).toBe('no-store')
    const { token, upload } = begun.body
    expect(upload).toMatchObject({ method: 'POST', expiresAt: expect.stringMatching(/^\d{4}-.*Z$/) })
    expect((await sendWhole(upload, WORDS)).ok).toBe(true)
    const completed = await fleet.post('/complete', { token }, { server: 1 })
    expect(completed.status).toBe(201)
    const { key, etag } = completed.body
    expect(key).toMatch(/^tmp\/uploads\/leo\/[0-9a-f]{32}\/words\.txt$/)
    expect(completed.body).toEqual({ key, etag, bytes: WORDS.length, url: fleet.store.publicUrl(key) })
    expect((await fleet.store.head(key)).contentType).toBe('text/plain')
    expect((await fleet.post('/complete', { token })).body).toEqual(completed.body)
  })

  it('is not complete before it has arrived, and gets a fresh address for the same key', async () => {
    const { token, upload } = (await fleet.post('', words())).body
    expect(await fleet.post('/complete', { token })).toMatchObject({ status: 409, body: { code: 'step-out-of-order' } })
    const renewed = (await fleet.post('/renew', { token }, { server: 1 })).body.upload
    expect(renewed.fields.key).toBe(upload.fields.key)
    await sendWhole(renewed, WORDS)
    expect((await fleet.post('/complete', { token })).status).toBe(201)
  })

  it('of another size, or at another key, is refused by the bucket', async () => {
    const { upload } = (await fleet.post('', words())).body
    const { key = '' } = upload.fields
    expect((await sendWhole(upload, Buffer.concat([WORDS, WORDS]))).status).toBe(413)
    expect((await sendWhole(upload, WORDS.subarray(1))).status).toBe(400)
    expect((await sendForm(upload.url, { ...upload.fields, key: 'uploads/mine' }, WORDS)).status).toBe(403)
    expect((await sendForm(upload.url, { ...upload.fields, 'Content-Type': 'text/html' }, WORDS)).status).toBe(403)
    expect(await isMissing(key)).toBe(true)
  })

  it('that took the place of the upload is not taken for it', async () => {
    const { token, upload } = (await fleet.post('', words())).body
    await fleet.store.put(upload.fields.key ?? '', WORDS, { contentType: 'text/plain' })
    expect((await fleet.post('/complete', { token })).body.code).toBe('step-out-of-order')
  })

  it('that arrived whole is removed when it is aborted, where nothing may be kept', async () => {
    const { token, upload } = (await fleet.post('', words())).body
    await sendWhole(upload, WORDS)
    for (const server of [0, 1] as const) {
      expect(await fleet.post('/abort', { token }, { server })).toMatchObject({ status: 200, body: {} })
    }
    expect(await isMissing(upload.fields.key ?? '')).toBe(true)
    const own = await UploadFleet.start({ keyFor: () => 'albums/one.txt' })
    try {
      const kept = (await own.post('', words())).body
      await sendWhole(kept.upload, WORDS)
      expect((await own.post('/abort', { token: kept.token })).status).toBe(200)
      expect((await own.store.head('albums/one.txt')).size).toBe(WORDS.length)
    } finally {
      await own.stop()
    }
  })

  it('may be empty, and has no parts', async () => {
    const { token, upload } = (await fleet.post('', words({ bytes: 0, type: '' }))).body
    expect((await sendWhole(upload, Buffer.alloc(0))).ok).toBe(true)
    expect((await fleet.post('/complete', { token })).body.bytes).toBe(0)
    expect((await fleet.post('/parts', { token, partNumbers: [1] })).body.code).toBe('invalid-request')
    expect(await fleet.post('/abort', { token })).toMatchObject({ status: 200, body: {} })
  })
})

describe('a file in parts', () => {
  it('begins on one server, is resumed on another, and completed on both with one answer', async () => {
    const begun = (await fleet.post('', big())).body
    expect(begun.upload).toMatchObject({ method: 'MULTIPART', partBytes: 5 * MIB })
    const { token } = begun
    await sendParts(token, [2])
    const { parts } = (await fleet.post('/uploaded', { token }, { server: 1 })).body
    expect(parts).toEqual([{ partNumber: 2, etag: expect.stringMatching(/^"/), bytes: 5 * MIB }])
    await sendParts(token, [1, 3], 1)
    const completed = await fleet.post('/complete', { token })
    expect(completed).toMatchObject({ status: 201, body: { bytes: BIG.length } })
    const again = await fleet.post('/complete', { token, parts }, { server: 1 })
    expect(again).toMatchObject({ status: 201, body: completed.body })
    const late = (await fleet.post('/uploaded', { token })).body.parts
    expect(late.map(({ partNumber, bytes }) => [partNumber, bytes])).toEqual([
      [1, 5 * MIB],
      [2, 5 * MIB],
      [3, MIB + 7],
    ])
    expect((await fleet.post('/complete', { token, parts: late })).body).toEqual(completed.body)
    const { key } = again.body
    expect((await buffer((await fleet.store.get(key)).body)).equals(BIG)).toBe(true)
    expect(await fleet.store.unfinishedUploads()).toEqual([])
  })

  it('is completed by two servers at the same time, too', async () => {
    const token = await beginBig()
    await sendParts(token, [1, 2, 3])
    const both = await Promise.all(
      [0, 1].map((server) => fleet.post('/complete', { token }, { server: server as 0 | 1 })),
    )
    const { etag } = await fleet.store.head(both[0]?.body.key ?? '')
    const answer = { status: 201, body: { bytes: BIG.length, etag } }
    expect(both).toMatchObject([answer, answer])
  })

  it('names what is missing, and goes on', async () => {
    const token = await beginBig()
    await sendParts(token, [1, 3])
    const early = await fleet.post('/complete', { token })
    expect(early).toMatchObject({
      status: 409,
      body: { code: 'step-out-of-order', detail: expect.stringContaining('part 2,') },
    })
    await sendParts(token, [2])
    const { parts } = (await fleet.post('/uploaded', { token })).body
    const bare = parts.map(({ partNumber, etag }) => ({ partNumber, etag: etag.replaceAll('"', '') }))
    const wrong = bare.map((part) => (part.partNumber === 2 ? { ...part, etag: 'other' } : part))
    expect((await fleet.post('/complete', { token, parts: wrong })).body.code).toBe('step-out-of-order')
    expect((await fleet.post('/complete', { token, parts: bare })).body.bytes).toBe(BIG.length)
  })

  it('takes no larger part, and none that the file does not have', async () => {
    const token = await beginBig()
    const { parts } = (await fleet.post('/parts', { token, partNumbers: [3] })).body
    await expect(sendPart(parts[0]?.url ?? '', partOf(1))).rejects.toThrow('403')
    expect((await fleet.post('/parts', { token, partNumbers: [4] })).body.code).toBe('invalid-request')
    await fleet.post('/abort', { token })
  })

  it('is aborted with parts on their way, as often as one likes, and leaves nothing', async () => {
    const token = await beginBig()
    const sending = sendParts(token, [1, 2, 3]).catch(() => 'refused')
    const answers = await Promise.all(
      [0, 1, 0].map((server) => fleet.post('/abort', { token }, { server: server as 0 | 1 })),
    )
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    await sending
    await fleet.post('/abort', { token })
    expect(await fleet.store.unfinishedUploads()).toEqual([])
    for (const path of ['/uploaded', '/complete']) {
      expect(await fleet.post(path, { token })).toMatchObject({ status: 410, body: { code: 'session-expired' } })
    }
  })

  it('that is complete is not lost by a late abort', async () => {
    const token = await beginBig()
    await sendParts(token, [1, 2, 3])
    const completed = await fleet.post('/complete', { token })
    expect((await fleet.post('/abort', { token })).status).toBe(200)
    expect((await fleet.post('/complete', { token })).body).toEqual(completed.body)
  })
})

describe('what is refused before anything is signed', () => {
  it.each([
    [words({ bytes: 51 * MIB }), 413, 'file-too-large'],
    [words({ bytes: 1.5 }), 400, 'invalid-request'],
    [words({ bytes: -1 }), 400, 'invalid-request'],
    [words({ bytes: '12' }), 400, 'invalid-request'],
    [words({ filename: 7 }), 400, 'invalid-request'],
    [words({ type: 'text/html' }), 415, 'type-unsupported'],
    [words({ type: 'image/svg+xml' }), 415, 'type-unsupported'],
    [words({ type: 'no type' }), 415, 'type-unsupported'],
    [[], 400, 'invalid-request'],
  ])('%j', async (body, status, code) => {
    const { headers, ...answer } = await fleet.post('', body)
    expect(answer).toMatchObject({ status, body: { code } })
    expect(headers.get('content-type')).toBe('application/problem+json')
  })

  it.each([[[]], [[0]], [[10_001]], [['1']], [Array.from({ length: 101 }, () => 1)], ['1'], [undefined]])(
    'part numbers %j',
    async (partNumbers) => {
      const answer = await fleet.post('/parts', { token: await beginBig(), partNumbers })
      expect(answer).toMatchObject({ status: 400, body: { code: 'invalid-request' } })
    },
  )

  it('a stranger, and a page of another site', async () => {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(words()) }
    expect((await fetch(fleet.bases[0], init)).status).toBe(401)
    const headers = { ...init.headers, 'x-user': 'leo', origin: 'https://evil.example' }
    expect((await fetch(fleet.bases[0], { ...init, headers })).status).toBe(403)
  })
})

describe('what an application decides', () => {
  it('where files lie, which types may come, and what is answered; a late swap is noticed by the ETag', async () => {
    const seen: unknown[] = []
    const own = await UploadFleet.start({
      types: ['text/*', 'image/svg+xml'],
      keyFor: ({ user, filename, type, bytes }, req) => {
        seen.push({ user, filename, type, bytes, method: req.method })
        return `/drafts/${user}.txt`
      },
      onComplete: (upload, { req }) => {
        if (upload.bytes === 1) throw new HttpProblem(422, 'too-short', 'Expected more.')
        return { saved: upload, by: req.get('x-user') }
      },
    })
    try {
      const { token, upload } = (await own.post('', words({ filename: 'C:\\a\\‮gpj.exe', type: 'Text/CSV; charset=x' })))
        .body
      expect(seen).toEqual([
        { user: 'leo', filename: 'gpj.exe', type: 'text/csv', bytes: WORDS.length, method: 'POST' },
      ])
      await sendWhole(upload, WORDS)
      const { etag } = await own.store.head('drafts/leo.txt')
      const saved = {
        key: 'drafts/leo.txt',
        etag,
        bytes: WORDS.length,
        type: 'text/csv',
        filename: 'gpj.exe',
        user: 'leo',
      }
      expect((await own.post('/complete', { token })).body).toEqual({ saved, by: 'leo' })
      const next = (await own.post('', words({ bytes: 1, type: 'image/svg+xml' }))).body
      await sendWhole(next.upload, Buffer.from('x'))
      expect((await own.post('/complete', { token: next.token })).body.code).toBe('too-short')
      expect((await own.post('/complete', { token })).body.code).toBe('step-out-of-order')
      expect((await own.post('', words({ type: 'text/html' }))).body.code).toBe('type-unsupported')
    } finally {
      await own.stop()
    }
  })

  it.each([
    ['PUT', 'PUT'],
    ['through-server', 'POST'],
  ] as const)('that files in one piece come by %s', async (singleUploads, method) => {
    const own = await UploadFleet.start({ singleUploads })
    try {
      const { token, upload } = (await own.post('', words())).body
      expect(upload.method).toBe(method)
      expect((await sendWhole(upload, Buffer.concat([WORDS, WORDS]))).ok).toBe(false)
      expect((await sendWhole(upload, WORDS.subarray(1))).ok).toBe(false)
      const sent = await sendWhole(upload, WORDS)
      expect(sent.ok).toBe(true)
      const completed = (await own.post('/complete', { token }, { server: 1 })).body
      expect(completed.etag).toBe(sent.headers.get('etag'))
    } finally {
      await own.stop()
    }
  })
})
