import { json } from 'node:stream/consumers'
import { describe, expect, inject, it, onTestFinished } from 'vitest'
import { createBucket } from '../../../../../test/services/buckets.js'
import { S3Driver } from '../../../src/drivers/s3/index.js'
import { BucketStore } from '../../../src/store/bucket-store.js'
import { Worker } from '../../processes.js'

const VICTIMS = 6
const SURVIVORS = 3
const ROUNDS = 15

function told(workers: readonly Worker[]): string[] {
  return workers.flatMap(({ messages }) => messages.map(({ added }) => String(added)))
}

describe('processes that increment a counter on Ceph through If-Match', { retry: 0, timeout: 600_000 }, () => {
  it('lose no increment and make none twice, though others are killed and replies are lost', async () => {
    const { endpoints, region, credentials } = inject('ceph')
    const name = await createBucket(inject('ceph'))
    const driver = new S3Driver({ endpoint: endpoints[0], region, credentials })
    onTestFinished(() => driver.close())
    const store = new (class extends BucketStore {
      readonly bucket = name
    })(driver)
    await store.put('counter.json', JSON.stringify({ total: 0, operations: [] }))

    const start = (id: string, index: number, rounds: number, onMessage?: () => void): Worker => {
      const settings = JSON.stringify({ endpoint: endpoints[index % 2], region, credentials })
      const script = new URL('counter-worker.mjs', import.meta.url)
      const worker = new Worker(script, [settings, name, id, String(rounds)], onMessage)
      onTestFinished(() => worker.kill())
      return worker
    }
    const victims = Array.from({ length: VICTIMS }, (_, index) => {
      // Killed some time after it told of its second increment: the next one is on its way then.
      const victim: Worker = start(`victim-${index}`, index, 1000, () => {
        if (victim.messages.length === 2) setTimeout(() => victim.kill(), index * 7)
      })
      return victim
    })
    const survivors = Array.from({ length: SURVIVORS }, (_, index) => start(`survivor-${index}`, index, ROUNDS))
    await Promise.all([...victims, ...survivors].map((worker) => worker.ended()))

    const { total, operations } = (await json((await store.get('counter.json')).body)) as {
      readonly total: number
      readonly operations: readonly string[]
    }
    expect(told(survivors)).toHaveLength(SURVIVORS * ROUNDS)
    expect(new Set(operations).size).toBe(operations.length)
    expect(total).toBe(operations.length)
    expect(operations).toEqual(expect.arrayContaining(told([...victims, ...survivors])))
    // A killed process may have made one increment that it could not tell of.
    expect(total - told([...victims, ...survivors]).length).toBeLessThanOrEqual(VICTIMS)
  })
})
