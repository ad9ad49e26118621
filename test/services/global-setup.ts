import type { TestProject } from 'vitest/node'
import { type CephCluster, startCeph } from './ceph.js'
import { debianBinary } from './debian-binary.js'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The Ceph cluster of this run: `inject('ceph')`. */
    ceph: CephCluster
  }
}

/** Starts what every service test shares, once per run. A missing program fails the run; nothing is skipped. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  for (const program of [
    'ceph-mon',
    'ceph-osd',
    'ceph-mgr',
    'radosgw',
    'radosgw-admin',
    'nginx',
    'chromium',
    'aws',
    's3cmd',
    'rclone',
  ]) {
    debianBinary(program)
  }
  const { cluster, stop } = await startCeph()
  project.provide('ceph', cluster)
  return stop
}
