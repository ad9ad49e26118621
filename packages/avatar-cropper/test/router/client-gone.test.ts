import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { MemoryDriver } from '@bucket-brigade/core/memory'
import express from 'express'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { avatarRouter } from '../../src/router/index.js'
import { openCropper, SQUARE } from '../avatars.js'
import { around } from '../faults.js'
import { quarters } from '../pictures.js'

let picture: Buffer
beforeAll(async () => {
  picture = await quarters()
})

/** A busy machine takes its time. */
const PATIENCE = { timeout: 150_000 }

const running: Server[] = []
afterEach(() => {
  for (const server of running.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

/** A server with one place for pictures, whose originals are read once `release` is called. */
async function slowSite() {
  const bucket = new MemoryDriver()
  let release = () => {}
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  const read: string[] = []
  const refused: string[] = []
  const driver = around(bucket, {
    get: async (at, options) => {
      if (at.key.startsWith('tmp/')) {
        read.push(at.key)
        await released
      }
      return bucket.get(at, options)
    },
  })
  const cropper = await openCropper(driver, { rendersAtOnce: 1 })
  const app = express()
  const onError = (_error: unknown, { code }: { readonly code: string }) => refused.push(code)
  app.use('/avatars', avatarRouter({ cropper, authenticate: () => 'leo', origins: 'same-host', onError }))
  const requests: IncomingMessage[] = []
  // A machine that stands still for longer would close connections that clients are about to use.
  const server = createServer({ keepAliveTimeout: 0 }, app).listen(0, '127.0.0.1')
  server.on('request', (req) => requests.push(req))
  running.push(server)
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const crop = (token: string, signal?: AbortSignal) =>
    fetch(`${origin}/avatars/crop`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token, ...SQUARE }),
      ...(signal ? { signal } : {}),
    })
  const arrived = (count: number) => requests.filter(({ complete }) => complete).length === count
  return { cropper, crop, arrived, read, refused, release }
}

describe('a client that goes away', () => {
  it('leaves the line: nobody works for those who do not wait', async () => {
    const { cropper, crop, arrived, read, refused, release } = await slowSite()
    const [first, second] = await Promise.all([1, 2].map(() => cropper.upload('leo', picture)))
    if (!first || !second) throw new Error('expected two uploads')
    const waits = crop(first.token)
    await vi.waitUntil(() => read.length === 1, PATIENCE)
    const leaving = new AbortController()
    const leaves = Array.from({ length: 5 }, () => crop(second.token, leaving.signal).catch(() => 'left'))
    await vi.waitUntil(() => arrived(1 + leaves.length), PATIENCE)
    leaving.abort()
    expect(new Set(await Promise.all(leaves))).toEqual(new Set(['left']))
    await vi.waitUntil(() => refused.length === leaves.length, PATIENCE)
    expect(new Set(refused)).toEqual(new Set(['request-aborted']))
    release()
    expect((await waits).status).toBe(200)
    expect(read).toHaveLength(1)
  })
})
