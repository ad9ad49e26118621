import { once } from 'node:events'
import { createConnection } from 'node:net'
import type { AttackSite } from './attack-site.js'
import { filePart, form } from './corpus/requests.js'
import { bytesOf } from './raw-request.js'

/** Ways to leave in the middle of a request (CVE-2025-47935, CVE-2026-2359, CVE-2026-3304). */
const WAYS = ['with a reset', 'with an end', 'without a word'] as const
/** How much of a form was sent until then: a piece of its head, of a part's head, and of its file. */
const SENT = [300, 450, 700, 60_000] as const

/** Uploads that are begun and never finished, at every door. Resolves when each connection is gone. */
export async function leaveUploads(site: AttackSite): Promise<void> {
  const left = [site.balancer, site.server].flatMap((port) =>
    WAYS.flatMap((way) => SENT.map((bytes) => leave(port, beginning(site, port, bytes), way))),
  )
  await Promise.all(left)
}

function beginning({ attacker }: AttackSite, port: number, bytes: number): Buffer {
  const picture = Buffer.concat([Buffer.from('\xff\xd8\xff\xe0', 'latin1'), Buffer.alloc(200_000, 1)])
  return bytesOf(port, form('/avatars', [filePart(picture)], attacker.cookie)).subarray(0, bytes)
}

async function leave(port: number, bytes: Buffer, way: (typeof WAYS)[number]): Promise<void> {
  const socket = createConnection({ port, host: '127.0.0.1', allowHalfOpen: true })
  const closed = once(socket, 'close')
  // Whatever is said to somebody who has left.
  socket.on('error', () => {})
  socket.on('end', () => socket.end())
  socket.resume()
  await once(socket, 'connect')
  await new Promise<void>((resolve) => socket.write(bytes, () => resolve()))
  if (way === 'with a reset') socket.resetAndDestroy()
  else if (way === 'with an end') socket.end()
  else socket.destroy()
  await closed
}
