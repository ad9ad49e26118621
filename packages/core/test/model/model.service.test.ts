import { describe, inject, it, onTestFinished } from 'vitest'
import { createBucket } from '../../../../test/services/buckets.js'
import { S3Driver } from '../../src/drivers/s3/index.js'
import { compareWithModel, Modelled } from './compare-with-model.js'

describe('whatever is done in any order does what the model does', () => {
  it('on Ceph, through two gateways', { timeout: 600_000 }, async () => {
    const { endpoints, region, credentials } = inject('ceph')
    const bucket = await createBucket(inject('ceph'))
    const drivers = endpoints.map((endpoint) => new S3Driver({ endpoint, region, credentials }))
    onTestFinished(async () => {
      await Promise.all(drivers.map((driver) => driver.close()))
    })
    let runs = 0
    await compareWithModel(
      async () => {
        const prefix = `run-${runs++}/`
        const [one, two] = drivers.map((driver) => new Modelled(driver, bucket, prefix))
        return [one as Modelled, two as Modelled]
      },
      { numRuns: 30, conditionalDelete: 'unsupported' },
    )
  })
})
