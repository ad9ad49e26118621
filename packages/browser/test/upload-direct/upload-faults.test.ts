import fc from 'fast-check'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { uploadDirect } from '../../src/index.js'
import { type Fault, ProtocolServer } from './protocol-server.js'

let server: ProtocolServer

beforeEach(async () => {
  server = await ProtocolServer.start()
})

afterEach(() => server.stop())

const fault = fc.constantFrom<Fault>('fine', 'cut', 'lost-reply', { status: 500 }, { status: 429 }, { status: 408 })
const faults = (maxLength: number) => fc.array(fault, { maxLength })

it('a file arrives byte for byte whatever goes wrong in between, with progress that never falls', async () => {
  const run = fc.record({
    method: fc.constantFrom('PUT', 'POST', 'MULTIPART'),
    bytes: fc.uint8Array({ maxLength: 5000 }),
    partBytes: fc.integer({ min: 300, max: 2500 }),
    parallelParts: fc.integer({ min: 1, max: 5 }),
    begin: faults(3),
    renew: faults(3),
    parts: faults(3),
    bucket: faults(9),
    complete: faults(4),
  })
  await fc.assert(
    fc.asyncProperty(run, async ({ method, bytes, partBytes, parallelParts, ...script }) => {
      server.release()
      server.sessions.clear()
      Object.assign(server, { method, partBytes })
      for (const place of ['begin', 'renew', 'parts', 'bucket', 'complete'] as const) {
        server.meets(place, ...script[place])
      }
      const told: number[] = []
      await uploadDirect(new Blob([bytes]), {
        endpoint: server.endpoint,
        parallelParts,
        maxAttempts: 10,
        firstRetrySeconds: 0,
        onProgress: ({ sentBytes }) => told.push(sentBytes),
      })
      expect(server.stored().equals(bytes)).toBe(true)
      expect(told).toEqual([...new Set(told)].sort((one, other) => one - other))
      expect(told.at(-1)).toBe(bytes.length)
    }),
    { numRuns: 20 },
  )
})
