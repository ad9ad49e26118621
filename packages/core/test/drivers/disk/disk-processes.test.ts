import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { DiskDriver } from '../../../src/drivers/disk/index.js'
import { type Message, Worker } from '../../processes.js'
import { bytes, overwrite, temporaryFolder, textOf } from './disk-fixture.js'

const counter = { bucket: 'shared', key: 'folder/counter.json' }
const PATIENCE_MILLISECONDS = 600_000

function start(directory: string, work: string, count: number, onMessage?: (message: Message) => void): Worker {
  const script = new URL('disk-worker.mjs', import.meta.url)
  const worker = new Worker(script, [directory, work, String(count)], onMessage)
  onTestFinished(() => worker.kill())
  return worker
}

async function counterAt(directory: string): Promise<DiskDriver> {
  const driver = new DiskDriver({ directory })
  await driver.put(counter, bytes('0'), { ...overwrite, attributes: { metadata: { value: '0' } } })
  return driver
}

function told(workers: readonly Worker[], name: string): unknown[] {
  return workers.flatMap((worker) => worker.messages.filter((message) => name in message).map((m) => m[name]))
}

describe('processes over one bucket', { retry: 0, timeout: PATIENCE_MILLISECONDS }, () => {
  it('lose no update of a counter', async () => {
    const directory = await temporaryFolder()
    const driver = await counterAt(directory)
    const workers = Array.from({ length: 4 }, () => start(directory, 'increment', 25))
    await Promise.all(workers.map((worker) => worker.ended()))
    expect(await textOf(driver, counter)).toBe('100')
    expect(await readFile(join(directory, 'shared', counter.key), 'utf8')).toBe('100')
    expect(told(workers, 'torn')).toEqual([])
  })

  it('lose no acknowledged update when others are killed and paused at any moment', async () => {
    const directory = await temporaryFolder()
    const driver = await counterAt(directory)
    const victims: Worker[] = []
    for (let round = 0; round < 12; round++) {
      // Killed as soon as it told of its n-th update: the next one is on its way then, a bit further each round.
      const victim = start(directory, 'increment', 1000, () => {
        if (victim.messages.length > 1) setTimeout(() => victim.kill(), round / 2)
      })
      victims.push(victim)
    }
    const sleeper = start(directory, 'increment', 30)
    const nap = setInterval(() => {
      sleeper.pause()
      setTimeout(() => sleeper.goOn(), 40)
    }, 100)
    const survivors = [start(directory, 'increment', 30), sleeper]
    await Promise.all([...victims, ...survivors].map((worker) => worker.ended()))
    clearInterval(nap)

    const acknowledged = told([...victims, ...survivors], 'added') as number[]
    const total = Number(await textOf(driver, counter))
    expect(new Set(acknowledged).size).toBe(acknowledged.length)
    // A killed process may have made one update that it could not tell of.
    expect(total).toBeGreaterThanOrEqual(acknowledged.length)
    expect(total).toBeLessThanOrEqual(acknowledged.length + victims.length)
    expect(told([...victims, ...survivors], 'torn')).toEqual([])
    // Whoever changes it next also does what the last of the dead had claimed: so there is no ETag to go by.
    await driver.put(counter, bytes('settled'), overwrite)
    expect(await textOf(driver, counter)).toBe('settled')
  })

  it('create each key once', async () => {
    const directory = await temporaryFolder()
    const workers = Array.from({ length: 4 }, () => start(directory, 'create', 40))
    await Promise.all(workers.map((worker) => worker.ended()))
    const created = told(workers, 'created')
    expect(created).toHaveLength(40)
    expect(new Set(created).size).toBe(40)
  })

  it('never remove with a late delete what another one created after it', async () => {
    const directory = await temporaryFolder()
    const workers = Array.from({ length: 4 }, () => start(directory, 'takeTurns', 20))
    const naps = workers.slice(0, 2).map((worker, index) =>
      setInterval(
        () => {
          worker.pause()
          setTimeout(() => worker.goOn(), 15)
        },
        37 + 10 * index,
      ),
    )
    await Promise.all(workers.map((worker) => worker.ended()))
    for (const nap of naps) clearInterval(nap)
    expect(told(workers, 'stolenBy')).toEqual([])
    expect(told(workers, 'created')).toHaveLength(80)
    expect(await readdir(join(directory, 'shared'))).toEqual(['.brigade'])
  })

  it('leave the old object or the new one, whole, when killed during a write', async () => {
    const directory = await temporaryFolder()
    const driver = new DiskDriver({ directory })
    const at = { bucket: 'shared', key: 'large' }
    for (let round = 0; round < 8; round++) {
      const writer = start(directory, 'replace', 1000, () => {
        if (writer.messages.length > 1) setTimeout(() => writer.kill(), round)
      })
      await writer.ended()
      const { body, metadata, size } = await driver.get(at, {})
      const content = Buffer.concat(await body.toArray()).toString()
      expect(size).toBe(300_000)
      expect(content).toBe(String(metadata.letter).repeat(300_000))
    }
  })

  it('read whole versions, with their own metadata, while others write', async () => {
    const directory = await temporaryFolder()
    const driver = new DiskDriver({ directory })
    const at = { bucket: 'shared', key: 'large' }
    const writers = [start(directory, 'replace', 1_000_000), start(directory, 'replace', 1_000_000)]
    for (const { messages } of writers) {
      await expect.poll(() => messages.length, { timeout: PATIENCE_MILLISECONDS }).toBeGreaterThan(0)
    }
    for (let reads = 0; reads < 50; reads++) {
      const { body, metadata } = await driver.get(at, {})
      const content = Buffer.concat(await body.toArray()).toString()
      expect(content).toBe(String(metadata.letter).repeat(300_000))
    }
    for (const writer of writers) writer.kill()
    await Promise.all(writers.map((writer) => writer.ended()))
  })
})
