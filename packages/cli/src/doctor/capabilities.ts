import { type ProbeFinding, type ProbeReport, probeCapabilities, StoreError } from '@bucket-brigade/core'
import { messageOf } from '../errors.js'
import { countText } from '../output/quantities.js'
import { BeyondReach, type Finding, fail, note, ok } from './finding.js'
import { narrowing } from './openness.js'
import { hasAddresses, type Patient } from './patient.js'

/** What the probe finds, in the words of this page. */
interface Row {
  readonly name: Exclude<keyof ProbeReport, 'leftovers' | 'cors' | 'lifecycle' | 'acl'>
  readonly check: string
  /** Why it matters. A row without is only to be known. */
  readonly why?: string
  /** In other words than those of the probe. */
  readonly cure?: string
}

const ROWS: readonly Row[] = [
  {
    name: 'clock',
    check: 'clock',
    why: 'signed addresses, tokens and sweeps go by the clocks',
    cure: 'set the clocks of the servers and of the service by NTP',
  },
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
  const rows = ROWS.map((row) => findingOf(row, report[row.name]))
  const uploads = [
    uploadFinding(patient, 'post-policy', report, 'presignedPost'),
    uploadFinding(patient, 'presigned-put', report, 'presignedPut'),
  ]
  return [...rows, aclFinding(patient, report.acl), ...uploads, ...remains(patient, report)]
}

/** The probe's own objects, where it may not delete. */
function remains({ remedies }: Patient, { leftovers }: ProbeReport): readonly Finding[] {
  if (leftovers.length === 0) return []
  const saw = `${countText(leftovers.length, 'object')} of the probe stay below tmp/probe/`
  const cure = 'grant the rights that this prints; a lifecycle rule for tmp/ removes them'
  return [note('leftovers', saw, cure, remedies.brigade('policy'))]
}

async function probe(patient: Patient): Promise<ProbeReport> {
  const { bucket, fetch, signal } = patient
  try {
    return await probeCapabilities(bucket.store, { fetch, signal })
  } catch (error) {
    if (!StoreError.is(error, 'permission-denied', 'acl-unsupported', 'unsupported', 'invalid-argument')) throw error
    throw new BeyondReach(await refusedWrite(patient, messageOf(error)))
  }
}

/** Ceph RGW 16 refuses every write once public lists are blocked, and says no more than that it is denied. */
async function refusedWrite({ bucket, remedies, signal }: Patient, saw: string): Promise<Finding> {
  const why = 'no server can store anything in this bucket'
  const access = await bucket.store.settings.publicAccess({ signal }).catch(() => undefined)
  if (access === undefined || access === 'open') {
    return fail('write', saw, why, 'put the policy that this prints on the user or role', remedies.brigade('policy'))
  }
  const cure =
    'where the user or role has the rights of `brigade policy`, this service refuses writes because public access is blocked: take the block away'
  return fail('write', saw, why, cure, remedies.brigade('bucket create', '--access', 'open'))
}

function findingOf({ check, why, cure: better }: Row, { outcome, detail, cure = better }: ProbeFinding): Finding {
  if (outcome === 'honoured') return ok(check, detail)
  if (outcome === 'untested' || why === undefined) return note(check, detail, cure)
  return fail(check, detail, why, better ?? cure ?? 'use a service that does it')
}

/** A store without a list sends none, so that it matters not whether one would be taken; but what is private must be. */
function aclFinding(patient: Patient, { outcome, detail, cure }: ProbeFinding): Finding {
  const { acl } = patient.bucket.store
  if (outcome === 'honoured') return ok('acl', detail)
  if (outcome === 'untested') return note('acl', untried(patient) ?? detail)
  if (outcome === 'ignored' && acl !== 'public-read') {
    return fail('acl', detail, 'originals and state would be open to everybody', ...narrowing(patient))
  }
  if (acl === undefined) return ok('acl', 'lists are refused, and none is sent')
  return fail('acl', detail, `the store sends the list "${acl}" with what it saves`, cure ?? 'leave `acl` unset')
}

/** One of the two ways suffices: the cropper takes a PUT where there are no forms. */
function uploadFinding(
  patient: Patient,
  check: string,
  report: ProbeReport,
  name: 'presignedPost' | 'presignedPut',
): Finding {
  const { outcome, detail, cure } = report[name]
  if (outcome === 'honoured') return ok(check, detail)
  const without = untried(patient)
  if (without !== undefined) return note(check, without)
  const hasOther = report[name === 'presignedPost' ? 'presignedPut' : 'presignedPost'].outcome === 'honoured'
  const isUnsafe = outcome === 'ignored'
  if (outcome === 'untested' || (!isUnsafe && hasOther)) return note(check, detail, cure)
  const why = isUnsafe
    ? 'whoever holds an address for a small picture could store something larger'
    : 'pages cannot upload straight to the bucket'
  return fail(check, detail, why, 'send uploads through the servers')
}

/** Nobody outside can ask for what has no address: a folder that nobody serves, the memory of a process. */
function untried(patient: Patient): string | undefined {
  return hasAddresses(patient) ? undefined : 'not tried, as objects have no addresses here'
}
