import { type BucketStore, type SweepMode, type SweepOptions, type SweepReport, sweep } from '@bucket-brigade/core'
import { isOwnUpload, UPLOADS } from './upload-key.js'
import { checkSession, type DirectUploadsOptions } from './upload-options.js'

/** What counts as left behind, and whom to tell. */
export interface SweepUploadsOptions extends SweepOptions, Pick<DirectUploadsOptions, 'sessionSeconds'> {}

/**
 * Finds, and with `delete` removes, what `directUploads` has left below `tmp/uploads/`: files that nobody copied away, and
 * uploads in parts that nobody finished, once no token can lead to them any more. Safe beside everything else.
 *
 * Only for keys of the router itself: where `keyFor` puts files elsewhere, they are the application's.
 *
 * @param options `sessionSeconds` is that of the servers, the longest of them
 * @throws TypeError where `sessionSeconds` is out of range; StoreError
 */
export async function sweepUploads(
  store: BucketStore,
  mode: SweepMode,
  options: SweepUploadsOptions = {},
): Promise<SweepReport> {
  const where = { prefix: UPLOADS, neededSeconds: checkSession(options.sessionSeconds) }
  const isLeft = ({ key }: { readonly key: string }) => isOwnUpload(key)
  const places = [
    { kind: 'temporary', of: 'objects', ...where, isLeft },
    { kind: 'unfinished-upload', of: 'unfinished-uploads', ...where, isLeft },
  ] as const
  return sweep(store, { places }, mode, options)
}
