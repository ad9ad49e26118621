import type { BucketStore } from '@bucket-brigade/core'
import { fetchPicture } from '../journeys/avatar-journeys.js'
import type { AcknowledgedSave } from './flows.js'
import { inTurns } from './in-turns.js'
import { expectCropped } from './storm-pictures.js'

const LOOKED_AT_ONCE = 8

export async function keysOf(store: BucketStore, prefix = ''): Promise<readonly string[]> {
  return (await store.list(prefix).toArray()).map(({ key }) => key).sort()
}

/**
 * Fetches every picture of every save by its address, as anybody sees it, and looks at its pixels.
 *
 * @param sizesOf The addresses of a save as they are now; those of its answer may have expired.
 */
export async function expectSavedPictures(
  saved: readonly AcknowledgedSave[],
  sizesOf: (save: AcknowledgedSave) => Readonly<Record<string, string>> = ({ sizes }) => sizes,
): Promise<number> {
  const pictures = saved.flatMap((save) => Object.entries(sizesOf(save)).map(([edge, url]) => ({ save, edge, url })))
  await inTurns(pictures, LOOKED_AT_ONCE, async ({ save, edge, url }) => {
    const { plan, avatarId } = save
    const told = `flow ${plan.number}, ${plan.user}, avatar ${avatarId}, edge ${edge}`
    await expectCropped(await fetchPicture(url), Number(edge), plan.picture, plan.crop, told)
  })
  return pictures.length
}
