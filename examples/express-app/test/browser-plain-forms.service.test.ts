import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest'
import { bucketUrl, serverEnvironment } from '../../../test/journeys/ceph-ground.js'
import { createBucket } from '../../../test/services/buckets.js'
import { launchChromium } from '../../../test/services/chromium.js'
import { expectSameColours, newName, PATIENCE } from './browser-person.js'
import { screenshot } from './browser-screenshot.js'
import { coloursAt, portrait, quarters } from './portrait.js'
import { type RunningApp, startApp } from './running-app.js'

let app: RunningApp
let browser: Browser
let folder: string
let page: Page

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'brigade-pictures-'))
  await Promise.all([
    portrait().then((picture) => writeFile(join(folder, 'portrait.jpg'), picture)),
    quarters(900, 600).then((picture) => writeFile(join(folder, 'quarters.jpg'), picture)),
    writeFile(join(folder, 'notes.png'), 'This is not a picture.'),
  ])
  app = await startApp()
  browser = await launchChromium()
})

afterAll(async () => {
  await browser?.close()
  await app?.stop()
  await rm(folder, { recursive: true, force: true })
})

afterEach(async () => {
  await page.context().close()
})

/** Somebody without scripts, who came to the address of the application and was led on. */
async function arrive(user: string, options: BrowserContextOptions = {}): Promise<void> {
  const viewport = { width: 768, height: 900 }
  const context = await browser.newContext({ viewport, ...options, javaScriptEnabled: false })
  context.setDefaultTimeout(PATIENCE.timeout)
  page = await context.newPage()
  await page.goto(app.origin)
  await page.waitForURL('**/plain')
  await page.getByLabel('Name').fill(user)
  await page.getByRole('button', { name: 'Start' }).click()
  await page.waitForURL('**/plain')
  await heading('Choose a picture')
}

async function heading(name: string): Promise<void> {
  await page.getByRole('heading', { name, exact: true }).waitFor()
  await styled()
}

/** Until its style sheet has come nobody sees a page, yet it can be measured, and is too wide. */
async function styled(): Promise<void> {
  await page.waitForLoadState('load')
}

/** Presses one of the choices of the crop page, which comes again with it pressed. */
async function choose(name: string): Promise<void> {
  await press(name)
  await page.getByRole('button', { name, exact: true, pressed: true }).waitFor()
  await styled()
}

async function upload(file: string): Promise<void> {
  await page.getByLabel('Picture', { exact: true }).setInputFiles(join(folder, file))
  await page.getByRole('button', { name: 'Upload' }).click()
}

async function press(name: string): Promise<void> {
  await page.getByRole('button', { name, exact: true }).click()
}

async function follow(name: string): Promise<void> {
  await page.getByRole('link', { name, exact: true }).click()
}

/** How far the page reaches beyond the window. Scripts of the page are off, those of the test are not. */
async function expectToFit(): Promise<void> {
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  expect(overflow, page.url()).toBeLessThanOrEqual(0)
}

describe('without scripts', () => {
  test('a picture is uploaded, cropped, saved and deleted', async () => {
    await arrive('Ada')
    await screenshot(page, 'plain-choose')
    await upload('portrait.jpg')
    await heading('Crop it')
    await choose('Three quarters')
    await choose('Bottom')
    expect(await page.getByLabel('Width').inputValue()).toBe('900')
    await screenshot(page, 'plain-crop')
    await press('Crop')
    await heading('This is how it will look')
    await screenshot(page, 'plain-save')
    await press('Save')
    await heading('Your picture')
    expect(page.url()).toBe(`${app.origin}/plain/done`)

    await follow('Another picture')
    await upload('quarters.jpg')
    await press('Crop')
    await press('Save')
    await heading('Your picture')
    await screenshot(page, 'plain-done')
    // The page comes again in the same words, with the other picture in front.
    const pictures = page.locator('.plain-earlier img')
    const other = await pictures.nth(1).getAttribute('src')
    await press('Use Picture 2')
    await page.locator(`.plain-earlier:first-child img[src="${other}"]`).waitFor()
    await follow('Delete Your picture now')
    await heading('Delete this picture?')
    await press('Delete')
    await heading('Your picture')
    expect(await page.locator('.plain-earlier').count()).toBe(1)
    await follow('Delete Your picture now')
    await press('Delete')
    await heading('No picture yet')
  })

  test('what the square shows is what is saved, turned and from a camera held upright', async () => {
    await arrive(newName())
    await upload('quarters.jpg')
    await choose('Left to right')
    await choose('Turned left')
    await choose('Half')
    await choose('Centre')
    const box = await page.locator('.plain-picture .kept').boundingBox()
    if (!box) throw new Error('expected the square to be seen')
    const places = [
      [0.25, 0.25],
      [0.75, 0.25],
      [0.25, 0.75],
      [0.75, 0.75],
    ] as const
    const seen = await coloursAt(await page.screenshot({ clip: box }), places)
    await press('Crop')
    await press('Save')
    const link = await page.getByRole('link', { name: '512 px' }).getAttribute('href')
    const reply = await fetch(new URL(link ?? '', app.origin))
    expectSameColours(seen, await coloursAt(new Uint8Array(await reply.arrayBuffer()), places))
  })

  test('a refusal is told in words, with the way back', async () => {
    await arrive('Ada')
    await upload('notes.png')
    await heading('That did not work')
    expect(await page.getByRole('alert').textContent()).toContain('This kind of file can’t be used.')
    await screenshot(page, 'plain-trouble')
    await follow('Choose a picture')
    await heading('Choose a picture')
  })
})

describe('without scripts, in German, on a bucket that servers only sign for', () => {
  let direct: RunningApp

  beforeAll(async () => {
    const cluster = inject('ceph')
    const url = bucketUrl(cluster, await createBucket(cluster), cluster.endpoints[0])
    const env = { ...serverEnvironment(url, cluster.credentials), BRIGADE_SECRETS: 'a'.repeat(40), UPLOADS: 'direct' }
    direct = await startApp(env)
  })

  afterAll(async () => {
    await direct?.stop()
  })

  test('somebody new sends a picture straight to the bucket, crops it, signs up and saves it', async () => {
    const viewport = { width: 320, height: 640 }
    const context = await browser.newContext({ viewport, locale: 'de-AT', javaScriptEnabled: false })
    context.setDefaultTimeout(PATIENCE.timeout)
    page = await context.newPage()
    const posts: string[] = []
    page.on('request', (request) => {
      if (request.method() === 'POST') posts.push(new URL(request.url()).origin)
    })
    await page.goto(`${direct.origin}/plain`)
    await follow('Neu hier? Fangen Sie mit einem Bild an')
    await heading('Mit einem Bild registrieren')
    // What the bucket refuses it says in words of its own, so the page says before what it would refuse.
    await page.getByText(/Schicken Sie es innerhalb von \d+ Minuten\. .* oder größer als 20 MB ist/).waitFor()
    await expectToFit()
    await screenshot(page, 'plain-320-german')
    await page.getByLabel('Bild', { exact: true }).setInputFiles(join(folder, 'portrait.jpg'))
    await press('Hochladen')
    await heading('Zuschneiden')
    await page.getByRole('listitem').filter({ hasText: 'Wählen, erledigt' }).waitFor()
    expect(posts).toEqual([new URL(inject('ceph').endpoints[0]).origin])
    await expectToFit()
    await press('Zuschneiden')
    await heading('Wer ist das?')
    await expectToFit()
    await page.getByLabel('Name').fill('Jörg')
    await press('Registrieren')
    await heading('So wird es aussehen')
    await press('Speichern')
    await heading('Ihr Bild')
    await expectToFit()
  })
})

describe.each([
  { width: 320, height: 640, colorScheme: 'light' },
  { width: 320, height: 640, colorScheme: 'dark' },
] as const)('at $width pixels, $colorScheme', ({ width, height, colorScheme }) => {
  test('nothing sticks out sideways, in any step', async () => {
    await arrive('A person with a name that is really quite long', { viewport: { width, height }, colorScheme })
    await expectToFit()
    await upload('portrait.jpg')
    await heading('Crop it')
    await expectToFit()
    await screenshot(page, `plain-${width}-${colorScheme}-crop`)
    await press('Crop')
    await heading('This is how it will look')
    await expectToFit()
    await press('Save')
    await heading('Your picture')
    await expectToFit()
    await screenshot(page, `plain-${width}-${colorScheme}-done`)
    await follow('Delete Your picture now')
    await heading('Delete this picture?')
    await expectToFit()
  })
})
