import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { AvatarForm } from '@bucket-brigade/browser/avatar-form'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { portrait } from '../../../../examples/express-app/test/portrait.js'
import { launchChromium } from '../../../../test/services/chromium.js'

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' blob:; " +
  "require-trusted-types-for 'script'; base-uri 'none'"

/** What sites do to their text and their elements; the size of the letters is the browser's own in the end. */
const RUDE_STYLES = `
  html { font-size: 62.5%; }
  body {
    margin: 8px; font: italic bold 1.6rem sans-serif; letter-spacing: 2px; text-align: center; text-indent: 2em;
    text-transform: uppercase; white-space: nowrap; word-spacing: 1em;
  }
  * { box-sizing: content-box; }
  button, input, img, h2, p, ol, ul { border: 5px solid lime !important; padding: 9px !important; color: red !important; }
  .card, .stage, .steps, .frame { display: none !important; }
  [hidden] { display: block !important; }`

const FIELDS =
  '<p contenteditable id=editor>text</p><textarea id=area></textarea><input type=file id=file><p id=zone>zone</p>'

const SHADOWS = ['div', 'div', 'section']
  .map((host) => `<${host}><template shadowrootmode=open><avatar-form></avatar-form></template></${host}>`)
  .join('')

function pageOf(styles: string, around: string): string {
  return `<!doctype html><html lang="en"><title>Profile</title><link rel="stylesheet" href="${styles}">
    <script type="module" src="/avatar-form.js"></script><avatar-form></avatar-form>${around}</html>`
}

let browser: Browser
let server: Server
let address: string
let picture: Buffer
let page: Page
let complaints: string[]

beforeAll(async () => {
  picture = await portrait()
  const script = await readFile(fileURLToPath(import.meta.resolve('@bucket-brigade/browser/avatar-form')))
  const uploaded = { step: 'crop', token: 'token', preview: '/picture.jpg' }
  const answers = new Map<string, readonly [status: number, type: string, body: string | Buffer]>([
    ['GET /plain', [200, 'text/html', pageOf('/plain.css', '')]],
    ['GET /rude', [200, 'text/html', pageOf('/rude.css', '')]],
    ['GET /fields', [200, 'text/html', pageOf('/plain.css', FIELDS)]],
    ['GET /two', [200, 'text/html', pageOf('/plain.css', '<avatar-form id=second></avatar-form><p id=zone>zone</p>')]],
    ['GET /shadows', [200, 'text/html', pageOf('/plain.css', SHADOWS)]],
    ['GET /plain.css', [200, 'text/css', 'body { font-family: sans-serif; }']],
    ['GET /rude.css', [200, 'text/css', RUDE_STYLES]],
    ['GET /avatar-form.js', [200, 'text/javascript', script]],
    ['GET /favicon.ico', [200, 'image/x-icon', '']],
    ['GET /picture.jpg', [200, 'image/jpeg', picture]],
    ['GET /avatars', [200, 'application/json', JSON.stringify({ avatars: [] })]],
    ['POST /avatars/preview', [200, 'application/json', JSON.stringify({ preview: '/picture.jpg' })]],
    ['POST /avatars', [201, 'application/json', JSON.stringify(uploaded)]],
  ])
  server = createServer(async (req, res) => {
    await buffer(req)
    const [status, type, body] = answers.get(`${req.method} ${req.url}`) ?? [404, 'text/plain', '']
    res.writeHead(status, { 'content-type': type, 'content-security-policy': POLICY }).end(body)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  browser = await launchChromium()
})

afterAll(async () => {
  await browser?.close()
  server?.close()
  server?.closeAllConnections()
})

afterEach(() => page.close())

async function open(path: string): Promise<void> {
  page = await browser.newPage({ viewport: { width: 1200, height: 900 } })
  page.setDefaultTimeout(60_000)
  complaints = []
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  page.on('pageerror', ({ message }) => complaints.push(message))
  await page.goto(address + path)
  await page.getByText('What you save is kept here').first().waitFor()
}

/** Name, width and height of everything in the form that is seen. */
function boxes(): Promise<readonly string[]> {
  return page.locator('avatar-form').evaluate((form) => {
    const roots = [form, form.shadowRoot?.querySelector('avatar-crop')].map((host) => host?.shadowRoot)
    const all = roots.flatMap((root) => [...(root?.querySelectorAll<HTMLElement>('*') ?? [])])
    return all
      .filter((element) => element.getClientRects().length > 0)
      .map((element) => {
        const { width, height } = element.getBoundingClientRect()
        return `${element.localName}.${element.className} ${width.toFixed(1)} × ${height.toFixed(1)}`
      })
  })
}

/** Sends a picture with one of the forms, and waits until it can be cropped. */
async function upload(form = 0): Promise<void> {
  const file = { name: 'me.jpg', mimeType: 'image/jpeg', buffer: picture }
  await page.locator('avatar-form').nth(form).locator('input[type=file]').first().setInputFiles(file)
  await page.getByRole('status').getByText('Now crop it').waitFor({ state: 'attached' })
}

async function boxesOfTwoSteps(path: string): Promise<readonly string[]> {
  await open(path)
  const choose = await boxes()
  await upload()
  const crop = await boxes()
  expect(complaints).toEqual([])
  await page.close()
  return [...choose, ...crop]
}

test('it is as large and as it should be, whatever the styles of the page, under a strict policy', async () => {
  const plain = await boxesOfTwoSteps('/plain')
  expect(plain.length).toBeGreaterThan(80)
  expect(await boxesOfTwoSteps('/rude')).toEqual(plain)
})

test.each([
  ['half as large', 'scale: 0.5'],
  ['by zoom', 'zoom: 0.75'],
  ['out of nothing', 'scale: 0'],
])('the picture fills its frame on a page that shows it %s', async (_what, style) => {
  await open('/plain')
  // Scripts may set styles of elements, whatever the policy.
  await page.evaluate((text) => {
    document.body.style.cssText = text
  }, style)
  await upload()
  const [frame, shown] = await page.locator('avatar-form').evaluate((form) => {
    document.body.style.scale = ''
    const root = form.shadowRoot?.querySelector('avatar-crop')?.shadowRoot
    return ['.frame', '.stage .picture'].map((selector) =>
      root?.querySelector(selector)?.getBoundingClientRect().toJSON(),
    )
  })
  expect(frame.height).toBeGreaterThan(100)
  expect(shown.top).toBeCloseTo(frame.top, 1)
  expect(shown.height).toBeCloseTo(frame.height, 1)
  expect(shown.left + shown.width / 2).toBeCloseTo(frame.left + frame.width / 2, 1)
})

/** What became of a picture that an event brought. */
interface Outcome {
  /** Which forms have taken it, counted from 0. */
  readonly takers: readonly number[]
  /** Whether the browser is kept from doing something with it. */
  readonly isHandled: boolean
}

/**
 * Sends an event with a picture.
 *
 * @param selector  Of the element that it reaches, in the page or in the form.
 * @param form  Whose shadow root is looked into.
 */
function send(type: 'paste' | 'dragover' | 'drop', selector: string, form = 0): Promise<Outcome> {
  return page.evaluate(
    ([type, selector, form]) => {
      const files = new DataTransfer()
      files.items.add(new File(['picture'], 'portrait.jpg', { type: 'image/jpeg' }))
      const init = { bubbles: true, cancelable: true, composed: true }
      const event =
        type === 'paste'
          ? new ClipboardEvent('paste', { ...init, clipboardData: files })
          : new DragEvent(type, { ...init, dataTransfer: files })
      const forms: EventTarget[] = [...document.querySelectorAll('avatar-form')]
      const takers: number[] = []
      const note = ({ target }: Event) => takers.push(target ? forms.indexOf(target) : -1)
      document.body.addEventListener('avatar-step', note)
      const root = document.querySelectorAll('avatar-form')[form]?.shadowRoot
      const place = document.querySelector(selector) ?? root?.querySelector(selector)
      place?.dispatchEvent(event)
      document.body.removeEventListener('avatar-step', note)
      return { takers, isHandled: event.defaultPrevented }
    },
    [type, selector, form] as const,
  )
}

describe('a picture on a page with fields of its own', () => {
  test('is left to the fields, and to whatever has taken it', async () => {
    await open('/fields')
    for (const [type, selector] of [
      ['paste', '#editor'],
      ['paste', '#area'],
      ['dragover', '#editor'],
      ['dragover', '#file'],
      ['drop', '#editor'],
      ['drop', '#file'],
    ] as const) {
      expect(await send(type, selector), `${type} on ${selector}`).toEqual({ takers: [], isHandled: false })
    }
    await page.locator('#zone').evaluate((zone) => {
      for (const type of ['paste', 'drop']) zone.addEventListener(type, (event) => event.preventDefault())
    })
    expect(await send('paste', '#zone')).toEqual({ takers: [], isHandled: true })
    expect(await send('drop', '#zone')).toEqual({ takers: [], isHandled: true })
  })

  test.each([
    ['paste', 'body'],
    ['drop', '#zone'],
    ['drop', '.drop-hint'],
  ] as const)('is taken by %s on %s', async (type, selector) => {
    await open('/fields')
    expect(await send(type, selector)).toEqual({ takers: [0], isHandled: true })
  })
})

test('of two forms, only the one that is meant takes a file', async () => {
  await open('/two')
  expect(await send('drop', '#zone')).toEqual({ takers: [], isHandled: true })
  expect(await send('paste', '#zone')).toEqual({ takers: [], isHandled: false })
  expect(await send('drop', '.earlier', 1)).toEqual({ takers: [1], isHandled: true })
  expect(await send('paste', '.earlier', 0)).toEqual({ takers: [0], isHandled: true })
})

describe('a picture in work', () => {
  test('is found again by its own form, also among several in shadow roots', async () => {
    await open('/shadows')
    await upload(2)
    await page.reload()
    const forms = page.locator('avatar-form')
    await forms.nth(2).locator('avatar-crop .crop:not([aria-busy])').waitFor()
    for (const other of [0, 1, 3]) expect(await forms.nth(other).locator('.drop').isVisible()).toBe(true)
    expect(complaints).toEqual([])
  })

  test('is forgotten by a form that is told to begin anew while it is not in the page', async () => {
    await open('/plain')
    await upload()
    await page.locator('avatar-form').evaluate((form: AvatarForm) => {
      form.remove()
      form.restart()
      document.body.append(form)
    })
    await page.locator('.drop').waitFor()
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0)
  })
})

test('what was done with earlier pictures is told, also where the list does not come afterwards', async () => {
  const avatars = ['first', 'second'].map((id, index) => ({
    id,
    url: '/picture.jpg',
    sizes: { 96: '/picture.jpg' },
    savedAt: `2026-01-0${index + 1}T10:00:00.000Z`,
  }))
  const [first, current] = avatars
  await open('/plain')
  await page.route('**/avatars', (route) => route.fulfill({ json: { current, avatars } }), { times: 1 })
  await page.route('**/avatars/current', (route) => route.fulfill({ json: { avatar: first } }))
  await page.route('**/avatars/first', (route) => route.fulfill({ status: 204 }))
  const told = await page.locator('avatar-form').evaluateHandle((form: AvatarForm) => {
    const names: string[] = []
    for (const name of ['avatar-selected', 'avatar-removed', 'avatar-problem'] as const) {
      form.addEventListener(name, () => names.push(name))
    }
    form.restart()
    return names
  })
  const pictures = page.locator('.earlier-item')
  await pictures.nth(1).waitFor()
  await page.route('**/avatars', (route) => route.abort())
  await page.locator('.earlier-choose[aria-pressed="false"]').click()
  await page.getByText('The connection broke off').waitFor()
  const isFocused = (selector: string) => page.locator(selector).evaluate((element) => element.matches(':focus'))
  expect(await isFocused('.earlier-item:last-child .earlier-choose[aria-pressed="true"]')).toBe(true)
  await page.locator('.earlier-item:last-child .earlier-remove').click()
  await page.getByRole('button', { name: 'Delete', exact: true }).click()
  await page.locator('.earlier-item:only-child').waitFor()
  await page.getByText('The connection broke off').waitFor()
  expect(await isFocused('#earlier-title')).toBe(true)
  expect(await told.jsonValue()).toEqual(['avatar-selected', 'avatar-problem', 'avatar-removed', 'avatar-problem'])
})

test('the end of a wait takes away no message but its own', async () => {
  await open('/plain')
  const avatar = { id: 'one', savedAt: '2026-03-01T12:30:05Z', url: '/picture.jpg', sizes: { 96: '/picture.jpg' } }
  await page.route('**/avatars', (route) =>
    route.request().method() === 'GET' ? route.fulfill({ json: { avatars: [avatar] } }) : route.fallback(),
  )
  await page.locator('avatar-form').evaluate((form: AvatarForm) => form.restart())
  const earlier = page.locator('.earlier-choose')
  await earlier.waitFor()
  const busy = { status: 503, headers: { 'retry-after': '1' }, json: { code: 'overloaded' } }
  await page.route('**/avatars', (route) => route.fulfill(busy), { times: 1 })
  await page.route('**/avatars/current', (route) => route.fulfill({ status: 404, json: { code: 'not-found' } }))
  const refused = page.waitForResponse((response) => response.status() === 503)
  await Promise.all([refused.then(() => earlier.click()), upload()])
  await page.getByRole('alert').getByText('That picture is no longer there').waitFor()
})

test.each([
  ['POST', 201],
  ['POST', 200],
  ['GET', 200],
] as const)('a sign-in page in place of the answer to %s, with %i, is told as a problem', async (method, status) => {
  await open('/plain')
  await page.route('**/avatars', (route) =>
    route.request().method() === method
      ? route.fulfill({ status, contentType: 'text/html', body: '<h1>Who are you?</h1>' })
      : route.fallback(),
  )
  if (method === 'GET') await page.locator('avatar-form').evaluate((form: AvatarForm) => form.restart())
  else {
    const file = { name: 'me.jpg', mimeType: 'image/jpeg', buffer: picture }
    await page.locator('avatar-form input[type=file]').first().setInputFiles(file)
  }
  await page.getByText('Something went wrong').waitFor()
  await page.getByText('Details').click()
  await page.getByText(`received something else, status ${status}`).waitFor()
  await page.getByRole('button', { name: 'Choose a picture' }).waitFor()
  expect(complaints).toEqual([])
})
