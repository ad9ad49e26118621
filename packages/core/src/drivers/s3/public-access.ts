import type { Cancellable } from '../../contract/driver.js'
import type { ObjectOwnership, PublicAccess } from '../../contract/settings-driver.js'
import { DriverError } from '../../errors.js'
import { mayPretend, readSettings, writeSettings } from './bucket-calls.js'
import type { S3Connection } from './s3-connection.js'

const NO_BLOCK = 'this service has no public access block: its access control lists and bucket policies alone decide'
const NO_OWNERSHIP = 'this service has no object ownership: the probe tells whether it takes access control lists'

/** The four switches: new public lists, old ones, new public policies, old ones. */
const SWITCHES: Readonly<Record<Exclude<PublicAccess, 'mixed'>, readonly [boolean, boolean, boolean, boolean]>> = {
  blocked: [true, true, true, true],
  'policy-only': [true, true, false, false],
  open: [false, false, false, false],
}

const OWNERSHIP: Readonly<Record<string, ObjectOwnership>> = {
  BucketOwnerEnforced: 'acls-disabled',
  BucketOwnerPreferred: 'bucket-owner-preferred',
  ObjectWriter: 'object-writer',
}

export async function readPublicAccess(
  connection: S3Connection,
  bucket: string,
  { signal }: Cancellable,
): Promise<PublicAccess | undefined> {
  const call = { unset: 'NoSuchPublicAccessBlockConfiguration', missing: NO_BLOCK, signal }
  const answer = await readSettings(connection, (sdk) => new sdk.GetPublicAccessBlockCommand({ Bucket: bucket }), call)
  if (!answer) return undefined
  const block = answer.PublicAccessBlockConfiguration ?? {}
  const { BlockPublicAcls, IgnorePublicAcls, BlockPublicPolicy, RestrictPublicBuckets } = block
  const switches = [BlockPublicAcls, IgnorePublicAcls, BlockPublicPolicy, RestrictPublicBuckets]
  // A service that does not know the call took it for another one.
  if (switches.every((one) => one === undefined)) throw new DriverError('unsupported', NO_BLOCK)
  const found = switches.map(Boolean).join()
  const known = (['blocked', 'policy-only', 'open'] as const).find((access) => SWITCHES[access].join() === found)
  return known ?? 'mixed'
}

export async function writePublicAccess(
  connection: S3Connection,
  bucket: string,
  access: Exclude<PublicAccess, 'mixed'>,
  { signal }: Cancellable,
): Promise<void> {
  const [BlockPublicAcls, IgnorePublicAcls, BlockPublicPolicy, RestrictPublicBuckets] = SWITCHES[access]
  const PublicAccessBlockConfiguration = { BlockPublicAcls, IgnorePublicAcls, BlockPublicPolicy, RestrictPublicBuckets }
  const input = { Bucket: bucket, PublicAccessBlockConfiguration }
  await writeSettings(connection, (sdk) => new sdk.PutPublicAccessBlockCommand(input), { missing: NO_BLOCK, signal })
  if (!(await mayPretend(connection)) || (await readPublicAccess(connection, bucket, { signal })) === access) return
  throw new DriverError('unsupported', NO_BLOCK)
}

export async function readOwnership(
  connection: S3Connection,
  bucket: string,
  { signal }: Cancellable,
): Promise<ObjectOwnership | undefined> {
  const answer = await readSettings(
    connection,
    (sdk) => new sdk.GetBucketOwnershipControlsCommand({ Bucket: bucket }),
    { unset: 'OwnershipControlsNotFoundError', missing: NO_OWNERSHIP, signal },
  )
  if (!answer) return undefined
  const rule = answer.OwnershipControls?.Rules?.[0]?.ObjectOwnership
  const known = rule === undefined ? undefined : OWNERSHIP[rule]
  if (known) return known
  throw new DriverError('unsupported', NO_OWNERSHIP)
}
