import { conformanceClauses, type Departure } from '../../src/testing/index.js'

const inMemory = 'what is in memory has no address'

export const memoryDepartures: readonly Departure[] = [
  { capability: 'public-url', reason: inMemory },
  { capability: 'signed-url', reason: inMemory },
  { capability: 'presigned-post', reason: inMemory },
  { capability: 'presigned-redirect', reason: inMemory },
  { capability: 'presigned-put', reason: inMemory },
  { capability: 'presigned-create', reason: inMemory },
  { capability: 'presigned-part', reason: inMemory },
]

const served = 'served by diskObjects() of the express package, whose tests hold this clause over HTTP'

export const diskDepartures: readonly Departure[] = [
  { capability: 'key-beside-prefix', reason: 'a path is a file or a folder, never both' },
  { capability: 'long-key-segment', reason: 'a file name has at most 255 bytes' },
  { capability: 'signed-url', reason: served },
  { capability: 'presigned-post', reason: served },
  { capability: 'presigned-redirect', reason: served },
  { capability: 'presigned-put', reason: served },
  { capability: 'presigned-create', reason: served },
  { capability: 'presigned-part', reason: served },
]

export const cephDepartures: readonly Departure[] = [
  {
    capability: 'multipart-subset',
    reason: 'CompleteMultipartUpload wants every part that was uploaded to be named (measured)',
    shows: 'difference',
  },
  {
    capability: 'conditional-multipart',
    reason: 'CompleteMultipartUpload ignores conditions, so the driver refuses the mode before any part is sent',
  },
  {
    capability: 'conditional-delete',
    reason: 'DeleteObject ignores conditions (measured), so the driver refuses them',
  },
]

/** `TEST_BUCKET_DEPARTURES=multipart-subset=difference,conditional-multipart`: what the service is known not to do. */
export function declaredDepartures(): Departure[] {
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
