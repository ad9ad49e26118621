import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page, Request } from 'playwright-core'
import { expect, vi } from 'vitest'
import { coloursAt, type Rgb } from './portrait.js'

/** Places of a square picture, as shares of its edges, away from where colours meet. */
const PLACES = [
  [0.25, 0.25],
  [0.75, 0.25],
  [0.25, 0.75],
  [0.75, 0.75],
  [0.5, 0.1],
  [0.1, 0.5],
] as const

/** A busy machine is no failure. */
export const PATIENCE = { timeout: 60_000, interval: 100 }

/** You, three servers and the bucket. */
const PLACES_IN_LINE = 5

let people = 0

/** A name that nobody in this run has had. */
export function newName(): string {
  people += 1
  return `person ${people}`
}

/** Somebody in front of the page, in a browser of their own. */
export class BrowserPerson {
  readonly page: Page
  /** Whatever the browser complained about. A page that is well says nothing. */
  readonly complaints: string[] = []
  readonly #pictures: string
  readonly #underWay = new Set<Request>()

  private constructor(page: Page, pictures: string) {
    this.page = page
    this.#pictures = pictures
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.complaints.push(message.text())
    })
    // From now on, so that no dialog opens before somebody waits for one.
    page.on('filechooser', () => {})
    page.on('pageerror', (error) => this.complaints.push(error.message))
    page.on('request', (request) => {
      // Of what the page before still wanted nobody hears any more.
      if (request.isNavigationRequest()) this.#underWay.clear()
      this.#underWay.add(request)
    })
    page.on('requestfinished', (request) => this.#underWay.delete(request))
    page.on('requestfailed', (request) => this.#underWay.delete(request))
  }

  /** @param pictures The folder that files are chosen from. */
  static async open(
    browser: Browser,
    origin: string,
    pictures: string,
    options: BrowserContextOptions = {},
  ): Promise<BrowserPerson> {
    const viewport = { width: 1280, height: 860 }
    const context = await browser.newContext({ viewport, reducedMotion: 'reduce', ...options })
    context.setDefaultTimeout(PATIENCE.timeout)
    const person = new BrowserPerson(await context.newPage(), pictures)
    await person.page.goto(origin)
    // Now the page knows the servers, how large a picture may be, and which way it goes.
    await person.page
      .locator('.place')
      .nth(PLACES_IN_LINE - 1)
      .waitFor()
    return person
  }

  /** Nothing that the page has asked for is missing any more. Unlike `networkidle`, which holds once it was reached. */
  async hasEverything(): Promise<void> {
    await vi.waitFor(() => expect([...this.#underWay].map((request) => request.url())).toEqual([]), PATIENCE)
  }

  async leave(): Promise<void> {
    await this.page.context().close()
  }

  async signIn(user = newName()): Promise<void> {
    await this.page.getByLabel('Name').fill(user)
    await this.page.getByRole('button', { name: 'Start' }).click()
    await this.page.locator('.drop').waitFor()
  }

  async choose(file: string): Promise<void> {
    const [chooser] = await Promise.all([this.page.waitForEvent('filechooser'), this.page.locator('.drop').click()])
    await chooser.setFiles(join(this.#pictures, file))
  }

  /** Chooses a picture and waits until it lies under the frame. */
  async upload(file: string): Promise<void> {
    await this.choose(file)
    await this.pictureIsShown()
  }

  async pictureIsShown(): Promise<void> {
    await this.page.locator('avatar-crop .crop:not([aria-busy])').waitFor()
  }

  /** Locators that hold in every language. */
  get cropButton() {
    return this.page.locator('[data-act="crop"]')
  }

  get saveButton() {
    return this.page.locator('[data-act="save"]')
  }

  get anotherButton() {
    return this.page.locator('[data-act="another"]')
  }

  get earlier() {
    return this.page.locator('.earlier-item')
  }

  /** How the picture lies under the frame, to the last digit. */
  async view(): Promise<string> {
    return this.page.locator('avatar-crop .stage .picture').evaluate((image: HTMLImageElement) => image.style.transform)
  }

  async crop(): Promise<void> {
    await this.cropButton.click()
    await this.saveButton.waitFor()
  }

  async save(): Promise<void> {
    await this.saveButton.click()
    await this.anotherButton.waitFor()
  }

  /** Which server did what, as the line of servers says. */
  async deeds(): Promise<Record<string, string>> {
    const pairs = await this.page
      .locator('.place')
      .evaluateAll((places) =>
        places.map((place) => [
          place.querySelector('.place-name')?.textContent ?? '',
          place.querySelector('.place-deed')?.textContent ?? '',
        ]),
      )
    return Object.fromEntries(pairs)
  }

  async dragPicture(x: number, y: number): Promise<void> {
    const frame = await this.boxOf('avatar-crop .frame')
    const [fromX, fromY] = [frame.x + frame.width / 2, frame.y + frame.height / 2]
    await this.page.mouse.move(fromX, fromY)
    await this.page.mouse.down()
    await this.page.mouse.move(fromX + x / 2, fromY + y / 2)
    await this.page.mouse.move(fromX + x, fromY + y)
    await this.page.mouse.up()
  }

  /** The colours that the person sees under the frame, in the middle and towards the corners. */
  async coloursUnderFrame(): Promise<Rgb[]> {
    return coloursAt(await this.page.screenshot({ clip: await this.boxOf('avatar-crop .frame') }), PLACES)
  }

  /** The colours of the saved picture at the same places, fetched without a cookie. */
  async coloursSaved(edge: number): Promise<Rgb[]> {
    return coloursAt((await this.saved(edge)).bytes, PLACES)
  }

  /** The saved picture, fetched without a cookie. */
  async saved(edge: number): Promise<{ readonly type: string | null; readonly bytes: Uint8Array }> {
    const link = this.page.locator(`.sizes a[data-edge="${edge}"]`)
    const reply = await fetch(await link.evaluate((anchor: HTMLAnchorElement) => anchor.href))
    expect(reply.status).toBe(200)
    return { type: reply.headers.get('content-type'), bytes: new Uint8Array(await reply.arrayBuffer()) }
  }

  async boxOf(selector: string): Promise<{ x: number; y: number; width: number; height: number }> {
    const box = await this.page.locator(selector).boundingBox()
    if (!box) throw new Error(`expected ${selector} to be seen`)
    return box
  }

  /** From now on: milliseconds before every answer, bytes per second of every upload. */
  async slowDown({ latency = 0, uploadThroughput = -1 }): Promise<void> {
    const devTools = await this.page.context().newCDPSession(this.page)
    const conditions = { offline: false, latency, downloadThroughput: -1, uploadThroughput }
    await devTools.send('Network.emulateNetworkConditions', conditions)
  }

  /** How far the page reaches beyond the window, in pixels. */
  async sidewaysOverflow(): Promise<number> {
    return this.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  }
}

/** Two pictures look the same there, but for what JPEG and scaling do. */
export function expectSameColours(seen: readonly Rgb[], saved: readonly Rgb[]): void {
  expect(saved).toHaveLength(seen.length)
  for (const [index, colour] of saved.entries()) {
    const differences = colour.map((value, channel) => Math.abs(value - (seen[index]?.[channel] ?? Number.NaN)))
    expect(Math.max(...differences), `place ${index}: seen ${seen[index]}, saved ${colour}`).toBeLessThan(24)
  }
}
