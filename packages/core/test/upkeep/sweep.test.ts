import { expect, it } from 'vitest'
import { MemoryDriver } from '../../src/drivers/memory/index.js'
import { BucketStore, StoreError, type SweepPlan, sweep } from '../../src/index.js'

class Notes extends BucketStore {
  readonly bucket = 'notes'
}

const plan: SweepPlan<'draft' | 'lost'> = {
  places: [
    { kind: 'draft', of: 'objects', prefix: 'drafts/', neededSeconds: 60, isLeft: async ({ size }) => size > 2 },
    { kind: 'lost', of: 'nothing', cause: new Error('nobody knows which these are') },
  ],
}

/** By a clock that goes a day ahead. */
class TomorrowDriver extends MemoryDriver {
  override async head(...[at, options]: Parameters<MemoryDriver['head']>) {
    const head = await super.head(at, options)
    return { ...head, lastModified: new Date(head.lastModified.getTime() + 86_400_000) }
  }
}

it('sweeps by the plan of whoever knows the keys', async () => {
  const store = new Notes(new TomorrowDriver())
  for (const [key, text] of Object.entries({ 'drafts/a': 'long', 'drafts/b': 'so', kept: 'long' })) {
    await store.put(key, text)
  }
  const found = { draft: 1, lost: 0 }
  expect(await sweep(store, plan, 'report')).toMatchObject({ mode: 'report', seen: 2, found, bytes: 4, deleted: 0 })
  const report = await sweep(store, plan, 'delete')
  expect(report).toMatchObject({ found, deleted: 1, failed: 0, skipped: [{ kind: 'lost' }] })
  expect((await store.list('').toArray()).map(({ key }) => key)).toEqual(['drafts/b', 'kept'])
})

it('tells where the object by which it reads the clock could not be removed, and goes on', async () => {
  const denied = new StoreError('permission-denied', 'no right to delete', { operation: 'delete' })
  const store = new (class extends Notes {
    override async delete(): Promise<never> {
      throw denied
    }
  })(new MemoryDriver())
  const leftovers: unknown[] = []
  const report = await sweep(store, { ...plan, onLeftover: (each) => leftovers.push(each) }, 'delete')
  expect(report).toMatchObject({ seen: 0, failed: 0 })
  expect(leftovers).toEqual([{ key: expect.stringMatching(/^tmp\/sweep\/[0-9a-f]{32}$/), cause: denied }])
})

it('refuses a cursor of another plan', async () => {
  const sweeping = sweep(new Notes(new MemoryDriver()), plan, 'delete', { resumeAfter: 'temporary:tmp/' })
  await expect(sweeping).rejects.toMatchObject({ code: 'invalid-argument', operation: 'sweep' })
})
