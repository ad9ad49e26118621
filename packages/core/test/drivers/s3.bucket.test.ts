import { describe, it } from 'vitest'
import { emptyAndClose, givenBucketUrl, newPrefix } from '../../../../test/services/given-bucket.js'
import type { StorageDriver } from '../../src/contract/driver.js'
import { openDriver } from '../../src/open-driver.js'
import { BucketStore } from '../../src/store/bucket-store.js'
import { describeConformance } from '../../src/testing/index.js'
import { declaredDepartures } from './departures.js'

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
