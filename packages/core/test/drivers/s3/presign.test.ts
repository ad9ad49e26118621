import { describe, expect, it } from 'vitest'
import { S3Driver, type S3DriverOptions } from '../../../src/drivers/s3/index.js'
import { CREDENTIALS } from './scripted-service.js'

const at = { bucket: 'avatars', key: 'tmp/léo +1.png' }
const shared = { expiresInSeconds: 60, contentType: 'image/png', metadata: { by: 'léo' } } as const

function driver(options: S3DriverOptions = {}): S3Driver {
  return new S3Driver({ region: 'eu-central-1', credentials: CREDENTIALS, ...options })
}

describe('what is signed for strangers', () => {
  it('never carries a checksum, on AWS neither', async () => {
    const aws = driver()
    const urls = [
      await aws.signedUrl(at, { method: 'GET', expiresInSeconds: 60 }),
      (await aws.presignUpload(at, { ...shared, kind: 'put', contentLength: 3, mode: 'create' })).url,
      (
        await aws.presignUpload(at, {
          expiresInSeconds: 60,
          kind: 'part',
          uploadId: 'u',
          partNumber: 1,
          contentLength: 3,
        })
      ).url,
    ]
    for (const url of urls) expect(url).not.toMatch(/checksum/i)
  })

  it('pins length, type, metadata and mode of a PUT, and asks only for headers that a browser can send', async () => {
    const upload = await driver().presignUpload(at, { ...shared, kind: 'put', contentLength: 3, mode: 'create' })
    const signed = new URL(upload.url).searchParams.get('X-Amz-SignedHeaders')
    expect(signed).toBe('content-length;content-type;host;if-none-match;x-amz-meta-by')
    expect(upload).toMatchObject({
      method: 'PUT',
      headers: { 'content-type': 'image/png', 'if-none-match': '*', 'x-amz-meta-by': "utf-8''l%C3%A9o" },
    })
    expect(upload.url).toContain('https://avatars.s3.eu-central-1.amazonaws.com/tmp/l%C3%A9o%20%2B1.png?')
  })

  it('pins key, type, size range and metadata of a form', async () => {
    const upload = await driver().presignUpload(at, {
      ...shared,
      kind: 'post',
      minBytes: 1,
      maxBytes: 9,
      acl: 'private',
    })
    if (upload.method !== 'POST') throw new Error('expected a form')
    const { Policy = '', ...fields } = upload.fields
    expect(fields).toMatchObject({ key: at.key, 'Content-Type': 'image/png', acl: 'private' })
    const policy = JSON.parse(Buffer.from(Policy, 'base64').toString()) as { conditions: unknown[] }
    expect(policy.conditions).toEqual(
      expect.arrayContaining([
        ['content-length-range', 1, 9],
        { key: at.key },
        { bucket: at.bucket },
        { 'Content-Type': 'image/png' },
        { 'x-amz-meta-by': "utf-8''l%C3%A9o" },
      ]),
    )
  })

  it('leads a form on to the address that it pins, in the place of a status', async () => {
    const successRedirect = 'https://app.example/done'
    const limits = { ...shared, kind: 'post', minBytes: 1, maxBytes: 9, successRedirect } as const
    const upload = await driver().presignUpload(at, limits)
    if (upload.method !== 'POST') throw new Error('expected a form')
    const { Policy = '', success_action_redirect, ...fields } = upload.fields
    expect(success_action_redirect).toBe(successRedirect)
    expect(fields).not.toHaveProperty('success_action_status')
    const policy = JSON.parse(Buffer.from(Policy, 'base64').toString()) as { conditions: unknown[] }
    expect(policy.conditions).toContainEqual({ success_action_redirect: successRedirect })
  })

  it('is no form for a key in which the service would put a name of the sender', async () => {
    const key = 'tmp/$' + '{filename}'
    const made = driver().presignUpload({ ...at, key }, { ...shared, kind: 'post', minBytes: 1, maxBytes: 9 })
    await expect(made).rejects.toMatchObject({ code: 'invalid-key' })
  })

  it('is for the endpoint that browsers reach', async () => {
    const both = driver({ endpoint: 'http://ceph:8000', browserEndpoint: 'https://files.example' })
    const get = await both.signedUrl(at, { method: 'GET', expiresInSeconds: 60 })
    const form = await both.presignUpload(at, { ...shared, kind: 'post', minBytes: 1, maxBytes: 9 })
    expect(get).toMatch(/^https:\/\/files\.example\/avatars\/tmp\//)
    expect(form.url).toMatch(/^https:\/\/files\.example\/avatars/)
  })

  it('ends with temporary credentials', async () => {
    const expiration = new Date(Date.now() + 10_000)
    const temporary = driver({ credentials: { ...CREDENTIALS, sessionToken: 't', expiration } })
    const upload = await temporary.presignUpload(at, { ...shared, kind: 'post', minBytes: 1, maxBytes: 9 })
    expect(upload.expiresAt).toEqual(expiration)
  })
})
