import { describe, expect, it, onTestFinished } from 'vitest'
import type { S3Driver } from '../../../src/drivers/s3/index.js'
import { BucketStore } from '../../../src/store/bucket-store.js'
import { setBrowserAccess } from '../../../src/upkeep/browser-access.js'
import { setTemporaryExpiry } from '../../../src/upkeep/temporary-expiry.js'
import { awsDriver } from './as-aws.js'
import { type Answer, answer, failure, type ScriptedService, startScriptedService, xml } from './scripted-service.js'

const ORIGIN = 'https://www.example.com'
const NO_CORS = failure(404, 'NoSuchCORSConfiguration')
const NO_RULES = failure(404, 'NoSuchLifecycleConfiguration')

interface Ground {
  readonly store: BucketStore
  readonly service: ScriptedService
}

async function given(...answers: readonly [Answer, ...Answer[]]): Promise<Ground> {
  return onService((service) => service.driver(), answers)
}

async function givenAws(...answers: readonly [Answer, ...Answer[]]): Promise<Ground> {
  return onService(awsDriver, answers)
}

async function onService(
  open: (service: ScriptedService) => S3Driver,
  answers: readonly [Answer, ...Answer[]],
): Promise<Ground> {
  const service = await startScriptedService(...answers)
  onTestFinished(() => service.stop())
  const store = new (class extends BucketStore {
    readonly bucket = 'pictures'
  })(open(service))
  return { store, service }
}

/** A service that keeps what it is given, without the names of rules, as some do. */
function forgetful(unset: Answer): Answer {
  let kept: string | undefined
  return (response, request) => {
    if (request.method === 'PUT') kept = request.body.replaceAll(/<ID>[^<]*<\/ID>/g, '')
    const reply = request.method === 'PUT' ? answer(200) : kept === undefined ? unset : xml(200, kept)
    reply(response, request)
  }
}

function buckets(...names: readonly string[]): Answer {
  const list = names.map((name) => `<Bucket><Name>${name}</Name></Bucket>`).join('')
  return xml(200, `<ListAllMyBucketsResult><Buckets>${list}</Buckets></ListAllMyBucketsResult>`)
}

describe('the CORS rules of a service that', () => {
  it('is not AWS are sent with the checksum of old', async () => {
    const { store, service } = await given(forgetful(NO_CORS))
    await setBrowserAccess(store, [ORIGIN])
    const put = service.requests.find(({ method }) => method === 'PUT')
    expect(put?.headers).toHaveProperty('content-md5')
    expect(Object.keys(put?.headers ?? {}).filter((name) => name.startsWith('x-amz-checksum'))).toEqual([])
  })

  it('keeps no names are known by what they say', async () => {
    const { store } = await given(forgetful(NO_CORS))
    expect((await setBrowserAccess(store, [ORIGIN])).outcome).toBe('changed')
    expect((await setBrowserAccess(store, [ORIGIN])).outcome).toBe('unchanged')
  })

  it.each([
    ['says so', NO_CORS, failure(501, 'NotImplemented')],
    ['knows no such method', failure(405, 'MethodNotAllowed'), answer(200)],
    ['takes the call for another one', NO_CORS, answer(200)],
  ])('has none and %s are unsupported, with what to do there', async (_how, read, write) => {
    const { store } = await given((response, request) => (request.method === 'PUT' ? write : read)(response, request))
    await expect(setBrowserAccess(store, [ORIGIN])).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(/R2.*B2|Backblaze.*MINIO_API_CORS_ALLOW_ORIGIN/),
    })
  })
})

describe('the lifecycle rules of a service that', () => {
  it('keeps more than there are words for are written back as they were', async () => {
    const rules =
      '<Rule><ID>a</ID><Status>Enabled</Status><Prefix>logs/</Prefix>' +
      '<Transition><Days>30</Days><StorageClass>GLACIER</StorageClass></Transition></Rule>' +
      '<Rule><ID>b</ID><Status>Disabled</Status><Filter><Tag><Key>k</Key><Value>v</Value></Tag></Filter>' +
      '<Expiration><Days>2</Days></Expiration></Rule>'
    const size = { 'x-amz-transition-default-minimum-object-size': 'varies_by_storage_class' }
    const read = xml(200, `<LifecycleConfiguration>${rules}</LifecycleConfiguration>`, size)
    const { store, service } = await givenAws((response, request) =>
      (request.method === 'PUT' ? answer(200) : read)(response, request),
    )
    expect(await store.settings.lifecycleRules()).toMatchObject([
      { id: 'a', prefix: 'logs/', scope: 'prefix', status: 'enabled' },
      { id: 'b', prefix: '', scope: 'narrower', status: 'disabled', expiresAfterDays: 2 },
    ])
    expect((await setTemporaryExpiry(store)).outcome).toBe('changed')
    const put = service.requests.find(({ method }) => method === 'PUT')
    expect(put?.headers).toMatchObject(size)
    expect(put?.body).toContain('<Transition><Days>30</Days><StorageClass>GLACIER</StorageClass></Transition>')
    expect(put?.body).toContain('<Filter><Prefix>logs/</Prefix></Filter>')
    expect(put?.body).toContain('<Tag><Key>k</Key><Value>v</Value></Tag>')
    expect(put?.body).toContain('<DaysAfterInitiation>7</DaysAfterInitiation>')
  })

  it('has none are unsupported', async () => {
    const { store } = await given((response, request) =>
      (request.method === 'PUT' ? failure(501, 'NotImplemented') : NO_RULES)(response, request),
    )
    await expect(setTemporaryExpiry(store, { unfinishedAfterDays: 'never' })).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('sweep'),
    })
  })
})

describe('a bucket that is to be there', () => {
  it('is made where there is none, in the region of the driver', async () => {
    const { store, service } = await givenAws(answer(404), answer(200))
    expect(await store.settings.create()).toBe('created')
    expect(service.requests.at(-1)?.body).toContain('<LocationConstraint>eu-central-1</LocationConstraint>')
  })

  it('is left alone where it is one’s own', async () => {
    const { store, service } = await given(answer(200), buckets('pictures-old', 'pictures'))
    expect(await store.settings.create()).toBe('already-yours')
    expect(service.requests.map(({ method }) => method)).toEqual(['HEAD', 'GET'])
  })

  it('counts as one’s own where buckets may not be listed, but it can be reached', async () => {
    const { store } = await given(answer(200), failure(403, 'AccessDenied'))
    expect(await store.settings.create()).toBe('already-yours')
  })

  it.each<[string, readonly [Answer, ...Answer[]]]>([
    ['is open to everybody', [answer(200), buckets('pictures-old')]],
    ['is closed', [answer(403), buckets()]],
    ['was made a moment before', [answer(404), failure(409, 'BucketAlreadyExists')]],
  ])('is taken where that of somebody else %s', async (_how, answers) => {
    const { store } = await given(...answers)
    const taken = { code: 'already-exists', message: expect.stringContaining('choose another') }
    await expect(store.settings.create()).rejects.toMatchObject(taken)
  })

  it('may have been made by another server a moment before', async () => {
    const { store } = await given(answer(404), failure(409, 'BucketAlreadyOwnedByYou'))
    expect(await store.settings.create()).toBe('already-yours')
  })

  it('is no bucket of a stranger where the credentials are wrong', async () => {
    const { store } = await given(answer(403), failure(403, 'InvalidAccessKeyId'))
    await expect(store.settings.create()).rejects.toMatchObject({ code: 'permission-denied' })
  })
})

describe('what the public may be given', () => {
  const block = (...on: readonly boolean[]) => {
    const names = ['BlockPublicAcls', 'IgnorePublicAcls', 'BlockPublicPolicy', 'RestrictPublicBuckets']
    const switches = names.map((name, index) => `<${name}>${on[index]}</${name}>`).join('')
    return xml(200, `<PublicAccessBlockConfiguration>${switches}</PublicAccessBlockConfiguration>`)
  }

  it.each<[string | undefined, Answer]>([
    ['blocked', block(true, true, true, true)],
    ['policy-only', block(true, true, false, false)],
    ['open', block(false, false, false, false)],
    ['mixed', block(true, false, true, false)],
    [undefined, failure(404, 'NoSuchPublicAccessBlockConfiguration')],
  ])('is %s', async (access, reply) => {
    expect(await (await given(reply)).store.settings.publicAccess()).toBe(access)
  })

  it('is unknown where a service takes the question for another one', async () => {
    const { settings } = (await given(xml(200, '<ListBucketResult><Name>pictures</Name></ListBucketResult>'))).store
    await expect(settings.publicAccess()).rejects.toMatchObject({ code: 'unsupported' })
    await expect(settings.ownership()).rejects.toMatchObject({ code: 'unsupported' })
    await expect(settings.location()).rejects.toMatchObject({ code: 'unsupported' })
  })

  it('depends on who owns objects', async () => {
    const rule = '<Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule>'
    const { store } = await given(xml(200, `<OwnershipControls>${rule}</OwnershipControls>`))
    expect(await store.settings.ownership()).toBe('acls-disabled')
    const unset = await given(failure(404, 'OwnershipControlsNotFoundError'))
    expect(await unset.store.settings.ownership()).toBeUndefined()
  })
})

describe('the place of a bucket', () => {
  it.each([
    ['EU', 'eu-west-1'],
    ['ap-south-1', 'ap-south-1'],
    ['', 'us-east-1'],
  ])('is read from "%s"', async (name, region) => {
    const xmlns = 'http://s3.amazonaws.com/doc/2006-03-01/'
    const { store } = await givenAws(xml(200, `<LocationConstraint xmlns="${xmlns}">${name}</LocationConstraint>`))
    expect(await store.settings.location()).toBe(region)
  })
})
