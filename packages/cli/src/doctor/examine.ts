import { StoreError } from '@bucket-brigade/core'
import { messageOf } from '../errors.js'
import { checkOwnership, checkPublicAccess } from './access.js'
import { checkCapabilities } from './capabilities.js'
import { BeyondReach, type Finding, fail } from './finding.js'
import type { Patient } from './patient.js'
import { checkReach, checkRegion, checkRoundTrip } from './reach.js'
import { checkCors, checkLifecycle } from './rules.js'
import { checkStrangers } from './strangers.js'

type Check = (patient: Patient) => Promise<Finding | readonly Finding[]>

/** In the order in which one thing needs another. */
const CHECKS: readonly Check[] = [
  checkReach,
  checkRoundTrip,
  checkRegion,
  checkOwnership,
  checkPublicAccess,
  checkCapabilities,
  checkLifecycle,
  checkCors,
  checkStrangers,
]

/**
 * Looks at everything, and tells each finding as soon as it is there. Ends where nothing more can be found out.
 *
 * @returns False where the bucket cannot be worked with at all.
 */
export async function examine(patient: Patient, tell: (finding: Finding) => Promise<void>): Promise<boolean> {
  try {
    for (const check of CHECKS) for (const finding of [await check(patient)].flat()) await tell(finding)
    return true
  } catch (error) {
    patient.signal.throwIfAborted()
    await tell(endOf(error))
    return false
  }
}

function endOf(error: unknown): Finding {
  if (error instanceof BeyondReach) return error.finding
  if (!StoreError.is(error)) throw error
  return fail(
    'service',
    messageOf(error),
    'what comes after this could not be looked at',
    'run it again; if it stays so, see docs/services.md',
  )
}
