import { randomBytes } from 'node:crypto'
import {
  expiryRules,
  type PublicAccess,
  type SettingsChange,
  StoreError,
  setBrowserAccess,
  setTemporaryExpiry,
  type TemporaryExpiryOptions,
} from '@bucket-brigade/core'
import type { Bucket } from '../buckets/buckets.js'
import type { Command, Task } from '../command.js'
import { EXIT } from '../exit-code.js'
import { withoutPlace } from '../output/without-place.js'
import { checkBucketName } from '../policies/bucket-name.js'
import { originOption, originsOf } from '../policies/origins.js'
import { expiryOf, expiryOptions } from './lifecycle.js'

type Access = Exclude<PublicAccess, 'mixed'>

const NAME_WIDTH = 13
const ACCESS: readonly Access[] = ['blocked', 'policy-only', 'open']

export const bucketCreate: Command = {
  name: 'bucket create',
  summary: 'makes a bucket and sets it up; run again, it changes nothing',
  details:
    'A new bucket is closed to the public unless --access says otherwise; one that is there keeps what it has. Rules of others stay.',
  arguments: [{ name: '[bucket-url]', text: 'such as s3://my-avatars?region=eu-central-1 (default: BUCKET_URL)' }],
  options: [
    {
      flags: '--access <access>',
      text: 'what the public may be given: blocked, policy-only (what a bucket policy opens) or open (lists too)',
    },
    originOption,
    ...expiryOptions,
  ],
  examples: [
    'brigade bucket create "s3://pics?region=eu-west-1" --origin https://a.example',
    'brigade bucket create "s3://pics?region=eu-west-1" --access policy-only',
  ],
  run: async (task) => {
    const { input, buckets, output, signal } = task
    const bucket = await buckets.main(input.words[0])
    if (bucket.kind === 's3') checkBucketName(bucket.name)
    const [access, origins, expiry] = [input.choice('access', ACCESS), originsOf(input), expiryOf(input)]
    const created = await bucket.store.settings.create({ signal })
    await output.result(
      { step: 'bucket', outcome: created },
      `bucket         ${created === 'created' ? 'created' : 'there already'}`,
    )
    const wanted = access ?? (created === 'created' ? 'blocked' : undefined)
    if (wanted) await setAccess(task, bucket, wanted)
    await step(task, 'lifecycle', () => setExpiry(bucket, { ...expiry, signal }))
    if (origins.length > 0) {
      await step(task, 'cors', async () => (await setBrowserAccess(bucket.store, origins, { signal })).outcome)
    }
    return EXIT.ok
  },
}

/** A rule that is there stays as somebody made it, unless this says otherwise. */
async function setExpiry({ store }: Bucket, options: TemporaryExpiryOptions): Promise<SettingsChange> {
  const { afterDays, unfinishedAfterDays, signal } = options
  if (afterDays === undefined && unfinishedAfterDays === undefined) {
    const [{ id: own } = {}] = expiryRules(store.prefix)
    const there = await store.settings.lifecycleRules({ signal })
    if (there.some(({ id }) => id === own)) return 'unchanged'
  }
  return (await setTemporaryExpiry(store, options)).outcome
}

/** Ceph RGW 16 refuses every write, the owner's too, once public lists are blocked: then the block is taken away again. */
async function setAccess(task: Task, { store }: Bucket, access: Access): Promise<void> {
  const { output, signal } = task
  const couldWrite = await canWrite(store, signal)
  await step(task, 'public access', () => store.settings.setPublicAccess(access, { signal }))
  if (access === 'open' || !couldWrite || (await canWrite(store, signal))) return
  await store.settings.setPublicAccess('open', { signal })
  const message = 'this service refuses every write while public access is blocked: nothing is blocked'
  await output.result(
    { step: 'public access', outcome: 'unsupported', message },
    `${' '.repeat(NAME_WIDTH)}  ${output.wrap(`undone: ${message}`, NAME_WIDTH + 2)}`,
  )
}

async function canWrite(store: Bucket['store'], signal: AbortSignal): Promise<boolean> {
  const key = `tmp/probe/${randomBytes(16).toString('hex')}/write`
  try {
    await store.put(key, 'written by brigade bucket create, and removed again', { acl: 'none', signal })
  } catch (error) {
    if (StoreError.is(error, 'permission-denied')) return false
    throw error
  }
  // Where the right to delete is missing, a lifecycle rule removes it.
  await store.delete(key, { signal }).catch(() => undefined)
  return true
}

/** What a service has no setting for is told, and is no failure: a bucket without it is all there is. */
async function step({ output }: Task, name: string, set: () => Promise<SettingsChange>): Promise<void> {
  try {
    const outcome = await set()
    await output.result({ step: name, outcome }, `${name.padEnd(NAME_WIDTH)}  ${outcome}`)
  } catch (error) {
    if (!StoreError.is(error, 'unsupported')) throw error
    const message = withoutPlace(error.message)
    await output.result(
      { step: name, outcome: 'unsupported', message },
      `${name.padEnd(NAME_WIDTH)}  ${output.wrap(`not here: ${message}`, NAME_WIDTH + 2)}`,
    )
  }
}
