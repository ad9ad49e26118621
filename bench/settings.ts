import type { CephCluster } from '../test/services/ceph.js'
import { endWithParent } from './end-with-parent.js'

/** What run.ts tells every bench on its command line. */
export interface BenchSettings {
  /** The cluster that all benches of a run share. */
  readonly cluster: CephCluster
  /** `quick` is for a first look, `full` for figures that are quoted. */
  readonly length: 'quick' | 'full'
}

/** What this process was told; it ends with whoever told it. */
export function benchSettings(): BenchSettings {
  const [told] = process.argv.slice(2)
  if (told === undefined) throw new Error('expected to be started by "npm run bench"')
  endWithParent()
  return JSON.parse(told) as BenchSettings
}
