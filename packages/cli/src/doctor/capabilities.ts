import { type ProbeFinding, type ProbeReport, probeCapabilities, StoreError } from '@bucket-brigade/core'
import { messageOf } from '../errors.js'
import { BeyondReach, type Finding, fail, note, ok } from './finding.js'
import type { Patient } from './patient.js'

/** What the probe finds, in the words of this page. */
interface Row {
  readonly name: Exclude<keyof ProbeReport, 'leftovers' | 'cors' | 'lifecycle' | 'acl'>
  readonly check: string
  /** Why it matters. A row without is only to be known. */
  readonly why?: string
}

const ROWS: readonly Row[] = [
  { name: 'clock', check: 'clock', why: 'signed addresses, tokens and sweeps go by the clocks' },
  {
    name: 'createIfAbsent',
    check: 'create-if-absent',
    why: 'two servers could write the same object, and the slower one would replace what the faster one acknowledged',
  },
  { name: 'ifMatch', check: 'if-match', why: 'of two saves of one user at the same time, one could be lost' },
  { name: 'listOrder', check: 'list-order', why: 'sweeps and resumed copies rely on complete listings in order' },
  { name: 'delete', check: 'delete' },
  { name: 'conditionalDelete', check: 'conditional-delete' },
  { name: 'conditionalMultipart', check: 'conditional-multipart' },
]

/**
 * Tries what the application relies on, with a few objects below `tmp/probe/`.
 *
 * @throws BeyondReach where nothing can be written
 */
export async function checkCapabilities(patient: Patient): Promise<readonly Finding[]> {
  const report = await probe(patient)
  const rows = ROWS.map(({ name, check, why }) => findingOf(check, report[name], why))
  const uploads = [
    uploadFinding('post-policy', report, 'presignedPost'),
    uploadFinding('presigned-put', report, 'presignedPut'),
  ]
  const left = report.leftovers.length
  const remains =
    left === 0 ? [] : [note('leftovers', `${left} objects of the probe stay below tmp/probe/`, 'brigade policy')]
  return [...rows, aclFinding(patient, report.acl), ...uploads, ...remains]
}

async function probe(patient: Patient): Promise<ProbeReport> {
  const { bucket, fetch, signal } = patient
  try {
    return await probeCapabilities(bucket.store, { fetch, signal })
  } catch (error) {
    if (!StoreError.is(error, 'permission-denied', 'acl-unsupported', 'unsupported', 'invalid-argument')) throw error
    const why = 'no server can store anything in this bucket'
    throw new BeyondReach(fail('write', messageOf(error), why, await cureOf(patient)))
  }
}

/** Ceph RGW 16 refuses every write once public lists are blocked, and says no more than that it is denied. */
async function cureOf({ bucket, signal }: Patient): Promise<string> {
  const access = await bucket.store.settings.publicAccess({ signal }).catch(() => undefined)
  const rights = 'put the policy that `brigade policy` prints on the user or role'
  if (access === undefined || access === 'open') return rights
  return `${rights}; where that is so already, the service refuses writes because public access is blocked: brigade bucket create … --access open`
}

function findingOf(check: string, { outcome, detail, cure }: ProbeFinding, why: string | undefined): Finding {
  if (outcome === 'honoured') return ok(check, detail)
  if (outcome === 'untested' || why === undefined) return note(check, detail, cure)
  return fail(check, detail, why, cure ?? 'use a service that does it')
}

/** A store without a list sends none, so that it matters not whether one would be taken; but what is private must be. */
function aclFinding({ bucket }: Patient, { outcome, detail, cure }: ProbeFinding): Finding {
  const { acl } = bucket.store
  if (outcome === 'honoured') return ok('acl', detail)
  if (outcome === 'untested') return note('acl', detail)
  if (outcome === 'ignored' && acl !== 'public-read') {
    return fail('acl', detail, 'originals and state would be open to everybody', cure ?? "narrow the bucket's policy")
  }
  if (acl === undefined) return ok('acl', 'lists are refused, and none is sent')
  return fail('acl', detail, `the store sends the list "${acl}" with what it saves`, cure ?? 'leave `acl` unset')
}

/** One of the two ways suffices: the cropper takes a PUT where there are no forms. */
function uploadFinding(check: string, report: ProbeReport, name: 'presignedPost' | 'presignedPut'): Finding {
  const { outcome, detail, cure } = report[name]
  if (outcome === 'honoured') return ok(check, detail)
  const other = report[name === 'presignedPost' ? 'presignedPut' : 'presignedPost'].outcome
  const isUnsafe = outcome === 'ignored'
  if (!canBeMade(detail)) return note(check, detail)
  if (outcome === 'untested' || (!isUnsafe && other === 'honoured')) return note(check, detail, cure)
  const why = isUnsafe
    ? 'whoever holds an address for a small picture could store something larger'
    : 'pages cannot upload straight to the bucket'
  return fail(check, detail, why, cure ?? 'send uploads through the servers')
}

/** The driver has no addresses at all: a laptop, a test. */
function canBeMade(detail: string): boolean {
  return !detail.startsWith('it cannot be made')
}
