import { type PublicAccess, StoreError, setBrowserAccess, setTemporaryExpiry } from '@bucket-brigade/core'
import type { Bucket } from '../buckets/buckets.js'
import type { Command, Task } from '../command.js'
import { EXIT } from '../exit-code.js'
import { withoutPlace } from '../output/without-place.js'
import { checkBucketName } from '../policies/bucket-name.js'
import { expiryOf, expiryOptions } from './lifecycle.js'

const ACCESS: readonly Exclude<PublicAccess, 'mixed'>[] = ['blocked', 'policy-only', 'open']

export const bucketCreate: Command = {
  name: 'bucket create',
  summary: 'makes a bucket and sets it up; run again, it changes nothing',
  details:
    'A new bucket is closed to the public unless --access says otherwise; one that is there keeps what it has. Rules of others stay.',
  arguments: [{ name: '<bucket-url>', text: 'such as s3://my-avatars?region=eu-central-1' }],
  options: [
    {
      flags: '--access <access>',
      text: 'what the public may be given: blocked, policy-only (what a bucket policy opens) or open (lists too)',
    },
    { flags: '--origin <origins...>', text: 'origins whose pages upload straight to the bucket' },
    ...expiryOptions,
  ],
  examples: [
    'brigade bucket create "s3://my-avatars?region=eu-central-1" --origin https://www.example.com',
    'brigade bucket create "s3://my-avatars?region=eu-central-1" --access policy-only',
  ],
  run: async (task) => {
    const { input, buckets, output, signal } = task
    const bucket = await buckets.main(input.word(0))
    if (bucket.kind === 's3') checkBucketName(bucket.name)
    const access = input.choice('access', ACCESS)
    const created = await bucket.store.settings.create({ signal })
    await output.result(
      { step: 'bucket', outcome: created },
      `bucket         ${created === 'created' ? 'created' : 'there already'}`,
    )
    const wanted = access ?? (created === 'created' ? 'blocked' : undefined)
    if (wanted) await step(task, 'public access', () => bucket.store.settings.setPublicAccess(wanted, { signal }))
    await step(task, 'lifecycle', async () => {
      return (await setTemporaryExpiry(bucket.store, { ...expiryOf(input), signal })).outcome
    })
    await setOrigins(task, bucket)
    return EXIT.ok
  },
}

async function setOrigins(task: Task, { store }: Bucket): Promise<void> {
  const origins = task.input.list('origin')
  if (origins.length === 0) return
  await step(task, 'cors', async () => (await setBrowserAccess(store, origins, { signal: task.signal })).outcome)
}

/** What a service has no setting for is told, and is no failure: a bucket without it is all there is. */
async function step({ output }: Task, name: string, set: () => Promise<'changed' | 'unchanged'>): Promise<void> {
  try {
    const outcome = await set()
    await output.result({ step: name, outcome }, `${name.padEnd(13)}  ${outcome}`)
  } catch (error) {
    if (!StoreError.is(error, 'unsupported')) throw error
    const message = withoutPlace(error.message)
    await output.result({ step: name, outcome: 'unsupported', message }, `${name.padEnd(13)}  not here: ${message}`)
  }
}
