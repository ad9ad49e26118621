import { Readable } from 'node:stream'

/** A stream that stops in its middle until it is told how to go on. */
export interface GatedSource {
  readonly stream: Readable
  /** Resolves when everything before the gate was asked for. */
  readonly reached: Promise<void>
  /** Lets the rest through. */
  open(): void
  /** Fails the stream at the gate. */
  fail(error: Error): void
}

export function gatedSource(before: Buffer, after: Buffer): GatedSource {
  let reach = () => {}
  let open = () => {}
  let fail = (_error: Error) => {}
  const reached = new Promise<void>((resolve) => {
    reach = resolve
  })
  const gate = new Promise<void>((resolve, reject) => {
    open = resolve
    fail = reject
  })
  gate.catch(() => {})
  async function* chunks(): AsyncGenerator<Buffer> {
    for (let at = 0; at < before.length; at += 65_536) yield before.subarray(at, at + 65_536)
    reach()
    await gate
    yield after
  }
  return { stream: Readable.from(chunks()), reached, open, fail }
}
