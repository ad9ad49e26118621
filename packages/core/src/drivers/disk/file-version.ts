import type { BigIntStats } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

/*
 * Which version of an object a file is, told by its size, modification time and inode: no other file needs to be read,
 * and what a person or another program changes is noticed.
 *
 * A clock ticks every few milliseconds, so two edits in one tick leave the same time. Files that this driver writes get a
 * time with microseconds of chance, which no edit repeats; for other files see `isSettled`.
 */

/** Longer than a tick of any kernel's clock. */
const TICK_MILLISECONDS = 20

/** Opaque to everyone. The inode tells files apart that were unpacked with the same time and size. */
export function etagOf(stats: BigIntStats): string {
  return `"${stats.mtimeNs.toString(36)}-${stats.size.toString(36)}-${stats.ino.toString(36)}"`
}

/** What connects attributes with bytes. Without the inode: a bucket restored from a backup keeps its attributes. */
export function stampOf(stats: BigIntStats): string {
  return `${stats.mtimeNs}-${stats.size}`
}

/** False while another edit could still leave the same modification time. */
export function isSettled(stats: BigIntStats): boolean {
  const age = Date.now() - Number(stats.mtimeMs)
  return age < 0 || age >= TICK_MILLISECONDS
}

export async function waitForTick(): Promise<void> {
  await sleep(TICK_MILLISECONDS)
}

/**
 * Gives a file a modification time of its own.
 *
 * @param other A version that it must not be mistaken for. On a file system with coarse times that can need a few steps.
 */
export async function stampFile(handle: FileHandle, other?: BigIntStats): Promise<BigIntStats> {
  for (let spread = 1; ; spread *= 2) {
    await handle.utimes(new Date(), (Date.now() - Math.random() * spread) / 1000)
    const stats = await handle.stat({ bigint: true })
    if (other === undefined || stampOf(stats) !== stampOf(other)) return stats
  }
}
