import { describe, inject, it, vi } from 'vitest'
import { createBucket } from '../../../../test/services/buckets.js'
import type { CephCluster } from '../../../../test/services/ceph.js'
import { S3Driver } from '../../src/drivers/s3/index.js'
import { describeConformance } from '../../src/testing/index.js'
import { cephDepartures as departures } from './departures.js'

// Several run side by side, each of many requests.
vi.setConfig({ testTimeout: 600_000 })

describeConformance(
  { describe, it: it.concurrent },
  {
    name: 'S3 on Ceph RGW 16.2',
    fetch,
    open: async () => {
      const cluster = inject('ceph')
      const bucket = await createBucket(cluster)
      const [driver, peer] = cluster.endpoints.map((endpoint) => driverAt(cluster, endpoint)) as [S3Driver, S3Driver]
      const close = async (): Promise<void> => {
        await Promise.all([driver.close(), peer.close()])
      }
      return { driver, peer, bucket, close }
    },
    departures,
  },
)

function driverAt({ region, credentials }: CephCluster, endpoint: string): S3Driver {
  return new S3Driver({ endpoint, region, credentials })
}
