import { describe, expect, it } from 'vitest'
import { checkBucketName } from '../src/policies/bucket-name.js'
import { brigade } from './brigade.js'

const ORIGIN = 'https://www.example.com'

describe('policy', () => {
  const resources = async (...line: readonly string[]): Promise<unknown> => {
    const { json } = await brigade(['policy', 's3://avatars', '--json', ...line])
    return json[0]?.Statement
  }

  it('allows what the application does, where it does it, and no more', async () => {
    expect(await resources('--prefix', 'shop/')).toEqual([
      expect.objectContaining({
        Action: expect.arrayContaining(['s3:PutObject', 's3:GetObject']),
        Resource: ['uploads', 'tmp', 'state'].map((part) => `arn:aws:s3:::avatars/shop/${part}/*`),
      }),
      expect.objectContaining({
        Action: ['s3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
        Resource: ['uploads', 'tmp'].map((part) => `arn:aws:s3:::avatars/shop/${part}/*`),
      }),
      expect.objectContaining({ Action: ['s3:ListBucket'], Resource: ['arn:aws:s3:::avatars'] }),
    ])
  })

  it('goes by the service itself, whatever browsers see of it', async () => {
    const env = { BUCKET_URL: 's3://avatars?region=eu-central-1' }
    const policy = ['policy', '--with', 'doctor', '--json']
    const { json } = await brigade(policy, { env: { ...env, BUCKET_BROWSER_ENDPOINT: 'https://s3.shop.example' } })
    expect(json[0]).toEqual((await brigade(policy, { env })).json[0])
    expect(JSON.stringify(json)).toContain('s3:GetBucketOwnershipControls')
  })

  it('adds rights that are asked for by name', async () => {
    const text = JSON.stringify(await resources('--with', 'sweep', '--with', 'fix', '--acl', 'public-read'))
    for (const right of ['s3:ListBucketMultipartUploads', 's3:PutBucketCORS', 's3:GetBucketCORS', 's3:PutObjectAcl']) {
      expect(text).toContain(right)
    }
    expect((await brigade(['policy', 's3://avatars', '--with', 'everything'])).code).toBe(2)
  })

  it('opens uploads/ alone to the public', async () => {
    expect(await resources('--public')).toEqual([
      expect.objectContaining({
        Principal: '*',
        Action: ['s3:GetObject'],
        Resource: ['arn:aws:s3:::avatars/uploads/*'],
      }),
    ])
  })
})

describe('cors and lifecycle', () => {
  const env = { BUCKET_URL: 's3://avatars?region=eu-central-1' }

  it('print what the AWS command line takes', async () => {
    expect(JSON.parse((await brigade(['cors', '--origin', ORIGIN], { env })).stdout)).toEqual({
      CORSRules: [
        expect.objectContaining({ AllowedOrigins: [ORIGIN], ExposeHeaders: expect.arrayContaining(['ETag']) }),
      ],
    })
    const { stdout } = await brigade(['lifecycle', '--expire-days', '2', '--no-abort'], { env })
    expect(JSON.parse(stdout)).toEqual({
      Rules: [expect.objectContaining({ Filter: { Prefix: 'tmp/' }, Expiration: { Days: 2 } })],
    })
  })

  it('refuse what is no origin, and nothing at all', async () => {
    expect((await brigade(['cors', '--origin', `${ORIGIN}/page`], { env })).stderr).toContain(ORIGIN)
    expect((await brigade(['cors'], { env })).code).toBe(2)
  })

  it('say what to do where the bucket is a folder', async () => {
    const disk = { BUCKET_URL: 'file:./data?bucket=avatars' }
    const said = await brigade(['cors', '--origin', ORIGIN, '--apply'], { env: disk })
    expect(said).toMatchObject({ code: 1, stderr: expect.stringContaining('diskObjects') })
  })
})

describe('the name of a bucket', () => {
  it.each(['avatars', 'a-b.c-1', 'x'.repeat(63)])('may be %j', (name) => {
    expect(() => checkBucketName(name)).not.toThrow()
  })

  it.each(['ab', 'x'.repeat(64), 'Avatars', '-a-', 'a..b', '10.0.0.1', 'xn--a', 'a-s3alias', 'a_b'])(
    'may not be %j',
    (name) => {
      expect(() => checkBucketName(name)).toThrow(JSON.stringify(name))
    },
  )
})
