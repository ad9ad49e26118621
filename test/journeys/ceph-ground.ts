import { BucketStore, openDriver, type StorageDriver } from '@bucket-brigade/core'
import { expect } from 'vitest'
import { createBucket, openToPublic } from '../services/buckets.js'
import type { CephCluster, S3Credentials } from '../services/ceph.js'
import { startBalancer } from '../services/nginx.js'
import { startRecorder } from '../services/recorder.js'
import type { Ground } from './avatar-journeys.js'
import type { Environment } from './fleet.js'

class Avatars extends BucketStore {
  constructor(
    driver: StorageDriver,
    readonly bucket: string,
  ) {
    super(driver)
  }
}

export interface CephGround extends Ground {
  readonly bucket: string
}

/** A new bucket on Ceph whose final avatars anybody may read, for servers behind nginx. */
export async function openCephGround(cluster: CephCluster): Promise<CephGround> {
  const recorder = await startRecorder(cluster.endpoints[0])
  const bucket = await createBucket(cluster)
  await openToPublic(cluster, bucket, ['uploads/'])
  const { accessKeyId, secretAccessKey } = cluster.credentials
  const driver = openDriver(bucketUrl(cluster, bucket, cluster.endpoints[1]), {
    credentials: { accessKeyId, secretAccessKey },
  })
  const store = new Avatars(driver, bucket)
  return {
    bucket,
    store,
    balance: startBalancer,
    env: () => serverEnvironment(bucketUrl(cluster, bucket, recorder.url), cluster.credentials),
    withoutBucket: async (work) => {
      const before = recorder.requests.length
      await work()
      expect(recorder.requests.slice(before)).toEqual([])
    },
    close: async () => {
      await store.close()
      await recorder.close()
    },
  }
}

/** A machine that stands still for a while is no service that fell silent. */
const PATIENCE = { connectTimeoutInSeconds: '60', stallTimeoutInSeconds: '60' }

export function bucketUrl(cluster: CephCluster, bucket: string, endpoint: string): string {
  const query = new URLSearchParams({ endpoint, region: cluster.region, ...PATIENCE })
  return `s3://${bucket}?${query}`
}

export function serverEnvironment(url: string, credentials: S3Credentials): Environment {
  return {
    BUCKET_URL: url,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  }
}
