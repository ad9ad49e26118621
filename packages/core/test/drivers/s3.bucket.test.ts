import { describe, it } from 'vitest'
import { emptyAndClose, givenBucketUrl, newPrefix } from '../../../../test/services/given-bucket.js'
import { BucketStore } from '../../src/bucket-store.js'
import type { StorageDriver } from '../../src/driver.js'
import { openDriver } from '../../src/open-driver.js'
import { conformanceClauses, type Departure, describeConformance } from '../../src/testing/index.js'

class GivenBucket extends BucketStore {
  readonly bucket: string

  constructor(
    driver: StorageDriver,
    override readonly prefix: string,
  ) {
    super(driver)
    this.bucket = driver.bucket ?? ''
  }
}

/** `TEST_BUCKET_DEPARTURES=multipart-subset=difference,conditional-multipart`: what the service is known not to do. */
function declaredDepartures(): Departure[] {
  const declared = (process.env.TEST_BUCKET_DEPARTURES ?? '').split(',').filter((word) => word.trim() !== '')
  return declared.map((word) => {
    const [name, shows = 'unsupported'] = word.trim().split('=')
    const capability = conformanceClauses().find((clause) => clause.capability === name)?.capability
    if (!capability || (shows !== 'unsupported' && shows !== 'difference')) {
      throw new Error(`expected TEST_BUCKET_DEPARTURES to hold capability or capability=difference; received "${word}"`)
    }
    return { capability, shows, reason: 'declared in TEST_BUCKET_DEPARTURES' }
  })
}

describeConformance(
  { describe, it: it.concurrent },
  {
    name: 'the bucket of TEST_BUCKET_URL',
    fetch,
    departures: declaredDepartures(),
    open: async () => {
      const prefix = newPrefix()
      const [driver, peer] = [openDriver(givenBucketUrl()), openDriver(givenBucketUrl())]
      const store = new GivenBucket(driver, prefix)
      const close = async (): Promise<void> => {
        await peer.close()
        await emptyAndClose(store)
      }
      return { driver, peer, bucket: store.bucket, prefix, close }
    },
  },
)
