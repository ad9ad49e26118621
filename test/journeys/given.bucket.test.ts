import { BucketStore, openDriver } from '@bucket-brigade/core'
import { emptyAndClose, givenBucketUrl, newPrefix } from '../services/given-bucket.js'
import { describeAvatarJourneys } from './avatar-journeys.js'
import { exampleBalancer } from './example-balancer.js'

describeAvatarJourneys('in the bucket of TEST_BUCKET_URL', async () => {
  const prefix = newPrefix()
  const driver = openDriver(givenBucketUrl())
  const store = new (class extends BucketStore {
    readonly bucket = driver.bucket ?? ''
    override readonly prefix = prefix
  })(driver)
  const inherited = Object.entries(process.env).filter(([name]) => /^(AWS_|HOME$)/.test(name))
  return {
    store,
    balance: exampleBalancer,
    env: () => ({ ...Object.fromEntries(inherited), BUCKET_URL: givenBucketUrl(), BUCKET_PREFIX: prefix }),
    // Nobody can take somebody's service away: here the answers count alone.
    withoutBucket: (work) => work(),
    close: () => emptyAndClose(store),
  }
})
