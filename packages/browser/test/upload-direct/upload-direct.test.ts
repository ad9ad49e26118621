import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { DirectUploadError, type ResumeStorage, type UploadDirectOptions, uploadDirect } from '../../src/index.js'
import { ProtocolServer, problem } from './protocol-server.js'

let server: ProtocolServer
let bytes: Buffer
let file: File

beforeEach(async () => {
  server = await ProtocolServer.start()
  bytes = randomBytes(10_500)
  file = new File([new Uint8Array(bytes)], 'holiday.mp4', { type: 'video/mp4', lastModified: 1_700_000_000_000 })
})

afterEach(() => server.stop())

/** Without waits worth mentioning. */
function send(options: Partial<UploadDirectOptions> = {}, sent: Blob = file) {
  return uploadDirect(sent, { endpoint: server.endpoint, firstRetrySeconds: 0.001, maxAttempts: 4, ...options })
}

function failure(upload: Promise<unknown>): Promise<DirectUploadError> {
  return upload.then(
    () => {
      throw new Error('expected the upload to fail')
    },
    (error: unknown) => {
      if (error instanceof DirectUploadError) return error
      throw error
    },
  )
}

class MemoryStorage implements ResumeStorage {
  readonly records = new Map<string, string>()
  getItem(key: string) {
    return this.records.get(key) ?? null
  }
  setItem(key: string, value: string) {
    this.records.set(key, value)
  }
  removeItem(key: string) {
    this.records.delete(key)
  }
}

describe.each(['PUT', 'POST'] as const)('a file by %s', (method) => {
  beforeEach(() => {
    server.method = method
  })

  it('arrives, with name, type and what was signed, and the application has the last word', async () => {
    const told: number[] = []
    const answer = await uploadDirect<{ key: string }>(file, {
      endpoint: server.endpoint,
      onProgress: ({ sentBytes, totalBytes }) => told.push(sentBytes / totalBytes),
    })
    expect(answer.key).toBe('uploads/holiday.mp4')
    expect(server.stored().equals(bytes)).toBe(true)
    const [session] = server.sessions.values()
    expect(session).toMatchObject({ filename: 'holiday.mp4', type: 'video/mp4', bytes: bytes.length })
    if (method === 'POST') expect(session?.fields).toEqual({ key: 'tmp/it', policy: 'signed' })
    expect(told.at(-1)).toBe(1)
    expect(server.log).toEqual(['begin', 'bucket 1', 'complete'])
  })

  it('is sent again after cut connections, lost replies and busy services', async () => {
    server.meets('begin', 'cut', { status: 502, body: '<html>Bad gateway' })
    server.meets('bucket', 'cut', { status: 503 }, 'lost-reply')
    server.meets('complete', { status: 429 }, 'lost-reply')
    await send()
    expect(server.stored().equals(bytes)).toBe(true)
    expect(server.count(/bucket/)).toBe(4)
  })

  it('gets a fresh address when the old one has expired, once', async () => {
    server.meets('bucket', { status: 403, body: '<Error><Code>AccessDenied</Code></Error>' })
    await send()
    expect(server.log).toEqual(['begin', 'bucket 1', 'renew', 'bucket 1', 'complete'])

    const refused = { status: 403, body: '<Error><Code>SignatureDoesNotMatch</Code></Error>' }
    server.meets('bucket', refused, refused)
    const error = await failure(send())
    expect(error).toMatchObject({ code: 'bucket-refused', status: 403, bucketCode: 'SignatureDoesNotMatch' })
    expect(server.count(/bucket/)).toBe(4)
  })

  it('is not even tried at an address that is about to expire', async () => {
    server.presignSeconds = 5
    await send()
    expect(server.log).toEqual(['begin', 'renew', 'bucket 1', 'complete'])
  })

  it.each([-86_400, 86_400])('reckons expiry by the server, whose clock is %i seconds ahead', async (aheadSeconds) => {
    server.aheadSeconds = aheadSeconds
    await send()
    expect(server.log).toEqual(['begin', 'bucket 1', 'complete'])
  })

  it('may be empty, and a Blob without name or type', async () => {
    const told: unknown[] = []
    await send({ onProgress: (progress) => told.push(progress) }, new Blob([]))
    expect(server.stored()).toHaveLength(0)
    const [session] = server.sessions.values()
    expect(session).toMatchObject({ filename: 'file', type: 'application/octet-stream' })
    expect(told.at(-1)).toEqual({ sentBytes: 0, totalBytes: 0 })
  })
})

describe('a file in parts', () => {
  beforeEach(() => {
    server.method = 'MULTIPART'
  })

  it('goes several parts at a time, cut from the file as they leave, with one call for addresses', async () => {
    const whole = vi.spyOn(file, 'arrayBuffer')
    const slices = vi.spyOn(file, 'slice')
    server.meets('bucket', 'hang', 'hang', 'hang')
    const allLanes = server.saw(/bucket 3/)
    const upload = send({ parallelParts: 3 })
    await allLanes
    server.release()
    const answer = await upload
    expect(server.stored().equals(bytes)).toBe(true)
    expect(server.mostAtOnce).toBe(3)
    expect(server.askedFor).toEqual([[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]])
    expect(whole).not.toHaveBeenCalled()
    expect(slices.mock.calls).toHaveLength(11)
    expect(answer).toMatchObject({ parts: { length: 11, 0: { partNumber: 1 }, 10: { partNumber: 11 } } })
  })

  it('asks for at most a hundred addresses at a time', async () => {
    server.partBytes = 100
    await send()
    expect(server.stored().equals(bytes)).toBe(true)
    expect(server.askedFor.every((numbers) => numbers.length <= 100)).toBe(true)
    expect(server.askedFor.flat()).toEqual(Array.from({ length: 105 }, (_, index) => index + 1))
  })

  it('leaves the ETags to the server where the page may not read them', async () => {
    const read = vi.spyOn(Headers.prototype, 'get').mockImplementation(() => null)
    const answer = await send().finally(() => read.mockRestore())
    expect(answer).toMatchObject({ parts: null })
  })

  it('sends only the failed parts again, and tells progress that never falls', async () => {
    server.meets(
      'bucket',
      'fine',
      'cut',
      'fine',
      'lost-reply',
      { status: 500 },
      { status: 400, body: '<Code>RequestTimeout</Code>' },
    )
    const told: number[] = []
    await send({ onProgress: ({ sentBytes }) => told.push(sentBytes) })
    expect(server.stored().equals(bytes)).toBe(true)
    expect(server.count(/bucket/)).toBe(15)
    expect(told).toEqual([...told].sort((one, other) => one - other))
    expect(new Set(told).size).toBe(told.length)
    expect(told.at(-1)).toBe(bytes.length)
  })

  it('renews the address of a part alone', async () => {
    server.meets('bucket', 'fine', 'fine', { status: 403 })
    await send()
    expect(server.askedFor.map((numbers) => numbers.length)).toEqual([11, 1])
  })

  it('sends again what the bucket lost, when the server misses it', async () => {
    server.meets('complete', 'hang')
    const completing = server.saw(/complete/)
    const answer = send()
    await completing
    const [session] = server.sessions.values()
    session?.parts.delete(4)
    session?.parts.set(7, Buffer.from('cut off'))
    server.release()
    await answer
    expect(server.stored().equals(bytes)).toBe(true)
    expect(server.log.slice(-5, -3)).toEqual(['complete', 'uploaded'])
    expect(server.log.slice(-3).sort()).toEqual(['bucket 4', 'bucket 7', 'complete'])
  })
})

describe('an upload that is remembered', () => {
  let storage: MemoryStorage

  beforeEach(() => {
    server.method = 'MULTIPART'
    storage = new MemoryStorage()
  })

  /** As after a reload: an upload that cannot go on, with some parts in the bucket. */
  async function interrupted(): Promise<void> {
    server.meets('bucket', 'fine', 'fine', 'fine', ...Array.from({ length: 20 }, () => ({ status: 503 })))
    await failure(send({ resume: storage, maxAttempts: 1, parallelParts: 1 }))
    server.release()
    server.log.length = 0
  }

  it('goes on where it was, and is then forgotten', async () => {
    await interrupted()
    const told: number[] = []
    await send({ resume: () => storage, onProgress: ({ sentBytes }) => told.push(sentBytes) })
    expect(server.stored().equals(bytes)).toBe(true)
    expect(server.log[0]).toBe('uploaded')
    expect(server.count(/bucket/)).toBe(8)
    expect(told[2]).toBe(3000)
    expect(storage.records.size).toBe(0)
  })

  it('begins anew, quietly, where the session is gone or another person’s', async () => {
    await interrupted()
    for (const [token] of server.sessions) server.sessions.delete(token)
    await send({ resume: storage })
    expect(server.log.slice(0, 2)).toEqual(['uploaded', 'begin'])
    expect(server.stored().equals(bytes)).toBe(true)
  })

  it('does not take another file, or a Blob, for it', async () => {
    await interrupted()
    await send({ resume: storage }, new File([new Uint8Array(bytes)], 'holiday.mp4', { lastModified: 1 }))
    await send({ resume: storage }, new Blob([new Uint8Array(bytes)], { type: 'video/mp4' }))
    expect(server.count(/begin/)).toBe(2)
    expect(server.count(/uploaded/)).toBe(0)
  })

  it('asks only for the answer where everything has arrived', async () => {
    server.meets('complete', 'lost-reply')
    await failure(send({ resume: storage, maxAttempts: 1 }))
    server.log.length = 0
    await send({ resume: storage })
    expect(server.log).toEqual(['complete'])
    expect(storage.records.size).toBe(0)
  })

  it('goes on with a whole file, too, by sending it again', async () => {
    server.method = 'PUT'
    server.meets('bucket', 'lost-reply')
    await failure(send({ resume: storage, maxAttempts: 1 }))
    server.log.length = 0
    await send({ resume: storage })
    expect(server.log).toEqual(['renew', 'bucket 1', 'complete'])
    expect(server.stored().equals(bytes)).toBe(true)
  })

  it('is not worth keeping after a refusal that would come again', async () => {
    server.meets('complete', { status: 415, body: JSON.stringify(problem(415, 'type-unsupported')) })
    const aborted = server.saw(/abort/)
    await failure(send({ resume: storage }))
    await aborted
    expect(storage.records.size).toBe(0)
  })

  it.each([
    ['quota', { getItem: () => null, setItem: deny, removeItem: deny }],
    ['all of it', { getItem: deny, setItem: deny, removeItem: deny }],
    ['the mention of it', deny],
    ['what it holds', { getItem: () => '{"token":', setItem: () => undefined, removeItem: () => undefined }],
  ] satisfies [string, UploadDirectOptions['resume']][])(
    'does not fail for a storage that fails: %s',
    async (_, resume) => {
      await send({ resume })
      expect(server.stored().equals(bytes)).toBe(true)
    },
  )
})

describe('an abort', () => {
  const reason = new Error('the person chose another file')

  it('has the bucket cleaned up, and gives its own reason', async () => {
    server.method = 'MULTIPART'
    server.meets('bucket', 'fine', 'fine', 'hang', 'hang', 'hang', 'hang')
    const sending = server.saw(/bucket 4/)
    const aborted = server.saw(/abort, answered/)
    const controller = new AbortController()
    const storage = new MemoryStorage()
    const upload = send({ signal: controller.signal, resume: storage })
    await sending
    controller.abort(reason)
    await expect(upload).rejects.toBe(reason)
    await aborted
    expect([...server.sessions.values()].map(({ state }) => state)).toEqual(['aborted'])
    expect(storage.records.size).toBe(0)
    expect(server.count(/complete/)).toBe(0)
  })

  it('waits for no answer, but has removed what an answer under way brings', async () => {
    server.meets('begin', 'hang')
    const beginning = server.saw(/begin/)
    const controller = new AbortController()
    const upload = send({ signal: controller.signal })
    await beginning
    controller.abort(reason)
    await expect(upload).rejects.toBe(reason)
    const aborted = server.saw(/abort/)
    server.release()
    await aborted
  })

  it('is quiet where it fails', async () => {
    server.meets('abort', 'cut')
    const [sending, aborted] = [server.saw(/bucket/), server.saw(/abort/)]
    const controller = new AbortController()
    const upload = send({ signal: controller.signal })
    await sending
    controller.abort(reason)
    await expect(upload).rejects.toBe(reason)
    await aborted
  })

  it('that came before leaves the server alone', async () => {
    await expect(send({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect(server.log).toEqual([])
  })
})

describe('what cannot be cured', () => {
  it('is told with the application’s code, status and request', async () => {
    server.meets('begin', { status: 413, body: JSON.stringify(problem(413, 'file-too-large')) })
    const error = await failure(send())
    expect(error).toMatchObject({ code: 'file-too-large', status: 413, requestId: 'request-7' })
    expect(error.message).toBe('refused: file-too-large')
    expect(server.log).toEqual(['begin'])
  })

  it('is told with the reason and the words of the application, and their language', async () => {
    const words = { title: 'Diese Datei ist ein Streifen.', reason: 'too-narrow' }
    const body = JSON.stringify({ ...problem(422, 'refused'), ...words })
    server.meets('complete', { status: 422, headers: { 'content-language': 'de' }, body })
    expect(await failure(send())).toMatchObject({ code: 'refused', language: 'de', ...words })
  })

  it.each([
    ['a page', { status: 200, body: '<!doctype html>Please sign in' }, 200],
    ['a bare status', { status: 404 }, 404],
    ['a method of tomorrow', { status: 201, body: '{"token":"t","upload":{"method":"PATCH"}}' }, 200],
    ['no token', { status: 201, body: '{}' }, 200],
  ])('names an endpoint that answers with something else: %s', async (_, answer, status) => {
    server.meets('begin', answer)
    expect(await failure(send())).toMatchObject({ code: 'unexpected-answer', status })
  })

  it('is a bucket that this page cannot reach, while the application can be', async () => {
    server.meets('bucket', 'cut', 'cut', 'cut', 'cut')
    const error = await failure(send())
    expect(error.code).toBe('cors-blocked')
    expect(error.message).toMatch(/^http:\/\/127\.0\.0\.1:\d+ cannot be reached by this page/)
  })

  it('is an application that does not answer any more', async () => {
    server.meets('bucket', 'hang')
    const sending = server.saw(/bucket/)
    const upload = failure(send())
    await sending
    await server.stopApplication()
    server.release()
    expect(await upload).toMatchObject({ code: 'unreachable', status: 0 })
  })

  it('is removed from the bucket, unless the application may have taken it', async () => {
    server.meets('bucket', ...Array.from({ length: 4 }, () => ({ status: 500 })))
    const aborted = server.saw(/abort/)
    expect(await failure(send())).toMatchObject({ code: 'bucket-refused', status: 500 })
    await aborted

    server.log.length = 0
    server.meets('complete', 'lost-reply', 'lost-reply', 'lost-reply', 'lost-reply')
    expect(await failure(send())).toMatchObject({ code: 'unreachable' })
    expect(server.log).toEqual(['begin', 'bucket 1', 'complete', 'complete', 'complete', 'complete'])
  })

  it('is a file that was taken away', async () => {
    const gone = new DOMException('The file could not be read.', 'NotReadableError')
    vi.spyOn(file, 'slice').mockReturnValue(Object.assign(new Blob(), { arrayBuffer: () => Promise.reject(gone) }))
    server.meets('bucket', 'cut')
    expect(await failure(send())).toMatchObject({ code: 'file-unreadable', cause: gone })
  })

  it.each([{ parallelParts: 0 }, { maxAttempts: Number.NaN }, { stallSeconds: -1 }])(
    'is an option out of its range: %o',
    async (options) => {
      await expect(send(options)).rejects.toThrow(TypeError)
      expect(server.log).toEqual([])
    },
  )
})

it('sends headers to the application alone', async () => {
  const asked = vi.spyOn(globalThis, 'fetch')
  await send({ headers: { 'x-csrf-token': 'seven' } })
  const tokens = asked.mock.calls.map(([, init]) => new Headers(init?.headers).get('x-csrf-token'))
  asked.mockRestore()
  expect(tokens).toEqual(['seven', null, 'seven'])
})

function deny(): never {
  throw new DOMException('not allowed', 'SecurityError')
}
