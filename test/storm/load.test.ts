import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BucketStore, openDriver } from '@bucket-brigade/core'
import { expect, it, onTestFinished } from 'vitest'
import { exampleBalancer } from '../journeys/example-balancer.js'
import { Fleet } from '../journeys/fleet.js'
import { planFlows } from './flow-plans.js'
import { type AcknowledgedSave, type FlowCounts, runFlows } from './flows.js'
import { expectSavedPictures, keysOf } from './saved-pictures.js'
import { stormPictures } from './storm-pictures.js'

class Avatars extends BucketStore {
  readonly bucket = 'avatars'
}

const FLOWS = 200

it(`${FLOWS} people at once save what they see, over three servers, and the bucket holds just that`, {
  retry: 0,
  timeout: 480_000,
}, async () => {
  const directory = await mkdtemp(join(tmpdir(), 'brigade-load-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  const store = new Avatars(openDriver(`file:${directory}`))
  const fleet = await Fleet.start({
    balance: exampleBalancer,
    env: (origin) => ({
      BUCKET_URL: `file:${directory}`,
      BUCKET_PUBLIC_URL: `${origin}/objects`,
      RENDER_WAIT_SECONDS: '10',
    }),
  })
  onTestFinished(() => fleet.stop())
  const plans = planFlows(FLOWS, await stormPictures(), { seed: 4, hasty: 0.1, leaving: 0 })
  const counts = await runFlows(fleet.origin, plans, { atOnce: FLOWS })
  expect({ failed: counts.failed, left: counts.left, saved: counts.saved.length }).toEqual({
    failed: [],
    left: 0,
    saved: FLOWS,
  })
  expectOnlyHonestRefusals(counts)
  expect(await keysOf(store)).toEqual(expectedKeys(counts.saved))
  await expectSavedPictures(counts.saved)
  expect([await fleet.leftovers(), fleet.servers.flatMap(({ ownEnds }) => ownEnds)]).toEqual([[], []])
})

/** A server that is full says so, and when to come again; nothing else went wrong. */
function expectOnlyHonestRefusals({ repeated }: FlowCounts): void {
  const others = Object.keys(repeated).filter((reason) => !/^(upload|crop|save) 503 overloaded$/.test(reason))
  expect(others).toEqual([])
}

function expectedKeys(saved: readonly AcknowledgedSave[]): readonly string[] {
  const keys = saved.flatMap(({ plan: { user, picture }, avatarId, sizes, temporaryPaths }) => [
    `state/avatars/${user}/avatar.json`,
    ...Object.keys(sizes).map((edge) => `uploads/users/${user}/${avatarId}-${edge}.${picture.extension}`),
    ...temporaryPaths.map((path) => path.slice(1)),
  ])
  return [...new Set(keys)].sort()
}
