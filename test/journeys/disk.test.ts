import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BucketStore, openDriver } from '@bucket-brigade/core'
import { describeAvatarJourneys } from './avatar-journeys.js'
import { exampleBalancer } from './example-balancer.js'

class Avatars extends BucketStore {
  readonly bucket = 'avatars'
}

describeAvatarJourneys('on the disk driver', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'brigade-bucket-'))
  const store = new Avatars(openDriver(`file:${directory}`))
  return {
    store,
    balance: exampleBalancer,
    env: (origin) => ({ BUCKET_URL: `file:${directory}`, BUCKET_PUBLIC_URL: `${origin}/objects` }),
    close: async () => {
      await store.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
})
