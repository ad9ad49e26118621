import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { PutBucketPolicyCommand } from '@aws-sdk/client-s3'
import { BucketStore, openDriver, setBrowserAccess, setTemporaryExpiry } from '@bucket-brigade/core'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { cephClient, createPutGetListUser } from '../../../test/services/buckets.js'
import { createUser, type S3Credentials } from '../../../test/services/ceph.js'
import { debianBinary } from '../../../test/services/debian-binary.js'
import { runTool } from '../../../test/services/service-process.js'
import { RIGHTS, type Statement } from '../src/policies/iam-policy.js'
import { openApplication } from './avatars.js'
import { brigade, type Said, temporaryFolder } from './brigade.js'

const ORIGIN = 'https://www.example.com'
const OBJECTS = 60
const BIN = fileURLToPath(new URL('../dist/brigade.js', import.meta.url))

interface Ceph {
  readonly name: string
  readonly url: string
  readonly env: Record<string, string>
  run(...line: readonly string[]): Promise<Said>
}

function ceph(given: { readonly name?: string; readonly credentials?: S3Credentials } = {}): Ceph {
  const cluster = inject('ceph')
  const { name = `cli-${randomBytes(6).toString('hex')}`, credentials = cluster.credentials } = given
  const url = `s3://${name}?endpoint=${cluster.endpoints[0]}&region=${cluster.region}`
  const env = {
    BUCKET_URL: url,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  }
  return { name, url, env, run: (...line) => brigade(line, { env }) }
}

/** The verdicts of the doctor, by check. */
function verdicts(said: Said): Record<string, string> {
  return Object.fromEntries(told(said).map(({ check, verdict }) => [check, verdict]))
}

describe('a bucket on Ceph', () => {
  it('is made and set up by one command, which changes nothing when it is run again', async () => {
    const { run, url } = ceph()
    expect((await run('doctor')).code).toBe(3)
    const made = await run('bucket', 'create', url, '--origin', ORIGIN)
    expect(made.code).toBe(0)
    expect(made.lines[0]).toBe('bucket         created')
    const again = await run('bucket', 'create', url, '--origin', ORIGIN, '--json')
    expect(again.json.map(({ outcome }) => outcome)).toEqual(['already-yours', 'unchanged', 'unchanged'])
    expect((await run('lifecycle', '--expire-days', '7', '--no-abort', '--apply')).stdout).toContain('changed')
    expect((await run('bucket', 'create', url)).lines.slice(1)).toEqual(['lifecycle      unchanged'])
    expect((await run('bucket', 'create', url, '--expire-days', '7')).lines.slice(1)).toEqual([
      'lifecycle      changed',
    ])
    // This service refuses every write while public access is blocked.
    expect(made.stdout).toContain('undone: ')
    const stranger = ceph({
      name: ceph().name,
      credentials: await createUser(inject('ceph'), `s${randomBytes(4).toString('hex')}`),
    })
    const taken = await stranger.run('bucket', 'create', url)
    expect(taken).toMatchObject({ code: 1, stderr: expect.stringContaining('somebody else') })

    const healthy = await run('doctor', '--origin', ORIGIN, '--json')
    expect(verdicts(healthy)).toEqual({
      ...{ credentials: 'ok', 'round-trip': expect.stringMatching(/ok|note/), region: 'ok' },
      ...{ 'acl-mode': expect.stringMatching(/ok|note/), 'public-access': expect.stringMatching(/ok|note/) },
      ...{ clock: 'ok', 'create-if-absent': 'ok', 'if-match': 'ok', 'list-order': 'ok', delete: 'ok' },
      ...{ 'conditional-delete': 'note', 'conditional-multipart': 'note', acl: 'ok' },
      ...{ 'post-policy': 'ok', 'presigned-put': 'ok', lifecycle: 'ok', cors: 'ok' },
      ...{
        'signed-get': 'ok',
        'public-base': 'note',
        'private-tmp': 'ok',
        'private-state': 'ok',
        'private-listing': 'ok',
      },
    })
    expect(healthy.code).toBe(0)
    expect((await run('ls', '-r')).lines).toEqual([])
  })

  it('is looked after by rights that are fewer than all', async () => {
    const owner = ceph()
    await owner.run('bucket', 'create', owner.url)
    const credentials = await createPutGetListUser(inject('ceph'), owner.name)
    const { run } = ceph({ name: owner.name, credentials })
    const found = await run('doctor', '--json')
    expect(verdicts(found)).toMatchObject({ delete: 'note', leftovers: 'note', 'if-match': 'ok' })
    const unknown = ceph({ name: owner.name, credentials: { ...credentials, secretAccessKey: 'x'.repeat(40) } })
    const refused = await unknown.run('doctor')
    expect(refused).toMatchObject({ code: 3, stdout: expect.stringContaining('AWS_SECRET_ACCESS_KEY') })
  })
})

describe('the commands that the doctor prints, pasted as they are', () => {
  const doctor = (env: Record<string, string>, ...line: readonly string[]): Promise<Said> =>
    brigade(['doctor', '--origin', ORIGIN, '--json', ...line], { env })
  const shownAt = ({ env, name }: Ceph) => ({
    ...env,
    BUCKET_PUBLIC_URL: `${inject('ceph').endpoints[0]}/${name}`,
  })

  it('make the bucket, let pages in, and close what is not for everybody', async () => {
    const bucket = ceph()
    // Named on the command line alone, it is so in the commands.
    const { BUCKET_URL: _, ...nameless } = bucket.env
    const missing = await doctor(nameless, bucket.url)
    expect(missing).toMatchObject({ code: 3, json: [{ verdict: 'fail' }] })
    await pasteAll(missing, nameless)
    await openEverything(bucket.name)
    const exposed = await doctor(shownAt(bucket))
    expect(failing(exposed)).toEqual(['acl', 'cors', 'private-listing', 'private-state', 'private-tmp'])
    await pasteAll(exposed, shownAt(bucket))
    expect(failing(await doctor(shownAt(bucket)))).toEqual([])
  })

  it('show what is saved', async () => {
    const bucket = ceph()
    const shown = shownAt(bucket)
    await bucket.run('bucket', 'create', '--origin', ORIGIN)
    const unseen = await doctor(shown)
    expect(failing(unseen)).toEqual(['public-base'])
    await pasteAll(unseen, shown)
    await brigade(['put', '-', 'uploads/leo.txt'], { env: shown, stdin: Readable.from([Buffer.from('seen')]) })
    expect(await (await fetch(`${shown.BUCKET_PUBLIC_URL}/uploads/leo.txt`)).text()).toBe('seen')
  })

  it('are left for what --fix does not do: it lets in whoever was let in before', async () => {
    const { name, env, run } = ceph()
    await run('bucket', 'create', '--origin', ORIGIN)
    await openEverything(name)
    const fixed = await doctor(env, '--origin', 'https://admin.example.com', '--fix')
    expect(failing(fixed)).toEqual(['acl', 'private-listing', 'private-state', 'private-tmp'])
    expect(fixed.json[0]?.applied).toMatchObject([
      { CORSRules: [{ AllowedOrigins: [ORIGIN, 'https://admin.example.com'] }] },
    ])
    await pasteAll(fixed, env)
    expect(failing(await doctor(env))).toEqual([])
  })
})

describe('many objects on Ceph', () => {
  let bucket: Ceph

  beforeAll(async () => {
    bucket = ceph()
    await bucket.run('bucket', 'create', bucket.url)
  })

  it('go there, are copied, moved, fetched and removed, with a run that broke off going on', async () => {
    const folder = await temporaryFolder()
    await mkdir(join(folder, 'in/deep'), { recursive: true })
    const names = Array.from({ length: OBJECTS }, (_, at) => `${at % 2 ? 'deep/' : ''}file ${at}+ü.txt`)
    await Promise.all(names.map((name) => writeFile(join(folder, 'in', name), `content of ${name}`)))

    const ending = new AbortController()
    let sent = 0
    const broken = await brigade(['put', '-r', join(folder, 'in'), 'uploads/', '--json'], {
      env: bucket.env,
      signal: ending.signal,
      onOutput: () => {
        sent += 1
        if (sent === 20) ending.abort(new Error('Ctrl-C'))
      },
    })
    expect(broken.code).toBe(130)
    const rest = await bucket.run('put', '-r', join(folder, 'in'), 'uploads/', '--skip-existing', '--json')
    const outcomes = rest.json.map(({ outcome }) => outcome)
    expect(outcomes).toHaveLength(OBJECTS)
    expect(outcomes.filter((outcome) => outcome === 'skipped').length).toBeGreaterThanOrEqual(20)

    const [gateway, another] = inject('ceph').endpoints
    const inside = `${bucket.url.replace(gateway, another)}#uploads/deeper/`
    expect(await bucket.run('cp', '-r', 'uploads/', inside)).toMatchObject({ code: 2, stdout: '' })

    const other = ceph()
    await other.run('bucket', 'create', other.url)
    expect((await bucket.run('cp', '-r', 'uploads/', `${other.url}#copy/`)).stderr).toContain(
      `copied ${OBJECTS} objects`,
    )
    expect((await bucket.run('cp', '-r', 'uploads/deep/', `file:${folder}/disk?bucket=b`)).code).toBe(0)
    expect((await bucket.run('mv', '-r', 'uploads/deep/', 'moved/')).stderr).toContain(`moved ${OBJECTS / 2} objects`)
    const listed = (await brigade(['ls', '-r', `file:${folder}/disk`])).lines
    expect((await bucket.run('ls', '-r', 'moved/')).lines).toEqual(listed.map((key) => `moved/${key}`))
    const fetched = await other.run('get', '-r', 'copy/', join(folder, 'out'), '--concurrency', '16')
    expect(fetched.stderr).toContain(`downloaded ${OBJECTS} objects`)
    expect((await bucket.run('rm', '-r', '', '--yes')).stderr).toBe(`removed ${OBJECTS} objects\n`)
    expect((await bucket.run('ls', '-r')).lines).toEqual([])
  })
})

describe('avatars on Ceph', () => {
  it('are made, verified, forgotten and swept under the rights that `brigade policy` prints', async () => {
    const owner = ceph()
    await owner.run('bucket', 'create', owner.url)
    const user = `app-${randomBytes(4).toString('hex')}`
    const credentials = await createUser(inject('ceph'), user)
    const grant = async (...rights: readonly string[]): Promise<void> => {
      const [policy] = (await owner.run('policy', '--json', ...rights)).json
      await setPolicy(owner.name, policy?.Statement as readonly object[], { AWS: [`arn:aws:iam:::user/${user}`] })
    }
    await grant()
    const { run, url } = ceph({ name: owner.name, credentials })
    const application = await openApplication(owner.name, url, { credentials })
    for (const edge of [40, 44]) await application.save('leo', edge)
    const mia = await application.save('mia', 40)
    expect(await run('avatars', 'verify')).toMatchObject({
      code: 0,
      stderr: '2 pointers, 3 avatars, 6 pictures: all there\n',
    })
    expect(await run('avatars', 'prune', 'leo', '--keep', '0')).toMatchObject({ code: 0 })
    expect(await run('avatars', 'forget', 'leo', '--yes')).toMatchObject({ code: 0 })
    expect((await run('avatars', 'list', '--json')).json).toEqual([expect.objectContaining({ current: mia })])
    // One right is missing, and is named; the rest is done.
    const poor = await run('sweep', '--json')
    expect([poor.code, poor.json.at(-1)?.skipped]).toEqual([
      1,
      [expect.objectContaining({ kind: 'unfinished-upload' })],
    ])
    await grant('--with', 'sweep', '--with', 'doctor')
    expect(await run('sweep')).toMatchObject({ code: 0 })
    expect(await run('doctor')).toMatchObject({ code: 0 })

    const [picture = ''] = (await run('ls', '-r', 'uploads/users/mia/')).lines
    await run('rm', picture)
    const found = await run('avatars', 'verify')
    expect(found).toMatchObject({ code: 1, stdout: expect.stringContaining(`missing  ${picture}`) })
    await application.store.close()
  })
})

describe('the policy that `brigade policy` prints', () => {
  it('holds no right that nothing needs', async () => {
    const owner = ceph()
    await owner.run('bucket', 'create', owner.url)
    const user = `least-${randomBytes(4).toString('hex')}`
    const credentials = await createUser(inject('ceph'), user)
    const [owned, used] = [openStore(owner), openStore(ceph({ name: owner.name, credentials }))]
    await owned.put('uploads/ours', 'written by another server')
    const { uploadId } = await owned.multipart('tmp/ours')
    const [policy] = (await owner.run('policy', '--json', ...RIGHTS.flatMap((right) => ['--with', right]))).json
    const statements = policy?.Statement as readonly Statement[]
    const grant = (granted: readonly Statement[]): Promise<void> =>
      setPolicy(owner.name, granted, { AWS: [`arn:aws:iam:::user/${user}`] })
    const calls = Object.entries(callsThatNeed(used, uploadId))
    await grant(statements)
    for (const [, call] of calls) await call()
    const granted = statements.flatMap(({ Sid, Action }) => Action.map((action) => `${Sid} ${action}`))
    // Later versions of Ceph ask for it instead of s3:GetBucketPolicy.
    const later = 'BrigadeBucket s3:GetBucketPublicAccessBlock'
    expect(calls.map(([right]) => right).toSorted()).toEqual(granted.filter((right) => right !== later).toSorted())
    for (const [right, call] of calls) {
      await grant(
        statements.map((one) => ({ ...one, Action: one.Action.filter((it) => `${one.Sid} ${it}` !== right) })),
      )
      await expect(call(), right).rejects.toMatchObject({ code: 'permission-denied' })
    }
    await Promise.all([owned.close(), used.close()])
  })
})

/** For each right a call that is refused without it. */
function callsThatNeed(store: BucketStore, uploadId: string): Readonly<Record<string, () => Promise<unknown>>> {
  const { settings } = store
  let days = 3
  return {
    'BrigadeObjects s3:PutObject': () => store.put('state/one', 'one'),
    'BrigadeObjects s3:GetObject': async () => (await store.get('uploads/ours')).body.toArray(),
    'BrigadeObjects s3:DeleteObject': () => store.delete('tmp/none'),
    'BrigadeLargeObjects s3:AbortMultipartUpload': async () => (await store.multipart('tmp/two')).abort(),
    'BrigadeLargeObjects s3:ListMultipartUploadParts': async () =>
      (await store.multipart('tmp/ours', { uploadId })).parts(),
    'BrigadeBucket s3:ListBucket': () => store.list('tmp/').toArray(),
    'BrigadeBucket s3:DeleteObject': async () => {
      await store.put('tmp/many/one', 'one')
      await store.deletePrefix('tmp/many/')
    },
    'BrigadeBucket s3:ListBucketMultipartUploads': () => store.unfinishedUploads('tmp/'),
    'BrigadeBucket s3:GetBucketLocation': () => settings.location(),
    'BrigadeBucket s3:GetBucketCORS': () => settings.corsRules(),
    'BrigadeBucket s3:GetLifecycleConfiguration': () => settings.lifecycleRules(),
    'BrigadeBucket s3:GetBucketPolicy': () => settings.publicAccess(),
    'BrigadeBucket s3:PutBucketCORS': () => setBrowserAccess(store, [`https://${days}.example.com`]),
    'BrigadeBucket s3:PutLifecycleConfiguration': () => setTemporaryExpiry(store, { afterDays: days++ }),
  }
}
class Objects extends BucketStore {
  constructor(
    readonly bucket: string,
    url: string,
    credentials: S3Credentials,
  ) {
    super(openDriver(url, { credentials }))
  }
}

function openStore({ name, url, env }: Ceph): BucketStore {
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } = env
  return new Objects(name, url, { accessKeyId, secretAccessKey })
}

interface Told {
  readonly check: string
  readonly verdict: string
  readonly command?: string
}

function told({ json }: Said): readonly Told[] {
  return json[0]?.findings as readonly Told[]
}

/** What fails, by check. */
function failing(said: Said): readonly string[] {
  const checks = told(said).filter(({ verdict }) => verdict === 'fail')
  return [...new Set(checks.map(({ check }) => check))].toSorted()
}

/** Runs what is said to cure that. */
async function pasteAll(said: Said, env: Record<string, string>): Promise<void> {
  const commands = told(said).flatMap(({ verdict, command }) => (verdict === 'fail' && command ? [command] : []))
  for (const command of new Set(commands)) await paste(command, env)
}

/** Runs a line as a shell does in which both programs are installed. */
async function paste(line: string, env: Record<string, string>): Promise<void> {
  const programs = `brigade() { '${process.execPath}' '${BIN}' "$@"; }; aws() { '${debianBinary('aws')}' "$@"; }`
  await runTool('bash', ['-ec', `${programs}; ${line}`], { env })
}

/** The mistake that people make: everything in the bucket, and its listing, for everybody. */
async function openEverything(name: string): Promise<void> {
  const Resource = [`arn:aws:s3:::${name}`, `arn:aws:s3:::${name}/*`]
  await setPolicy(name, [{ Effect: 'Allow', Action: ['s3:GetObject', 's3:ListBucket'], Resource }], '*')
}

async function setPolicy(name: string, statements: readonly object[], Principal: object | '*'): Promise<void> {
  const client = cephClient(inject('ceph'))
  const Statement = statements.map((statement) => ({ ...statement, Principal }))
  try {
    await client.send(
      new PutBucketPolicyCommand({ Bucket: name, Policy: JSON.stringify({ Version: '2012-10-17', Statement }) }),
    )
  } finally {
    client.destroy()
  }
}
