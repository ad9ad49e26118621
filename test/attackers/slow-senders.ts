import { once } from 'node:events'
import { createConnection } from 'node:net'
import type { AttackSite } from './attack-site.js'
import { filePart, form, textPart } from './corpus/requests.js'
import { bytesOf, parseReply, type RawReply } from './raw-request.js'

/** Requests that begin like any other, and then come byte by byte to hold a connection. */
const SENDERS: Readonly<Record<string, (site: AttackSite) => { readonly port: number; readonly beginning: Buffer }>> = {
  'a head, sent to the balancer': ({ balancer: port }) => ({ port, beginning: HEAD }),
  'a head, sent to a server': ({ server: port }) => ({ port, beginning: HEAD }),
  'an upload, sent to the balancer': (site) => ({ port: site.balancer, beginning: upload(site, site.balancer) }),
  'an upload, sent to a server': (site) => ({ port: site.server, beginning: upload(site, site.server) }),
  'a form of the bucket that nobody signed': ({ server: port }) => ({
    port,
    beginning: bytesOf(port, form('/objects/avatars', [textPart('key'), textPart('a', 'x'.repeat(9000))], '')).subarray(
      0,
      -8900,
    ),
  }),
}

const HEAD = Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ')
const BYTE_EACH_MS = 2_000

/** All of them at once, from now on: the last tests wait for what becomes of them. */
export function beginSlowSenders(site: AttackSite): ReadonlyMap<string, Promise<RawReply>> {
  return new Map(
    Object.entries(SENDERS).map(([name, begin]) => {
      const { port, beginning } = begin(site)
      return [name, sendSlowly(port, beginning)]
    }),
  )
}

export const SLOW_SENDERS = Object.keys(SENDERS)

/** Cut off in the middle of its file. */
function upload({ attacker }: AttackSite, port: number): Buffer {
  return bytesOf(port, form('/avatars', [filePart(Buffer.alloc(100_000))], attacker.cookie)).subarray(0, 1000)
}

async function sendSlowly(port: number, beginning: Buffer): Promise<RawReply> {
  const socket = createConnection({ port, host: '127.0.0.1', allowHalfOpen: true })
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  socket.on('error', () => {})
  socket.write(beginning)
  const drip = setInterval(() => socket.write('a'), BYTE_EACH_MS)
  // Nothing is sent any more once it was answered: what came then would be lost to a reset.
  socket.once('data', () => clearInterval(drip))
  socket.once('end', () => socket.end())
  await once(socket, 'close')
  clearInterval(drip)
  return parseReply(Buffer.concat(chunks))
}
