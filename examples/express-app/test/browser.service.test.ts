import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { launchChromium } from '../../../test/services/chromium.js'
import { screenshot } from './browser-screenshot.js'
import { coloursAt, portrait, quarters } from './portrait.js'
import { type RunningApp, startApp } from './running-app.js'

let app: RunningApp
let browser: Browser
let folder: string
let page: Page
/** Whatever the browser complained about. A page that is well says nothing. */
let complaints: string[]
let people = 0

const PLACES = [
  [0.25, 0.25],
  [0.75, 0.25],
  [0.25, 0.75],
  [0.75, 0.75],
  [0.5, 0.1],
  [0.1, 0.5],
] as const

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

beforeEach(async () => {
  page = await openPage()
})

afterEach(async () => {
  await page.context().close()
})

async function openPage(options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 860 },
    reducedMotion: 'reduce',
    ...options,
  })
  const opened = await context.newPage()
  complaints = []
  opened.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
  })
  opened.on('pageerror', (error) => complaints.push(error.message))
  await opened.goto(app.origin)
  return opened
}

async function signIn(user = `person ${++people}`): Promise<void> {
  await page.getByLabel('Name').fill(user)
  await page.getByRole('button', { name: 'Start' }).click()
  await page.locator('#drop').waitFor()
}

async function choose(file: string): Promise<void> {
  const chooser = page.waitForEvent('filechooser')
  await page.locator('#drop').click()
  await (await chooser).setFiles(join(folder, file))
}

async function chooseAndWait(file: string): Promise<void> {
  await choose(file)
  await page.locator('#crop-canvas').waitFor()
  await vi.waitFor(async () => expect(await page.locator('#crop-image').getAttribute('style')).toContain('matrix'))
}

const cropButton = () => page.getByRole('button', { name: 'Crop', exact: true })
const saveButton = () => page.getByRole('button', { name: 'Save', exact: true })

async function cropAndSave(): Promise<void> {
  await cropButton().click()
  await saveButton().click()
  await page.getByRole('heading', { name: 'Saved' }).waitFor()
}

/** Which server did what, as the line of servers says. */
async function deeds(): Promise<Record<string, string>> {
  const pairs = await page
    .locator('.place')
    .evaluateAll((places) =>
      places.map((place) => [
        place.querySelector('.place-name')?.textContent ?? '',
        place.querySelector('.place-deed')?.textContent ?? '',
      ]),
    )
  return Object.fromEntries(pairs)
}

/** What the person sees under the frame, without the lines drawn upon it. */
async function seenUnderFrame(): Promise<Uint8Array> {
  await page.addStyleTag({ url: 'data:text/css,.crop-frame::after{border:0 !important}' }).catch(() => {})
  return page.screenshot({ clip: await boxOf('#crop-frame') })
}

async function boxOf(selector: string): Promise<{ x: number; y: number; width: number; height: number }> {
  const box = await page.locator(selector).boundingBox()
  if (!box) throw new Error(`expected ${selector} to be seen`)
  return box
}

async function fetchSaved(edge: number): Promise<Uint8Array> {
  const address = await page.getByRole('link', { name: `${edge} px` }).evaluate((link: HTMLAnchorElement) => link.href)
  const reply = await fetch(address)
  expect(reply.status).toBe(200)
  return new Uint8Array(await reply.arrayBuffer())
}

async function dragPicture(x: number, y: number): Promise<void> {
  const frame = await boxOf('#crop-frame')
  const [fromX, fromY] = [frame.x + frame.width / 2, frame.y + frame.height / 2]
  await page.mouse.move(fromX, fromY)
  await page.mouse.down()
  await page.mouse.move(fromX + x / 2, fromY + y / 2)
  await page.mouse.move(fromX + x, fromY + y)
  await page.mouse.up()
}

async function sidewaysOverflow(): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
}

describe('with the mouse', () => {
  test('a picture is chosen, cropped and saved, and the line shows which server did what', async () => {
    const answeredBy: Record<string, string> = {}
    page.on('response', (response) => {
      const step = { '/avatars': 'received', '/avatars/crop': 'cropped', '/avatars/save': 'saved' }[
        new URL(response.url()).pathname
      ]
      if (step && response.request().method() === 'POST') answeredBy[step] = response.headers()['x-served-by'] ?? ''
    })
    await signIn('Ada')
    await screenshot(page, 'choose')
    await chooseAndWait('portrait.jpg')
    const frame = await boxOf('#crop-frame')
    await page.mouse.move(frame.x + frame.width * 0.44, frame.y + frame.height * 0.62)
    await page.mouse.wheel(0, -400)
    await page.mouse.wheel(0, -400)
    await dragPicture(20, 0)
    expect(Number(await page.getByRole('slider', { name: 'Zoom' }).inputValue())).toBeGreaterThan(0)
    await screenshot(page, 'crop')
    await cropButton().click()
    await page.getByRole('heading', { name: 'This is how it will look' }).waitFor()
    await saveButton().click()
    await page.getByRole('heading', { name: 'Saved' }).waitFor()
    await screenshot(page, 'saved')
    const said = await deeds()
    for (const [step, server] of Object.entries(answeredBy)) expect(said[server]).toContain(step)
    expect(Object.keys(answeredBy).sort()).toEqual(['cropped', 'received', 'saved'])
    expect(complaints).toEqual([])
  })

  test('what was seen under the frame is what is saved: turned, mirrored, moved, enlarged, from a camera held upright', async () => {
    await signIn()
    await chooseAndWait('quarters.jpg')
    await page.getByRole('button', { name: 'Turn right' }).click()
    await page.getByRole('button', { name: 'Mirror' }).click()
    await page.getByRole('button', { name: 'Zoom in' }).click()
    await dragPicture(25, -30)
    const seen = await coloursAt(await seenUnderFrame(), PLACES)
    await cropAndSave()
    const saved = await coloursAt(await fetchSaved(512), PLACES)
    for (const [index, colour] of saved.entries()) {
      for (const [channel, value] of colour.entries()) {
        expect(Math.abs(value - (seen[index]?.[channel] ?? Number.NaN))).toBeLessThan(24)
      }
    }
  })

  test('going back and cropping again starts from the original', async () => {
    await signIn()
    await chooseAndWait('quarters.jpg')
    await cropButton().click()
    const first = await page.locator('#save-picture').getAttribute('src')
    await page.getByRole('button', { name: 'Crop again' }).click()
    await page.getByRole('button', { name: 'Turn left' }).click()
    await cropButton().click()
    await vi.waitFor(async () => expect(await page.locator('#save-picture').getAttribute('src')).not.toBe(first))
    await saveButton().click()
    await page.getByRole('heading', { name: 'Saved' }).waitFor()
    await page.reload()
    await page.locator('.earlier-item').first().waitFor()
    expect(await page.locator('.earlier-item').count()).toBe(1)
  })

  test('a double click on save saves once', async () => {
    await signIn()
    await chooseAndWait('quarters.jpg')
    await cropButton().click()
    await saveButton().dblclick()
    await page.getByRole('heading', { name: 'Saved' }).waitFor()
    await page.reload()
    await page.locator('.earlier-item').first().waitFor()
    expect(await page.locator('.earlier-item').count()).toBe(1)
  })
})

describe('earlier pictures', () => {
  test('can be chosen again and deleted, also after the page was loaded anew', async () => {
    await signIn()
    for (const file of ['portrait.jpg', 'quarters.jpg']) {
      await chooseAndWait(file)
      await cropAndSave()
      await page.getByRole('button', { name: 'Another picture' }).click()
    }
    await page.reload()
    const chosen = page.locator('.earlier-choose[aria-pressed="true"]')
    const newest = await chosen.getAttribute('aria-label')
    const other = page.locator('.earlier-choose[aria-pressed="false"]')
    await other.click()
    await page.getByText('moved the pointer').waitFor({ state: 'attached' })
    await page.getByRole('button', { name: 'Delete the picture' }).first().click()
    await page.getByRole('button', { name: 'Keep it' }).click()
    expect(await page.locator('.earlier-item').count()).toBe(2)
    await page.getByRole('button', { name: 'Delete the picture' }).first().click()
    await page.getByRole('button', { name: 'Delete', exact: true }).click()
    await vi.waitFor(async () => expect(await page.locator('.earlier-item').count()).toBe(1))
    expect(await chosen.count()).toBe(1)
    expect(newest).toMatch(/^Use the picture of /)
    expect(complaints).toEqual([])
  })
})

describe('when something is wrong', () => {
  test('a file that is no picture is refused in words, and another one can be chosen at once', async () => {
    await signIn()
    await choose('notes.png')
    await page.getByRole('alert').getByText('That file is not a picture we can read').waitFor()
    await screenshot(page, 'trouble')
    await chooseAndWait('quarters.jpg')
    expect(await page.getByRole('alert').isVisible()).toBe(false)
  })

  test('an upload can be cancelled, and says how far it is', async () => {
    await signIn()
    const network = await page.context().newCDPSession(page)
    const slow = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 20_000 }
    await network.send('Network.emulateNetworkConditions', slow)
    await choose('portrait.jpg')
    await page.getByRole('progressbar', { name: 'Upload' }).waitFor()
    expect(await page.locator('#send-words').textContent()).toMatch(/ of \d+ kB$/)
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.locator('#drop').waitFor()
    expect(await page.getByRole('status').textContent()).toContain('Cancelled')
  })

  test('a lost connection is told in words, and the step can be tried again', async () => {
    await signIn()
    await chooseAndWait('quarters.jpg')
    await page.context().setOffline(true)
    await cropButton().click()
    await page.getByRole('alert').getByText('The connection broke off').waitFor()
    await page.context().setOffline(false)
    await cropAndSave()
  })

  test('servers that are killed between the steps are missed by nobody', async () => {
    await signIn()
    await chooseAndWait('quarters.jpg')
    const [first, second] = await app.serverPids()
    for (const pid of [first, second]) if (pid !== undefined) process.kill(pid, 'SIGKILL')
    await cropButton().click()
    await saveButton().waitFor()
    await vi.waitFor(async () => expect(await app.serverPids()).toHaveLength(3), 10_000)
    await saveButton().click()
    await page.getByRole('heading', { name: 'Saved' }).waitFor()
  })

  test('somebody who signed out elsewhere is asked for the name again', async () => {
    await signIn()
    await chooseAndWait('quarters.jpg')
    await page.context().clearCookies()
    await cropButton().click()
    await page.getByRole('alert').getByText('You are no longer signed in').waitFor()
    await page.getByLabel('Name').waitFor()
  })
})

describe('with the keyboard alone', () => {
  test('every step can be done, and the focus is where the work is', async () => {
    const focused = () => page.evaluate(() => document.activeElement?.id ?? '')
    await page.locator('.place').first().waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    expect(await focused()).toBe('sign-in-user')
    await page.keyboard.type(`person ${++people}`)
    await page.keyboard.press('Enter')
    await page.locator('#drop').waitFor()
    await page.keyboard.press('Tab')
    expect(await focused()).toBe('file')
    const chooser = page.waitForEvent('filechooser')
    await page.keyboard.press('Enter')
    await (await chooser).setFiles(join(folder, 'quarters.jpg'))
    await page.locator('#crop-canvas').waitFor()
    expect(await focused()).toBe('crop-canvas')
    const style = () => page.locator('#crop-image').getAttribute('style')
    for (const key of ['+', 'ArrowLeft', 'Shift+ArrowUp', 'r', 'm', '-', '0', '+']) {
      const before = await style()
      await page.keyboard.press(key)
      expect(await style(), key).not.toBe(before)
    }
    await page.locator('#crop-go').focus()
    await page.keyboard.press('Enter')
    await saveButton().waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    expect(await focused()).toBe('save-go')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Saved' }).waitFor()
    expect(await page.locator(':focus').textContent()).toBe('Saved')
  })
})

describe('by touch', () => {
  test('two fingers enlarge the picture', async () => {
    await page.context().close()
    page = await openPage({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true })
    await signIn()
    await chooseAndWait('portrait.jpg')
    const zoom = page.getByRole('slider', { name: 'Zoom' })
    expect(await zoom.inputValue()).toBe('0')
    const frame = await boxOf('#crop-frame')
    const [x, y] = [frame.x + frame.width / 2, frame.y + frame.height / 2]
    const touch = await page.context().newCDPSession(page)
    const fingers = (apart: number) => [
      { x: x - apart, y, id: 1 },
      { x: x + apart, y, id: 2 },
    ]
    await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: fingers(30) })
    for (const apart of [45, 60, 75]) {
      await touch.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: fingers(apart) })
    }
    await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
    expect(Number(await zoom.inputValue())).toBeGreaterThan(100)
  })
})

describe.each([
  { width: 320, height: 640, colorScheme: 'light' },
  { width: 320, height: 640, colorScheme: 'dark' },
  { width: 768, height: 1024, colorScheme: 'light' },
  { width: 1440, height: 900, colorScheme: 'dark' },
] as const)('at $width pixels, $colorScheme', ({ width, height, colorScheme }) => {
  test('nothing sticks out sideways, in any step', async () => {
    await page.context().close()
    page = await openPage({ viewport: { width, height }, colorScheme })
    const dark = await page.evaluate(() => {
      const [red = 0] = getComputedStyle(document.body).backgroundColor.match(/\d+/g)?.map(Number) ?? []
      return red < 128
    })
    expect(dark).toBe(colorScheme === 'dark')
    const look = async (step: string) => expect(await sidewaysOverflow(), step).toBeLessThanOrEqual(0)
    await look('sign-in')
    await signIn(colorScheme === 'dark' ? 'Grace' : 'A person with a name that is really quite long')
    await chooseAndWait('portrait.jpg')
    await look('crop')
    await screenshot(page, `${width}-${colorScheme}-crop`)
    await cropButton().click()
    await saveButton().waitFor()
    await look('save')
    await saveButton().click()
    await page.getByRole('heading', { name: 'Saved' }).waitFor()
    await look('saved')
    await screenshot(page, `${width}-${colorScheme}-saved`)
  })
})

test('no server writes anything beside the bucket', async () => {
  expect(await readdir(app.bucketDirectory)).toEqual(['data'])
})
