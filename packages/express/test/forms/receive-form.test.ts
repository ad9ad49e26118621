import { once } from 'node:events'
import { request } from 'node:http'
import { buffer } from 'node:stream/consumers'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type FormOptions, HttpProblem } from '../../src/index.js'
import { BOUNDARY, FORM_TYPE, formBody, rawBody } from '../form-body.js'
import { type RawAnswer, readAnswer, sendRaw, UploadServer } from '../upload-server.js'

const unhandled = vi.fn()
let server: UploadServer | undefined

async function serve(options: Partial<FormOptions> = {}): Promise<UploadServer> {
  server = new UploadServer({ maxFileBytes: 1000, ...options })
  await server.start()
  return server
}

function send(body: Buffer, headers: Readonly<Record<string, string>> = {}): Promise<RawAnswer> {
  const all = { 'Content-Type': FORM_TYPE, 'Content-Length': String(body.length), ...headers }
  return sendRaw(server as UploadServer, [body], all)
}

function sendChunked(body: Buffer, cuts: readonly number[]): Promise<RawAnswer> {
  const points = [...new Set([0, ...cuts.filter((point) => point < body.length), body.length])].sort((a, b) => a - b)
  const chunks = points.slice(1).map((end, i) => body.subarray(points[i], end))
  const framed = chunks.map((chunk) =>
    Buffer.concat([Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n')]),
  )
  return sendRaw(server as UploadServer, [...framed, Buffer.from('0\r\n\r\n')], {
    'Content-Type': FORM_TYPE,
    'Transfer-Encoding': 'chunked',
  })
}

/** Lets windows pass in which nothing was read. Wants intervals to be faked. */
async function passWindows(count: number): Promise<void> {
  for (let passed = 0; passed < count; passed++) {
    vi.advanceTimersToNextTimer()
    await new Promise((resolve) => setImmediate(resolve))
  }
}

function problemIn(answer: RawAnswer): { readonly code: string; readonly detail: string } {
  expect(answer.headers).toContain('application/problem+json')
  return JSON.parse(answer.body)
}

beforeEach(() => {
  unhandled.mockClear()
  process.on('unhandledRejection', unhandled)
})

afterEach(async () => {
  await server?.stop()
  server = undefined
  process.off('unhandledRejection', unhandled)
  expect(unhandled).not.toHaveBeenCalled()
})

describe('receiveForm: sound forms', () => {
  const parts = [
    { name: 'user', content: 'Zoë' },
    { name: 'picture', filename: 'leo.png', type: 'image/png', content: 'the bytes' },
  ]

  it('hands over the file with its fields, name and claimed type', async () => {
    const { stored } = await serve()
    const answer = await send(formBody(parts))
    expect(answer.status).toBe(200)
    expect(JSON.parse(answer.body)).toEqual({ user: 'Zoë' })
    expect(stored).toEqual([
      { bytes: Buffer.from('the bytes'), filename: 'leo.png', declaredType: 'image/png', length: undefined },
    ])
  })

  it('knows the length of a last file before its bytes, from Content-Length', async () => {
    const { stored } = await serve({ position: 'last' })
    expect((await send(formBody(parts))).status).toBe(200)
    expect(stored[0]?.length).toBe(9)
  })

  it('knows the length that a field announces', async () => {
    const { stored } = await serve()
    const sized = [{ name: 'picture_size', content: '9' }, ...parts, { name: 'later', content: 'x' }]
    expect((await send(formBody(sized))).status).toBe(200)
    expect(stored[0]?.length).toBe(9)
  })

  it('takes fields behind the file, and gives them with the result', async () => {
    await serve()
    const answer = await send(formBody([...parts, { name: 'submit', content: 'Save' }]))
    expect(JSON.parse(answer.body)).toEqual({ user: 'Zoë', submit: 'Save' })
  })

  it('takes a file of exactly the limit, a field of exactly the limit, as many as allowed', async () => {
    const { stored } = await serve({ maxFileBytes: 9, maxFieldBytes: 4, maxFields: 1 })
    expect((await send(formBody(parts))).status).toBe(200)
    expect(stored).toHaveLength(1)
  })

  it('takes an empty file', async () => {
    const { stored } = await serve({ position: 'last' })
    const answer = await send(formBody([{ name: 'picture', filename: 'empty.png', content: '' }]))
    expect(answer.status).toBe(200)
    expect(stored[0]).toMatchObject({ length: 0, bytes: Buffer.alloc(0) })
  })

  it('takes several files where several are allowed', async () => {
    const { stored } = await serve({ maxFiles: 2 })
    const files = ['a', 'b'].map((name) => ({ name, filename: `${name}.bin`, content: name.repeat(100) }))
    expect((await send(formBody(files))).status).toBe(200)
    expect(stored.map((file) => file.filename).sort()).toEqual(['a.bin', 'b.bin'])
  })

  it('takes a form from the fetch of Node', async () => {
    const { port, stored } = await serve({ position: 'last' })
    const form = new FormData()
    form.set('user', 'Zoë')
    form.set('picture', new File(['the bytes'], 'løve.png', { type: 'image/png' }))
    const answer = await fetch(`http://127.0.0.1:${port}`, { method: 'POST', body: form })
    expect(answer.status).toBe(200)
    expect(stored).toEqual([
      { bytes: Buffer.from('the bytes'), filename: 'løve.png', declaredType: 'image/png', length: 9 },
    ])
  })

  it('gives the same, wherever the bytes are cut on their way', async () => {
    const { stored } = await serve()
    const content = `\r\n--${BOUNDARY.slice(0, -2)}\r\n\r\n--\r\n`
    const body = formBody([
      { name: 'user', content: '\r\n-' },
      { name: 'file', filename: 'x', content },
      { name: 'z', content: '' },
    ])
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(body.length), { maxLength: 12 }), async (cuts) => {
        const answer = await sendChunked(body, cuts)
        expect(answer).toMatchObject({ status: 200, body: JSON.stringify({ user: '\r\n-', z: '' }) })
        expect(stored.pop()?.bytes.toString()).toBe(content)
      }),
      { numRuns: 60 },
    )
  })

  it('begins with the file in the asynchronous context of its request, however late it comes', async () => {
    const server = await serve()
    const seen: (number | undefined)[] = []
    server.onFile = async (file) => {
      seen.push(server.current.getStore())
      await server.store(file)
    }
    const body = formBody(parts)
    await sendChunked(body, [1, body.indexOf('leo.png')])
    await sendChunked(body, [1, body.indexOf('leo.png')])
    expect(seen).toEqual([1, 2])
  })

  it('gives the same when every byte of the form comes alone', async () => {
    const { stored } = await serve({ position: 'last' })
    const body = formBody(parts)
    const answer = await sendRaw(
      server as UploadServer,
      [...body].map((byte) => Buffer.from([byte])),
      { 'Content-Type': FORM_TYPE, 'Content-Length': String(body.length) },
    )
    expect(answer.status).toBe(200)
    expect(stored[0]).toMatchObject({ length: 9, bytes: Buffer.from('the bytes') })
  })

  it('moves 20 MB through little memory, at the pace of whoever stores them', async () => {
    const size = 20 * 1024 ** 2
    const upload = await serve({ maxFileBytes: size, position: 'last' })
    let received = 0
    let most = 0
    upload.onFile = async ({ stream, length }) => {
      expect(length).toBe(size)
      for await (const chunk of stream) {
        received += chunk.length
        if (received % (1024 * 1024) < chunk.length) await new Promise((resolve) => setTimeout(resolve, 1))
        most = Math.max(most, stream.readableLength)
      }
    }
    expect((await send(formBody([{ name: 'f', filename: 'big', content: Buffer.alloc(size, 7) }]))).status).toBe(200)
    expect(received).toBe(size)
    expect(most).toBeLessThan(1024 ** 2)
  })

  it('leaves no listener on the request', async () => {
    const upload = await serve()
    const outcome = upload.outcome()
    await send(formBody(parts))
    const form = await outcome
    expect(form).not.toBeInstanceOf(Error)
    expect(upload.leftListeners).toEqual(upload.firstListeners)
  })
})

describe('receiveForm: file names', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['filename="../../etc/passwd"', 'passwd'],
    ['filename="C:\\\\photos\\\\leo.jpg"', 'leo.jpg'],
    ['filename="x"; filename*=UTF-8\'\'l%C3%B8ve.png', 'løve.png'],
    ["filename*=UTF-8''..%2F..%2Fkey", 'key'],
    ["filename*=UTF-8''a%00b%0D%0Ac%E2%80%AEgpj.exe", 'abcgpj.exe'],
    ['filename=".."', 'unnamed'],
    [`filename="${'n'.repeat(400)}"`, 'n'.repeat(255)],
  ]
  for (const [parameter, expected] of cases) {
    it(`makes ${JSON.stringify(expected.slice(0, 20))} of ${parameter.slice(0, 50)}`, async () => {
      const { stored } = await serve()
      const text = `--{B}\r\nContent-Disposition: form-data; name="f"; ${parameter}\r\n\r\nx\r\n--{B}--\r\n`
      expect((await send(rawBody(text))).status).toBe(200)
      expect(stored[0]?.filename).toBe(expected)
    })
  }
})

describe('receiveForm: refusals, with nothing stored', () => {
  const file = { name: 'picture', filename: 'leo.png', content: 'x'.repeat(50) }
  const field = (name: string, content = 'v') => ({ name, content })

  interface Refusal {
    readonly parts?: Parameters<typeof formBody>[0]
    readonly text?: string
    readonly options?: Partial<FormOptions>
    readonly headers?: Readonly<Record<string, string>>
    readonly status?: number
    readonly code?: string
    readonly detail: RegExp
  }

  const refusals: Record<string, Refusal> = {
    'a file above the limit': {
      parts: [file],
      options: { maxFileBytes: 49 },
      status: 413,
      code: 'file-too-large',
      detail: /at most 49 bytes in field "picture"/,
    },
    'a last file above the limit': {
      parts: [file],
      options: { maxFileBytes: 49, position: 'last' },
      status: 413,
      code: 'file-too-large',
      detail: /at most 49 bytes/,
    },
    'an announced size above the limit': {
      parts: [field('picture_size', '5000'), file],
      status: 413,
      code: 'file-too-large',
      detail: /at most 1000 bytes/,
    },
    'more bytes than announced': { parts: [field('picture_size', '49'), file], detail: /expected 49 bytes/i },
    'fewer bytes than announced': { parts: [field('picture_size', '51'), file], detail: /expected 51 bytes/i },
    'an announced size that is no number': { parts: [field('picture_size', '0x32'), file], detail: /number of bytes/ },
    'an announced size that Content-Length contradicts': {
      parts: [field('picture_size', '51'), file],
      options: { position: 'last' },
      detail: /Content-Length leaves 50/,
    },
    'a part behind a file that must be last': {
      parts: [file, field('submit')],
      options: { position: 'last' },
      detail: /last part|nothing after the file/,
    },
    'another closing than the length was computed from': {
      text: `--{B}\r\nContent-Disposition: form-data; name="picture"; filename="x"\r\n\r\nxx\r\n--{B}--`,
      options: { position: 'last' },
      detail: /nothing after the file but CRLF, the closing boundary and CRLF/,
    },
    'no file': { parts: [field('user')], detail: /expected a file/i },
    'no file where a field is named': {
      parts: [field('user')],
      options: { fileField: 'picture' },
      detail: /in field "picture"/,
    },
    'text in the field of the file': {
      parts: [field('picture')],
      options: { fileField: 'picture' },
      detail: /received text/,
    },
    'a file in another field': {
      parts: [file],
      options: { fileField: 'avatar' },
      detail: /"avatar"; it came in "picture"/,
    },
    'two files': { parts: [file, { ...file, name: 'other' }], detail: /at most one file/ },
    'a file input that was left empty': {
      parts: [{ name: 'picture', filename: '', type: 'application/octet-stream', content: '' }],
      detail: /choose a file/,
    },
    'a nested name': { parts: [field('a[b]'), file], detail: /without brackets.*"a\[b\]"/ },
    'a deeply nested name': { parts: [field(`a${'[b]'.repeat(30)}`), file], detail: /without brackets/ },
    'a name that is a prototype': { parts: [field('__proto__'), file], detail: /must not be named "__proto__"/ },
    'a file named after a prototype': { parts: [{ ...file, name: '__proto__' }], detail: /must not be named/ },
    'an empty name': { parts: [field(''), file], detail: /have a name/ },
    'a name of 129 characters': { parts: [field('n'.repeat(129)), file], detail: /at most 128 characters/ },
    'a field that comes twice': { parts: [field('user'), field('user'), file], detail: /"user" once/ },
    'too many fields': { parts: [field('a'), field('b'), file], options: { maxFields: 1 }, detail: /at most 1 fields/ },
    'ten thousand parts': {
      parts: [...Array.from({ length: 10_000 }, (_, i) => field(`f${i}`)), file],
      detail: /at most 20 fields/,
    },
    'a field above the limit': {
      parts: [field('user', 'abcde'), file],
      options: { maxFieldBytes: 4 },
      detail: /"user" of at most 4 bytes/,
    },
    'a part without Content-Disposition': {
      text: '--{B}\r\nContent-Type: text/plain\r\n\r\nx\r\n--{B}--\r\n',
      detail: /Content-Disposition: form-data/,
    },
    'a part that is an attachment': {
      text: '--{B}\r\nContent-Disposition: attachment; name="f"; filename="f"\r\n\r\nx\r\n--{B}--\r\n',
      detail: /Content-Disposition: form-data/,
    },
    'a header that begins with a space (dicer, CVE-2022-24434)': {
      text: '--{B}\r\n Content-Disposition: form-data; name="f"; filename="f"\r\n\r\n\r\n--{B}--\r\n',
      detail: /malformed/,
    },
    'a header without a colon': {
      text: '--{B}\r\nContent-Disposition\r\n\r\nx\r\n--{B}--\r\n',
      detail: /malformed/,
    },
    'a field in an unknown charset': {
      text: '--{B}\r\nContent-Disposition: form-data; name="a"\r\nContent-Type: text/plain; charset=klingon\r\n\r\nx\r\n--{B}--\r\n',
      detail: /"a" in UTF-8/,
    },
    'a malformed part after a sound file': {
      text: '--{B}\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\nx\r\n--{B}\r\n\0\r\n\r\n--{B}--\r\n',
      detail: /malformed/,
    },
    'a form that ends in the middle of a file': {
      text: '--{B}\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\nxxx',
      detail: /ended early/,
    },
    'line ends without CR': {
      text: '--{B}\nContent-Disposition: form-data; name="f"; filename="f"\n\nxxx\n--{B}--\n',
      detail: /CRLF/,
    },
    'an empty body': { text: '', detail: /ended early/ },
    JSON: {
      text: '{}',
      headers: { 'Content-Type': 'application/json' },
      status: 415,
      code: 'unsupported-media-type',
      detail: /expected multipart\/form-data; received "application\/json"/i,
    },
    'a packed form': {
      parts: [file],
      headers: { 'Content-Encoding': 'gzip' },
      status: 415,
      code: 'unsupported-media-type',
      detail: /without Content-Encoding/,
    },
    'no boundary': { parts: [file], headers: { 'Content-Type': 'multipart/form-data' }, detail: /one boundary/ },
    'an empty boundary': {
      parts: [file],
      headers: { 'Content-Type': 'multipart/form-data; boundary=""' },
      detail: /one boundary/,
    },
    'two boundaries': {
      parts: [file],
      headers: { 'Content-Type': `${FORM_TYPE}; boundary=other` },
      detail: /one boundary/,
    },
    'a boundary of 71 characters': {
      parts: [file],
      headers: { 'Content-Type': `multipart/form-data; boundary=${'b'.repeat(71)}` },
      detail: /one boundary/,
    },
  }

  for (const [what, refusal] of Object.entries(refusals)) {
    it(`refuses ${what}`, async () => {
      const { stored } = await serve(refusal.options)
      const body = refusal.parts ? formBody(refusal.parts) : rawBody(refusal.text ?? '')
      const answer = await send(body, refusal.headers)
      expect(answer.status).toBe(refusal.status ?? 400)
      const problem = problemIn(answer)
      expect(problem.code).toBe(refusal.code ?? 'invalid-request')
      expect(problem.detail).toMatch(refusal.detail)
      expect(stored).toEqual([])
    })
  }

  it('stops at a field that never ends', async () => {
    const upload = await serve({ drainBytes: 0 })
    const socket = await upload.connect()
    const answer = readAnswer(socket)
    socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Type: ${FORM_TYPE}\r\nContent-Length: 99999999999\r\n\r\n`)
    socket.write(rawBody('--{B}\r\nContent-Disposition: form-data; name="user"\r\n\r\n'))
    for (let i = 0; i < 50 && !socket.destroyed; i++) {
      socket.write(Buffer.alloc(64 * 1024, 120))
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect((await answer).status).toBe(400)
  })

  it("rejects with the caller's own error and does not read the file further", async () => {
    const upload = await serve()
    const own = new HttpProblem(415, 'image-unsupported', 'Not a picture.')
    upload.onFile = async ({ stream }) => {
      for await (const _chunk of stream) throw own
    }
    const outcome = upload.outcome()
    const answer = await send(formBody([file]))
    expect(await outcome).toBe(own)
    expect(problemIn(answer).code).toBe('image-unsupported')
  })

  it('takes the word of a caller who is done without the whole file', async () => {
    const upload = await serve({ maxFileBytes: 5_000_000 })
    upload.onFile = async ({ stream }) => {
      for await (const chunk of stream) return chunk.length
      return 0
    }
    const big = { name: 'picture', filename: 'x', content: Buffer.alloc(3_000_000) }
    expect((await send(formBody([big, field('after')]))).body).toBe('{"after":"v"}')
  })
})

describe('receiveForm: any bytes at all', () => {
  it('gives a whole file or a refusal, and nothing else', async () => {
    const { stored } = await serve({ position: 'last', maxFieldBytes: 30 })
    const sound = formBody([
      { name: 'user', content: 'v' },
      { name: 'f', filename: 'x', type: 'image/png', content: 'y'.repeat(40) },
    ])
    const piece = fc.oneof(
      fc.constantFrom(
        '\r\n',
        '\r',
        '\n',
        '--',
        '\r\n\r\n',
        `--${BOUNDARY}`,
        `\r\n--${BOUNDARY}\r\n`,
        ': ',
        ';',
        '"',
        '\0',
      ),
      fc.string({ maxLength: 6 }),
    )
    const edit = fc.record({ at: fc.nat(sound.length), remove: fc.nat(12), insert: piece })
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 3 }), async (edits) => {
        let body = sound
        for (const { at, remove, insert } of edits) {
          body = Buffer.concat([body.subarray(0, at), Buffer.from(insert), body.subarray(at + remove)])
        }
        const { status } = await send(body)
        expect([200, 400]).toContain(status)
        const files = stored.splice(0)
        expect(files).toHaveLength(status === 200 ? 1 : 0)
        for (const file of files) expect(file.bytes).toHaveLength(file.length ?? -1)
      }),
      { numRuns: 400 },
    )
  })
})

describe('receiveForm: the rest of a refused request', () => {
  it('is read to its end before the answer', async () => {
    const upload = await serve({ maxFileBytes: 10 })
    const { port } = upload
    const body = formBody([{ name: 'f', filename: 'f', content: Buffer.alloc(5_000_000) }])
    const outgoing = request({
      port,
      host: '127.0.0.1',
      method: 'POST',
      headers: { 'Content-Type': FORM_TYPE, 'Content-Length': body.length },
    })
    outgoing.write(body.subarray(0, 1_000_000))
    let answered = false
    outgoing.once('response', () => {
      answered = true
    })
    await upload.received(1_000_000)
    await new Promise((resolve) => setImmediate(resolve))
    expect(answered).toBe(false)
    outgoing.end(body.subarray(1_000_000))
    const [response] = await once(outgoing, 'response')
    expect(response.statusCode).toBe(413)
    expect(upload.wasReadToEnd).toBe(true)
    expect(response.headers.connection).not.toBe('close')
    await buffer(response)
  })

  it('is given up beyond drainBytes, and the connection closed', async () => {
    const upload = await serve({ maxFileBytes: 10, drainBytes: 1000 })
    const socket = await upload.connect()
    const answer = readAnswer(socket)
    socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Type: ${FORM_TYPE}\r\nContent-Length: 5000000\r\n\r\n`)
    socket.write(rawBody('--{B}\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n'))
    socket.write(Buffer.alloc(100_000))
    const { status, headers } = await answer
    expect(status).toBe(413)
    expect(headers).toMatch(/connection: close/i)
  })
})

describe('receiveForm: clients that hang or go away', () => {
  const head = `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: ${FORM_TYPE}\r\nContent-Length: 100000\r\n\r\n`
  const stages: Record<string, string> = {
    'after the request headers': '',
    'in the first boundary': '--{B}'.slice(0, 8),
    'in the headers of a part': '--{B}\r\nContent-Dispo',
    'in a field': '--{B}\r\nContent-Disposition: form-data; name="a"\r\n\r\nhalf',
    'before the first byte of a file': '--{B}\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n',
    'in a file': `--{B}\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n${'x'.repeat(70_000)}`,
    'after a file': '--{B}\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\nxxx\r\n--{B}\r\nContent',
  }
  for (const [when, text] of Object.entries(stages)) {
    it(`fails, storing nothing, when the connection drops ${when}`, async () => {
      const upload = await serve({ maxFileBytes: 200_000 })
      const socket = await upload.connect()
      const outcome = upload.outcome()
      const sent = Buffer.concat([Buffer.from(head), rawBody(text)])
      socket.write(sent)
      await upload.received(sent.length)
      socket.resetAndDestroy()
      expect(await outcome).toMatchObject({ code: 'request-aborted' })
      expect(upload.stored).toEqual([])
      expect(upload.leftListeners).toEqual(upload.firstListeners)
    })
  }

  it('waits until the caller has cleaned up', async () => {
    const upload = await serve()
    let cleanedUp = false
    upload.onFile = async (file) => {
      try {
        await upload.store(file)
      } finally {
        await new Promise((resolve) => setTimeout(resolve, 50))
        cleanedUp = true
      }
    }
    const text = '--{B}\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\nx\r\n--{B}\r\n\0\r\n\r\n'
    expect((await send(rawBody(text))).status).toBe(400)
    expect(cleanedUp).toBe(true)
  })

  describe('slowly', () => {
    beforeEach(() => {
      vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    })
    afterEach(() => {
      vi.useRealTimers()
    })

    it('answers 408 where next to nothing comes', async () => {
      const upload = await serve()
      const socket = await upload.connect()
      const answer = readAnswer(socket)
      socket.write(head)
      socket.write(rawBody('--{B}\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\nx'))
      await upload.requested()
      await passWindows(1)
      const { status, headers } = await answer
      expect(status).toBe(408)
      expect(headers).toMatch(/connection: close/i)
      expect(upload.stored).toEqual([])
    })

    it.each([
      ['for a store that is slow', 2_000_000, 'isPaused'],
      // More than the file's stream holds, less than makes the request wait.
      ['that has sent everything', 100_000, 'isComplete'],
    ] as const)('does not blame a client %s', async (_who, bytes, state) => {
      const upload = await serve({ maxFileBytes: bytes })
      upload.onFile = async (file) => {
        const reached = () => (state === 'isPaused' ? upload.request?.isPaused() : upload.request?.complete)
        while (!reached()) await new Promise((resolve) => setImmediate(resolve))
        await passWindows(3)
        await upload.store(file)
      }
      const file = { name: 'f', filename: 'f', content: Buffer.alloc(bytes) }
      expect((await send(formBody([file]))).status).toBe(200)
      expect(upload.stored).toHaveLength(1)
    })
  })

  it("rejects with the signal's reason", async () => {
    const stop = new AbortController()
    const upload = await serve({ signal: stop.signal, drainBytes: 0 })
    const socket = await upload.connect()
    const outcome = upload.outcome()
    socket.on('error', () => {})
    socket.write(head)
    socket.write(rawBody('--{B}\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\nxxx'))
    await upload.requested()
    const reason = new Error('shutting down')
    stop.abort(reason)
    socket.write(Buffer.alloc(100))
    expect(await outcome).toBe(reason)
    expect(upload.stored).toEqual([])
  })
})

describe('receiveForm: mistakes of the program', () => {
  const options: readonly (readonly [Partial<FormOptions>, RegExp])[] = [
    [{ maxFileBytes: 0 }, /maxFileBytes/],
    [{ maxFileBytes: 1.5 }, /maxFileBytes/],
    [{ maxFiles: 2, position: 'last' }, /maxFiles to be 1/],
    [{ fileField: '' }, /fileField/],
    [{ stallSeconds: 0 }, /stallSeconds/],
  ]
  for (const [option, message] of options) {
    it(`names the option in ${JSON.stringify(option)}`, async () => {
      const upload = await serve(option)
      const outcome = upload.outcome()
      await send(formBody([]))
      const error = (await outcome) as Error
      expect(error).toBeInstanceOf(TypeError)
      expect(error.message).toMatch(message)
    })
  }
})
