import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest'
import { createBucket } from '../../../test/services/buckets.js'
import { launchChromium } from '../../../test/services/chromium.js'
import type {} from '../../../test/services/global-setup.js'
import { BrowserPerson, expectSameColours, PATIENCE } from './browser-person.js'
import { quarters } from './portrait.js'
import { type RunningApp, startApp } from './running-app.js'

// Twelve processes start one after the other.
vi.setConfig({ testTimeout: 300_000 })

const cluster = inject('ceph')

let browser: Browser
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'brigade-pictures-'))
  await writeFile(join(folder, 'quarters.jpg'), await quarters(900, 600))
  browser = await launchChromium()
})

afterAll(async () => {
  await browser?.close()
  await rm(folder, { recursive: true, force: true })
})

/** The environment for a bucket that nobody may read without a signature. */
async function privateBucketOnCeph(): Promise<Readonly<Record<string, string>>> {
  const bucket = await createBucket(cluster)
  const query = new URLSearchParams({ endpoint: cluster.endpoints[0], region: cluster.region })
  return {
    BUCKET_URL: `s3://${bucket}?${query}`,
    BRIGADE_SECRETS: 'a-secret-of-these-tests-that-is-long-enough',
    AWS_ACCESS_KEY_ID: cluster.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: cluster.credentials.secretAccessKey,
  }
}

/** Whoever answered last is gone before the next step. Between the steps: what is on its way when nobody is left is lost. */
async function killServers(app: RunningApp, person: BrowserPerson): Promise<void> {
  await person.hasEverything()
  const killed = await app.serverPids()
  for (const pid of killed) process.kill(pid, 'SIGKILL')
  const isUpAgain = async () => {
    const running = await app.serverPids()
    expect(running.filter((pid) => !killed.includes(pid))).toHaveLength(3)
    expect((await fetch(`${app.origin}/line`)).status).toBe(200)
  }
  await vi.waitFor(isUpAgain, PATIENCE)
}

async function saveWhatIsSeen(app: RunningApp, person: BrowserPerson): Promise<void> {
  await person.signIn()
  await person.upload('quarters.jpg')
  await killServers(app, person)
  await person.page.getByRole('button', { name: 'Turn left' }).click()
  await person.page.getByRole('button', { name: 'Zoom in' }).click()
  await person.dragPicture(30, 20)
  const seen = await person.coloursUnderFrame()
  await person.crop()
  await killServers(app, person)
  await person.save()
  expectSameColours(seen, await person.coloursSaved(512))
  await killServers(app, person)
  await person.page.reload()
  await person.earlier.first().waitFor()
  const width = await person.page.locator('.earlier-choose img').evaluate(async (image: HTMLImageElement) => {
    await image.decode()
    return image.naturalWidth
  })
  expect(width).toBe(192)
  expect(person.complaints).toEqual([])
}

test.each([
  { bucket: 'a bucket on disk', environment: async () => ({}), left: ['data'] },
  { bucket: 'a private bucket on Ceph', environment: privateBucketOnCeph, left: [] },
])('over $bucket: every server is killed after each step, and what was seen is saved', async (ground) => {
  const app = await startApp(await ground.environment())
  try {
    const person = await BrowserPerson.open(browser, app.origin, folder)
    await saveWhatIsSeen(app, person)
    await person.leave()
    expect(await readdir(app.bucketDirectory)).toEqual(ground.left)
  } finally {
    await app.stop()
  }
})
