import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BucketStore } from '../store/bucket-store.js'

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

/** A busy service may take its time; a test runner has a limit of its own. */
const PATIENCE_ROUNDS = 3000
const ROUND_MILLISECONDS = 20

/** Waits until a long stream made the store begin an upload in parts. */
export async function uploadBegins(store: BucketStore): Promise<void> {
  for (let round = 0; round < PATIENCE_ROUNDS; round++) {
    if ((await store.unfinishedUploads()).length > 0) return
    await sleep(ROUND_MILLISECONDS)
  }
  assert.fail('expected an upload in parts to begin; none did')
}
