import { BucketStore } from '@bucket-brigade/core'
import { MemoryDriver } from '@bucket-brigade/core/memory'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FORM_TYPE, formBody, rawBody } from './form-body.js'
import { sendRaw, UploadServer } from './upload-server.js'

const MEBIBYTE = 1024 ** 2

class Pictures extends BucketStore {
  readonly bucket = 'pictures'
}

const file = (bytes: number) => ({ name: 'picture', filename: 'leo.png', content: Buffer.alloc(bytes, 7) })

describe.each(['last', 'anywhere'] as const)('receiveForm into a store, file %s', (position) => {
  let driver: MemoryDriver
  let store: Pictures
  let server: UploadServer

  beforeEach(async () => {
    driver = new MemoryDriver()
    store = new Pictures(driver)
    server = new UploadServer({ maxFileBytes: 12 * MEBIBYTE, position })
    server.onFile = ({ stream, length }) => store.put('leo.png', stream, { contentLength: length })
    await server.start()
  })

  afterEach(() => server.stop())

  async function send(body: Buffer): Promise<number> {
    const headers = { 'Content-Type': FORM_TYPE, 'Content-Length': String(body.length) }
    return (await sendRaw(server, [body], headers)).status
  }

  async function expectNothingLeft(): Promise<void> {
    expect((await driver.list('pictures', '', { pageSize: 1000 })).objects).toEqual([])
    expect(await driver.listMultipart('pictures', '')).toEqual([])
  }

  it.each([0, 1, 100_000, 10 * MEBIBYTE])('stores a file of %i bytes', async (bytes) => {
    expect(await send(formBody([file(bytes)]))).toBe(200)
    expect((await store.head('leo.png')).size).toBe(bytes)
    expect(await driver.listMultipart('pictures', '')).toEqual([])
  })

  it('leaves nothing of a file that is too large', async () => {
    expect(await send(formBody([file(12 * MEBIBYTE + 1)]))).toBe(413)
    await expectNothingLeft()
  })

  it.each([100, 10 * MEBIBYTE])('leaves nothing of a form that goes wrong after a file of %i bytes', async (bytes) => {
    const sound = formBody([file(bytes)], '')
    expect(await send(Buffer.concat([sound, rawBody('--{B}\r\n\0\r\n\r\nx\r\n--{B}--\r\n')]))).toBe(400)
    await expectNothingLeft()
  })

  it.each([100, 10 * MEBIBYTE])('leaves nothing of a client that goes away after %i bytes', async (bytes) => {
    const body = formBody([file(11 * MEBIBYTE)])
    const outcome = server.outcome()
    const socket = await server.connect()
    socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Type: ${FORM_TYPE}\r\nContent-Length: ${body.length}\r\n\r\n`)
    await new Promise((resolve) => socket.write(body.subarray(0, bytes), resolve))
    await server.requested()
    socket.resetAndDestroy()
    expect(await outcome).toMatchObject({ code: 'request-aborted' })
    await expectNothingLeft()
  })
})
