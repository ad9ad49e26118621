import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { BucketStore, type StorageDriver } from '@bucket-brigade/core'
import { MemoryDriver } from '@bucket-brigade/core/memory'
import { expect, it, onTestFinished } from 'vitest'
import { SECRETS, UploadFleet } from './upload-fleet.js'

type Forms = 'with an ETag' | 'without an ETag' | 'not at all'

/** A service that answers PUTs, and forms in its own way; both of the agreed size only. */
async function startService(forms: Forms) {
  const asked: string[] = []
  // A machine that stands still for longer would close connections that clients are about to use.
  const server = createServer({ keepAliveTimeout: 0 }, async (req, res) => {
    asked.push(String(req.method))
    const isLarger = Buffer.concat(await req.toArray()).includes('more than was agreed')
    if (req.method === 'PUT' || forms === 'with an ETag') res.setHeader('ETag', '"x"')
    res.writeHead(req.method === 'POST' && forms === 'not at all' ? 501 : isLarger ? 403 : 204).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/bucket` }
}

function signingFor(url: string): StorageDriver {
  const expiresAt = new Date(0)
  const presignUpload: StorageDriver['presignUpload'] = async ({ key }, { kind }) =>
    kind === 'post'
      ? { method: 'POST', url, fields: { key }, expiresAt }
      : { method: 'PUT', url, headers: {}, expiresAt }
  return Object.assign(new MemoryDriver(), { presignUpload })
}

class Files extends BucketStore {
  readonly bucket = 'files'
}

it.each([
  ['with an ETag', { ours: 'POST', uppy5: 'direct', uppy6: 'direct' }],
  ['without an ETag', { ours: 'POST', uppy5: 'through the server', uppy6: 'direct' }],
  ['not at all', { ours: 'PUT', uppy5: 'through the server', uppy6: 'through the server' }],
] as const)('where forms are answered %s, each client is given a way that works for it', async (forms, ways) => {
  const { asked, url } = await startService(forms)
  const driver = signingFor(url)
  const fleet = await UploadFleet.start({ secrets: SECRETS }, () => new Files(driver))
  onTestFinished(() => fleet.stop())
  const { upload } = (await fleet.post('', { filename: 'a.txt', type: 'text/plain', bytes: 5 })).body
  const trial = [...asked]
  const [base] = fleet.bases
  const uppy = async (accept: string): Promise<string> => {
    const headers = { 'x-user': 'leo', accept }
    const answer = await fetch(`${base}/s3/params?filename=a.txt&type=text/plain`, { headers })
    const form = (await answer.json()) as { readonly url: string }
    return form.url === url ? 'direct' : form.url === `${base}/form` ? 'through the server' : form.url
  }
  const [uppy5, uppy6] = [await uppy('application/json'), await uppy('*/*')]
  expect({ ours: upload.method, uppy5, uppy6 }).toEqual(ways)
  expect(trial.length).toBeGreaterThan(0)
  expect(asked).toEqual(trial)
})
