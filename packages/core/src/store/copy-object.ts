import type { Acl, CopiedObject, DriverCopyOptions, ObjectLocation } from '../contract/driver.js'
import { DriverError, show } from '../errors.js'
import { checkAttributes } from '../values/attribute-checks.js'
import { checkEtag } from '../values/option-checks.js'
import type { DriverCalls } from './driver-calls.js'
import type { CopyOptions } from './options.js'

/** Completes and checks the options of a copy. */
export function copyPlan(options: CopyOptions, acl: Acl | undefined): DriverCopyOptions {
  return {
    attributes: options.attributes && checkAttributes(options.attributes),
    acl,
    sourceIfMatch: checkEtag('sourceIfMatch', options.sourceIfMatch),
    signal: options.signal,
  }
}

export async function copyObject(
  calls: DriverCalls,
  from: ObjectLocation,
  to: ObjectLocation,
  plan: DriverCopyOptions,
): Promise<CopiedObject> {
  const subject = { operation: 'copy', key: from.key, signal: plan.signal }
  const { etag } = await calls.run(subject, (driver) => driver.copy(from, to, plan))
  return { key: to.key, etag }
}

/** Copies one version, and removes that version only. */
export async function moveObject(
  calls: DriverCalls,
  from: ObjectLocation,
  to: ObjectLocation,
  plan: DriverCopyOptions,
): Promise<CopiedObject> {
  if (from.key === to.key) {
    throw new DriverError('invalid-argument', `expected two keys to move between; received ${show(from.key)} twice`)
  }
  const { signal, sourceIfMatch = await etagOf(calls, from, plan) } = plan
  const moved = await copyObject(calls, from, to, { ...plan, sourceIfMatch })
  await deleteVersion(calls, from, sourceIfMatch, signal)
  return moved
}

async function etagOf(
  calls: DriverCalls,
  { bucket, key }: ObjectLocation,
  { signal }: DriverCopyOptions,
): Promise<string> {
  const head = await calls.run({ operation: 'head', key, signal }, (driver) => driver.head({ bucket, key }, { signal }))
  return head.etag
}

/** Where the service knows no condition here, the object is looked at just before: a moment remains, but no more. */
export async function deleteVersion(
  calls: DriverCalls,
  at: ObjectLocation,
  ifMatch: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  await calls.run({ operation: 'delete', key: at.key, signal }, async (driver) => {
    try {
      await driver.delete(at, { ifMatch, signal })
    } catch (error) {
      if (calls.codeOf(error) !== 'unsupported') throw error
      await driver.head(at, { ifMatch, signal })
      await driver.delete(at, { signal })
    }
  })
}
