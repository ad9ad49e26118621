import { mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BucketStore, openDriver } from '@bucket-brigade/core'
import { describeAvatarJourneys, type Ground } from './avatar-journeys.js'
import { exampleBalancer } from './example-balancer.js'
import { SECRETS } from './fleet.js'
import { describePlainJourneys } from './plain-journeys.js'

class Avatars extends BucketStore {
  readonly bucket = 'avatars'
}

async function openDiskGround(): Promise<Ground> {
  const directory = await mkdtemp(join(tmpdir(), 'brigade-bucket-'))
  const store = new Avatars(openDriver(`file:${directory}`))
  return {
    store,
    addressed: (origin) =>
      new Avatars(openDriver(`file:${directory}`, { baseUrl: `${origin}/objects`, secrets: SECRETS })),
    balance: exampleBalancer,
    env: (origin) => ({ BUCKET_URL: `file:${directory}`, BUCKET_PUBLIC_URL: `${origin}/objects` }),
    // Put away, and back to where nobody made a new one.
    withoutBucket: async (work) => {
      const away = `${directory}-away`
      await rename(directory, away)
      try {
        await work()
      } finally {
        await rename(away, directory)
      }
    },
    close: async () => {
      await store.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

describeAvatarJourneys('on the disk driver', openDiskGround)
describePlainJourneys('on the disk driver', openDiskGround)
