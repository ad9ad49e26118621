import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'

const BOUNDARY = 'brigade-bench'

/** One request, as often as wanted. The pieces of its body are sent as they are, without a copy. */
export interface Upload {
  readonly method: 'POST' | 'PUT'
  readonly headers: Readonly<Record<string, string>>
  readonly body: readonly Buffer[]
}

/** A form with one file, which is its last part, as a browser would send it. */
export function formOf(file: Buffer): Upload {
  const head = Buffer.from(
    `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\nContent-Type: application/octet-stream\r\n\r\n`,
  )
  const tail = Buffer.from(`\r\n--${BOUNDARY}--\r\n`)
  return {
    method: 'POST',
    headers: { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` },
    body: [head, file, tail],
  }
}

/** The bare file. */
export function bodyOf(file: Buffer): Upload {
  return { method: 'PUT', headers: {}, body: [file] }
}

/** Connections that stay open from round to round. */
export function openAgent(): Agent {
  return new Agent({ keepAlive: true })
}

/** Sends one request, as fast as it is taken. */
export async function send(url: string, { method, headers, body }: Upload, agent: Agent): Promise<void> {
  const length = body.reduce((sum, piece) => sum + piece.length, 0)
  const req = request(url, { method, headers: { ...headers, 'content-length': length }, agent })
  const answered = once(req, 'response') as Promise<[IncomingMessage]>
  for (const piece of body) req.write(piece)
  req.end()
  const [answer] = await answered
  answer.resume()
  await once(answer, 'end')
  if (answer.statusCode !== 200) throw new Error(`${method} ${new URL(url).pathname} was answered ${answer.statusCode}`)
}

/** Does something `count` times, `atOnce` at a time; each place does its share in turn. */
export async function atOnce(places: number, count: number, work: (place: number) => Promise<void>): Promise<void> {
  let left = count
  const takeTurns = async (place: number): Promise<void> => {
    while (left > 0) {
      left -= 1
      await work(place)
    }
  }
  await Promise.all(Array.from({ length: places }, (_, place) => takeTurns(place)))
}
