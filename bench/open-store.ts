import { BucketStore, openDriver } from '@bucket-brigade/core'
import type { CephCluster } from '../test/services/ceph.js'

/** The bucket as an application holds it. */
export function openStore({ credentials, endpoints, region }: CephCluster, name: string): BucketStore {
  class Files extends BucketStore {
    readonly bucket = name
  }
  const address = new URLSearchParams({ endpoint: endpoints[0], region })
  return new Files(openDriver(`s3://${name}?${address}`, { credentials }))
}
