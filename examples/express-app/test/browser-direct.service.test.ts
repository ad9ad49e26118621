import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BucketStore, openDriver, setBrowserAccess } from '@bucket-brigade/core'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import { bucketUrl, serverEnvironment } from '../../../test/journeys/ceph-ground.js'
import { createBucket } from '../../../test/services/buckets.js'
import { launchChromium } from '../../../test/services/chromium.js'
import { BrowserPerson, expectSameColours } from './browser-person.js'
import { quarters } from './portrait.js'
import { type RunningApp, startApp } from './running-app.js'

let app: RunningApp
let browser: Browser
let folder: string
let person: BrowserPerson
let store: BucketStore
/** Requests that bring something: where they went, and the bytes of their bodies. */
let posted: { readonly to: string; readonly bytes: number }[]

/** Where the bucket is, as the browser sees it: another origin than the application's. */
function bucketOrigin(): string {
  return new URL(inject('ceph').endpoints[0]).origin
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'brigade-pictures-'))
  await writeFile(join(folder, 'quarters.jpg'), await quarters(900, 600))
  await writeFile(join(folder, 'never.jpg'), Buffer.alloc(19_000_000))
  const cluster = inject('ceph')
  const bucket = await createBucket(cluster)
  const url = bucketUrl(cluster, bucket, cluster.endpoints[0])
  class Avatars extends BucketStore {
    readonly bucket = bucket
  }
  store = new Avatars(openDriver(url, { credentials: cluster.credentials }))
  const env = serverEnvironment(url, cluster.credentials)
  app = await startApp({ ...env, BRIGADE_SECRETS: 'a'.repeat(40), UPLOADS: 'direct' })
  await setBrowserAccess(store, [new URL(app.origin).origin])
  browser = await launchChromium()
})

afterAll(async () => {
  await browser?.close()
  await app?.stop()
  await store?.close()
  await rm(folder, { recursive: true, force: true })
})

beforeEach(async () => {
  person = await BrowserPerson.open(browser, app.origin, folder)
  posted = []
  person.page.on('request', (request) => {
    if (request.method() !== 'POST') return
    const { origin, pathname } = new URL(request.url())
    const to = origin === bucketOrigin() ? 'the bucket' : pathname
    posted.push({ to, bytes: request.postDataBuffer()?.length ?? 0 })
  })
  await person.signIn()
  posted = []
})

afterEach(async () => {
  await person?.leave()
})

async function keysInBucket(): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of store.list('')) keys.push(key)
  return keys
}

test('somebody who stops an upload on its way leaves nothing but what expires', async () => {
  // So slowly that it would take a quarter of an hour.
  await person.slowDown({ uploadThroughput: 20_000 })
  await person.choose('never.jpg')
  await person.page.getByRole('progressbar', { name: 'Upload' }).waitFor()
  await person.page.getByText(/^[1-9]\d* \S+ of 19 MB$/).waitFor()
  const aborted = person.page.waitForResponse((response) => response.url().endsWith('/avatars/direct/abort'))
  const [answer] = await Promise.all([aborted, person.page.getByRole('button', { name: 'Cancel' }).click()])
  expect(answer.status()).toBe(200)
  await person.page.locator('.drop').waitFor()
  expect(posted.map(({ to }) => to)).toEqual(['/avatars/direct', 'the bucket', '/avatars/direct/abort'])
  expect((await keysInBucket()).filter((key) => !key.startsWith('tmp/'))).toEqual([])
  expect(await store.unfinishedUploads()).toEqual([])
})

test('a picture goes straight to the bucket, and is cropped and saved by servers that never carried it', async () => {
  await person.upload('quarters.jpg')
  await person.page.getByRole('button', { name: 'Zoom in' }).click()
  await person.dragPicture(25, -30)
  const seen = await person.coloursUnderFrame()
  expect(posted.map(({ to }) => to)).toEqual(['/avatars/direct', 'the bucket', '/avatars/direct/complete'])
  const carried = posted.filter(({ to }) => to !== 'the bucket').reduce((sum, { bytes }) => sum + bytes, 0)
  expect(carried).toBeLessThan(2048)
  await person.crop()
  await person.save()
  expectSameColours(seen, await person.coloursSaved(512))
  expect(person.complaints).toEqual([])
  expect((await keysInBucket()).filter((key) => !/^(?:tmp|state|uploads)\//.test(key))).toEqual([])
})
