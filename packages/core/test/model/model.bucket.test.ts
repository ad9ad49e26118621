import { describe, it, onTestFinished } from 'vitest'
import { emptyAndClose, givenBucketUrl, newPrefix } from '../../../../test/services/given-bucket.js'
import { openDriver } from '../../src/open-driver.js'
import { declaredDepartures } from '../drivers/departures.js'
import { compareWithModel, Modelled } from './compare-with-model.js'

describe('whatever is done in any order does what the model does', () => {
  it('in the bucket of TEST_BUCKET_URL, between two servers', async () => {
    const isRefused = declaredDepartures().some(({ capability }) => capability === 'conditional-delete')
    await compareWithModel(
      async () => {
        const prefix = newPrefix()
        const open = (): Modelled => {
          const driver = openDriver(givenBucketUrl())
          const store = new Modelled(driver, driver.bucket ?? '', prefix)
          onTestFinished(() => emptyAndClose(store))
          return store
        }
        return [open(), open()]
      },
      { numRuns: 10, conditionalDelete: isRefused ? 'unsupported' : 'heeded' },
    )
  })
})
