import { createHash } from 'node:crypto'
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { Browser, BrowserContext, Page, Route } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { launchChromium } from '../../../../test/services/chromium.js'
import { DiskApp } from './disk-app.js'
import { ProtocolServer } from './protocol-server.js'

const FILE_BYTES = 6 * 1024 ** 2
const PART_BYTES = 512 * 1024

let browser: Browser
let pages: ReadonlyMap<string, readonly [type: string, body: string]>
let folder: string
let picture: Buffer
let server: ProtocolServer
let context: BrowserContext
let page: Page

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'brigade-upload-'))
  picture = Buffer.alloc(FILE_BYTES, 'every line of the brigade passes its bucket on; ')
  const [bundle] = await Promise.all([
    build({
      stdin: { contents: PAGE_SCRIPT, resolveDir: fileURLToPath(new URL('../../dist', import.meta.url)) },
      bundle: true,
      format: 'esm',
      write: false,
    }),
    writeFile(join(folder, 'holiday.mp4'), picture),
  ])
  const html = '<!doctype html><title>Upload</title><input type=file><script type=module src=/page.js></script>'
  pages = new Map([
    ['/', ['text/html', html]],
    ['/page.js', ['text/javascript', bundle.outputFiles[0]?.text ?? '']],
    ['/favicon.ico', ['image/x-icon', '']],
  ])
  browser = await launchChromium()
})

afterAll(async () => {
  await browser?.close()
  await rm(folder, { recursive: true, force: true })
})

beforeEach(async () => {
  server = await ProtocolServer.start()
  server.partBytes = PART_BYTES
  for (const [path, answer] of pages) server.pages.set(path, answer)
  context = await browser.newContext()
  context.setDefaultTimeout(60_000)
  page = await context.newPage()
  await openPage(server.origin)
})

afterEach(async () => {
  await context.close()
  await server.stop()
})

/** What the page does with its file, and a worker with a file that it is sent; tests call it by name. */
const PAGE_SCRIPT = `
  import { uploadDirect } from './index.js'
  globalThis.told = []
  const upload = (file, options) => uploadDirect(file, {
    endpoint: '/uploads', firstRetrySeconds: 0.05, ...options,
    resume: options.resume && (() => localStorage),
    onProgress: ({ sentBytes }) => told.push(sentBytes),
  }).then(
    (answer) => ({ answer, told }),
    (error) => ({ error: { name: error.name, code: error.code, message: error.message }, told }),
  )
  if (globalThis.document) {
    const input = document.querySelector('input')
    globalThis.begin = (options) => {
      globalThis.controller = new AbortController()
      globalThis.upload = upload(input.files[0], { ...options, signal: controller.signal })
    }
    globalThis.beginInWorker = () => {
      const worker = new Worker('/page.js', { type: 'module' })
      globalThis.upload = new Promise((ended) => { worker.onmessage = ({ data }) => ended(data) })
      worker.postMessage(input.files[0])
    }
    document.title = 'Ready'
  } else {
    onmessage = async ({ data }) => postMessage(await upload(data, {}))
  }
`

async function openPage(origin: string): Promise<void> {
  await page.goto(origin)
  await page.waitForFunction(() => document.title === 'Ready')
  await page.setInputFiles('input', join(folder, 'holiday.mp4'))
}

interface Ended {
  readonly answer?: { readonly parts: readonly unknown[] | null }
  readonly error?: { readonly name: string; readonly code: string; readonly message: string }
  readonly told: readonly number[]
}

/** Begins the upload of the chosen file in the page, and does not wait for it. */
async function begin(options: Readonly<Record<string, unknown>> = {}): Promise<void> {
  await page.evaluate((given) => Reflect.get(window, 'begin')(given), options)
}

async function ended(): Promise<Ended> {
  return page.evaluate(() => Reflect.get(window, 'upload'))
}

function expectArrived({ answer, error, told }: Ended): void {
  expect(error).toBeUndefined()
  expect(answer).toBeDefined()
  expect(digest(server.stored())).toBe(digest(picture))
  expectSteadyProgress(told)
}

function expectSteadyProgress(told: readonly number[]): void {
  expect(told).toEqual([...new Set(told)].sort((one, other) => one - other))
  expect(told.at(-1)).toBe(FILE_BYTES)
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

describe('in Chromium', () => {
  test.each(['PUT', 'POST'] as const)('a file by %s tells of its bytes as they leave', async (method) => {
    const complaints: string[] = []
    page.on('console', (message) => complaints.push(message.text()))
    server.method = method
    server.exposedHeaders = ''
    server.meets('bucket', 'hang')
    const sending = server.saw(/bucket/)
    await begin()
    await sending
    // The bucket has it all, and has not said so.
    await page.waitForFunction((bytes) => Reflect.get(window, 'told').at(-1) === bytes - 1, FILE_BYTES)
    server.release()
    expectArrived(await ended())
    expect(complaints).toEqual([])
  })

  test('a worker uploads, too, with progress', async () => {
    await page.evaluate(() => Reflect.get(window, 'beginInWorker')())
    const result = await ended()
    expectArrived(result)
    expect(result.told.length).toBeGreaterThan(1)
  })

  test('a request that moves no byte is given up and sent again', async () => {
    server.meets('bucket', 'hang')
    // A busy machine may move none for a second either, some times over.
    await begin({ stallSeconds: 1, maxAttempts: 1000 })
    expectArrived(await ended())
    expect(server.count(/bucket/)).toBeGreaterThan(1)
  })

  test('a file in parts goes on where it was after the network was gone, whatever the bucket lets a page read', async () => {
    server.method = 'MULTIPART'
    server.exposedHeaders = ''
    server.meets('bucket', 'fine', 'fine', 'fine', 'fine', 'fine', 'hang')
    const half = server.saw(/bucket 6/)
    await begin({ parallelParts: 1, maxRetrySeconds: 0.2 })
    await half
    await context.setOffline(true)
    await page.waitForFunction(() => !navigator.onLine)
    // The bucket's answer does not get through, nor does what follows; the page tries in vain, and is not discouraged.
    const [inVain] = await Promise.all([
      page.waitForEvent('requestfailed', (request) => request.url().endsWith('/parts')),
      server.release(),
    ])
    expect(inVain.failure()?.errorText).toBe('net::ERR_INTERNET_DISCONNECTED')
    await context.setOffline(false)
    const result = await ended()
    expectArrived(result)
    expect(result.answer?.parts).toBeNull()
    // Only the part that was on its way may have gone twice.
    expect(server.count(/^bucket [1-5]$/)).toBe(5)
    expect(server.count(/bucket/)).toBeLessThanOrEqual(FILE_BYTES / PART_BYTES + 1)
  })

  test('a file in parts goes on after a reload', async () => {
    server.method = 'MULTIPART'
    server.meets('bucket', 'fine', 'fine', 'fine', 'fine', 'fine', 'hang')
    const half = server.saw(/bucket 6/)
    await begin({ parallelParts: 1, resume: true })
    await half
    await openPage(server.origin)
    server.release()
    await begin({ resume: true })
    const result = await ended()
    expectArrived(result)
    expect(result.told[0]).toBeLessThanOrEqual(6 * PART_BYTES)
    expect(result.answer?.parts).toHaveLength(FILE_BYTES / PART_BYTES)
    expect(server.count(/begin/)).toBe(1)
    expect(server.count(/^bucket [1-5]$/)).toBe(5)
    expect(await page.evaluate(() => localStorage.length)).toBe(0)
  })

  test('an abort leaves nothing in the bucket', async () => {
    server.method = 'MULTIPART'
    server.meets('bucket', 'fine', 'hang', 'hang', 'hang', 'hang')
    const [sending, aborted] = [server.saw(/bucket 4/), server.saw(/abort, answered/)]
    await begin()
    await sending
    await page.evaluate(() => Reflect.get(window, 'controller').abort(new DOMException('Enough', 'AbortError')))
    expect((await ended()).error).toMatchObject({ name: 'AbortError', message: 'Enough' })
    await aborted
    expect([...server.sessions.values()]).toMatchObject([{ state: 'aborted', parts: new Map() }])
  })

  test('a bucket without CORS rules, and a file that changed meanwhile, are told from a bad network', async () => {
    server.bucketCors = 'forgotten'
    await begin({ maxAttempts: 2 })
    const { error } = await ended()
    expect(error?.code).toBe('cors-blocked')

    server.bucketCors = 'allowed'
    await writeFile(join(folder, 'holiday.mp4'), 'another film')
    // Browsers look at the second of the change.
    await utimes(join(folder, 'holiday.mp4'), new Date(), new Date(Date.now() + 60_000))
    await begin({ maxAttempts: 2 })
    expect((await ended()).error?.code).toBe('file-unreadable')
    await writeFile(join(folder, 'holiday.mp4'), picture)
  })
})

test('on the house’s own server side, an upload in parts goes on after a reload, and an abort leaves no part', async () => {
  const app = await DiskApp.start(pages)
  try {
    const isPart = (url: URL) => url.origin === app.bucketOrigin
    let parts = 0
    let secondPart = () => {}
    const half = new Promise<void>((resolve) => {
      secondPart = resolve
    })
    const firstPartOnly = (route: Route) => {
      if (route.request().method() === 'PUT') parts += 1
      return parts > 1 ? secondPart() : route.continue()
    }
    await context.route(isPart, firstPartOnly)
    await openPage(app.origin)
    await begin({ parallelParts: 1, resume: true })
    await half
    await openPage(app.origin)
    await context.unroute(isPart, firstPartOnly)
    await begin({ resume: true })
    const { answer, error, told } = await ended()
    expect(error).toBeUndefined()
    expect(told[0]).toBeGreaterThanOrEqual(5 * 1024 ** 2)
    expectSteadyProgress(told)
    const { key } = answer as unknown as { readonly key: string }
    expect(digest(await buffer((await app.store.get(key)).body))).toBe(digest(picture))

    await context.route(isPart, () => undefined)
    await Promise.all([page.waitForRequest((request) => isPart(new URL(request.url()))), begin()])
    await Promise.all([
      page.waitForResponse((response) => response.url().endsWith('/abort')),
      page.evaluate(() => Reflect.get(window, 'controller').abort()),
    ])
    expect((await ended()).error?.name).toBe('AbortError')
    expect(await app.store.unfinishedUploads()).toEqual([])
  } finally {
    await app.stop()
  }
})
