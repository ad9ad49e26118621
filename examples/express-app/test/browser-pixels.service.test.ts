import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchChromium } from '../../../test/services/chromium.js'
import { BrowserPerson } from './browser-person.js'
import { coded, type Orientation, type Pixels, pixelsOf, storedAs } from './coded-picture.js'
import { portrait } from './portrait.js'
import { type RunningApp, startApp } from './running-app.js'

/** The largest size that the example saves. A picture of this height is saved pixel by pixel. */
const EDGE = 512
const WIDTH = 640

let app: RunningApp
let browser: Browser
let folder: string
let person: BrowserPerson

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'brigade-pixels-'))
  const upright = coded(WIDTH, EDGE)
  for (const orientation of [1, 2, 3, 4, 5, 6, 7, 8] as const) {
    const stored = storedAs(upright, orientation)
    await stored
      .clone()
      .png({ compressionLevel: 3 })
      .toFile(join(folder, `${orientation}.png`))
    await stored.webp({ lossless: true, effort: 0 }).toFile(join(folder, `${orientation}.webp`))
  }
  await sharp(await portrait())
    .png()
    .toFile(join(folder, 'portrait.png'))
  app = await startApp()
  browser = await launchChromium()
  person = await BrowserPerson.open(browser, app.origin, folder, { viewport: { width: 700, height: 700 } })
  await person.page.evaluate(laysOutOnePixelPerPixel, EDGE)
  await person.signIn()
})

afterAll(async () => {
  await browser?.close()
  await app?.stop()
  await rm(folder, { recursive: true, force: true })
})

/** A frame of as many screen pixels as the saved picture has, with nothing drawn over it. By parts, like every page. */
function laysOutOnePixelPerPixel(edge: number): void {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(`
    avatar-form::part(stage) { position: fixed; inset: 0 auto auto 0; inline-size: 600px; block-size: 600px; z-index: 9; }
    avatar-form::part(frame) { inline-size: ${edge}px; box-shadow: none; border-radius: 0; }
    avatar-form::part(frame)::after { display: none; }
  `)
  document.adoptedStyleSheets = [sheet]
}

async function pixelsUnderFrame(): Promise<Pixels> {
  return pixelsOf(await person.page.screenshot({ clip: await person.boxOf('avatar-crop .frame'), scale: 'css' }))
}

interface Sent {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly rotate: number
  readonly scaleX: number
  readonly scaleY: number
}

/** Crops and saves what is shown; what was sent, what was seen, and what came out of it. */
async function saveWhatIsSeen(): Promise<{ sent: Sent; seen: Pixels; type: string | null; saved: Pixels }> {
  const seen = await pixelsUnderFrame()
  const [request] = await Promise.all([person.page.waitForRequest('**/avatars/crop'), person.cropButton.click()])
  const { token: _token, ...sent } = request.postDataJSON()
  await person.saveButton.waitFor()
  await person.save()
  const { type, bytes } = await person.saved(EDGE)
  const saved = await pixelsOf(bytes)
  await person.anotherButton.click()
  return { sent, seen, type, saved }
}

/** DESIGN's contract in 15 lines, for quarter turns: each pixel of the crop, led back to the upright picture. */
function renderQuarterTurn({ x, y, width, rotate, scaleX, scaleY }: Sent): Pixels {
  const data = new Uint8Array(width * width * 4)
  const upright = coded(WIDTH, EDGE)
  for (let row = 0; row < width; row += 1) {
    for (let column = 0; column < width; column += 1) {
      const [right, down] = [x + column, y + row]
      const [flippedX, flippedY] = new Map([
        [0, [right, down]],
        [90, [down, EDGE - 1 - right]],
        [180, [WIDTH - 1 - right, EDGE - 1 - down]],
        [270, [WIDTH - 1 - down, right]],
      ]).get(rotate) ?? [Number.NaN, Number.NaN]
      const fromX = scaleX === -1 ? WIDTH - 1 - (flippedX ?? 0) : (flippedX ?? 0)
      const fromY = scaleY === -1 ? EDGE - 1 - (flippedY ?? 0) : (flippedY ?? 0)
      const from = (fromY * WIDTH + fromX) * 4
      data.set(upright.data.subarray(from, from + 4), (row * width + column) * 4)
    }
  }
  return { data, width, height: width }
}

/** How many pixels differ, where transparent ones are equal whatever their colour. */
function differentPixels(one: Pixels, other: Pixels): number {
  expect([one.width, one.height]).toEqual([other.width, other.height])
  let count = 0
  for (let at = 0; at < one.data.length; at += 4) {
    const isClear = one.data[at + 3] === 0 && other.data[at + 3] === 0
    const isSame = [0, 1, 2, 3].every((channel) => one.data[at + channel] === other.data[at + channel])
    if (!isClear && !isSame) count += 1
  }
  return count
}

/**
 * All 16 combinations of quarter turns and flips; with them each of the 8 orientations, as PNG and as WebP, whose
 * orientation Chromium ignores.
 */
const COMBINATIONS = [0, 1, 2, 3].flatMap((turns) =>
  [[], ['flipHorizontal'], ['flipVertical'], ['flipHorizontal', 'flipVertical']].map((flips, index) => ({
    turns,
    flips,
    orientation: (((turns * 4 + index) % 8) + 1) as Orientation,
    format: turns < 2 ? 'png' : 'webp',
  })),
)

describe('what is seen is what is saved, to the pixel', () => {
  test.each(COMBINATIONS)(
    'a $format of EXIF orientation $orientation, $turns turns, flips $flips',
    async (combination) => {
      await person.upload(`${combination.orientation}.${combination.format}`)
      for (const flip of combination.flips) await person.page.locator(`[data-tool="${flip}"]`).click()
      for (let turn = 0; turn < combination.turns; turn += 1)
        await person.page.locator('[data-tool="turnRight"]').click()
      await person.dragPicture(17, 23)
      const { sent, seen, type, saved } = await saveWhatIsSeen()
      expect(type).toBe('image/png')
      expect(sent).toMatchObject({ width: EDGE, rotate: combination.turns * 90 })
      expect([sent.x, sent.y]).not.toEqual([(WIDTH - EDGE) / 2, 0])
      const expected = renderQuarterTurn(sent)
      expect(differentPixels(saved, expected)).toBe(0)
      // On the screen, what is transparent shows what lies behind it.
      const shown = {
        ...expected,
        data: expected.data.map((value, at) => (expected.data[at | 3] === 0 ? (seen.data[at] ?? 0) : value)),
      }
      expect(differentPixels(seen, shown)).toBe(0)
    },
  )
})

/** The browser's own drawing of the same crop: `drawImage` under the contract's transforms. */
async function drawnByCanvas(sent: Sent): Promise<Pixels> {
  const source = (await readFile(join(folder, 'portrait.png'))).toString('base64')
  const drawn = await person.page.evaluate(
    async ({ sent: { x, y, width, rotate, scaleX, scaleY }, source: base64, edge }) => {
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
      const picture = await createImageBitmap(new Blob([bytes]))
      const angle = (rotate * Math.PI) / 180
      const [cos, sin] = [Math.abs(Math.cos(angle)), Math.abs(Math.sin(angle))]
      const box = [picture.width * cos + picture.height * sin, picture.width * sin + picture.height * cos].map(
        Math.round,
      )
      const canvas = new OffscreenCanvas(edge, edge)
      const context = canvas.getContext('2d')
      if (!context) throw new Error('expected a canvas')
      context.imageSmoothingQuality = 'high'
      context.scale(edge / width, edge / width)
      context.translate((box[0] ?? 0) / 2 - x, (box[1] ?? 0) / 2 - y)
      context.rotate(angle)
      context.scale(scaleX, scaleY)
      context.drawImage(picture, -picture.width / 2, -picture.height / 2)
      return [...new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer())]
    },
    { sent, source, edge: EDGE },
  )
  return pixelsOf(Uint8Array.from(drawn))
}

function meanDifference(one: Pixels, other: Pixels): number {
  expect([one.width, one.height]).toEqual([other.width, other.height])
  let sum = 0
  for (const [at, value] of one.data.entries()) sum += Math.abs(value - (other.data[at] ?? 0))
  return sum / ((one.data.length / 4) * 3)
}

describe('at a fine angle, what is seen is what is saved, but for how pixels are interpolated', () => {
  test.each([
    { angle: 7.5, tools: [] },
    { angle: -33, tools: ['turnRight', 'flipHorizontal'] },
    { angle: 45, tools: ['flipVertical', 'zoomIn', 'zoomIn'] },
  ])('$angle°, $tools', async ({ angle, tools }) => {
    await person.upload('portrait.png')
    for (const tool of tools) await person.page.locator(`[data-tool="${tool}"]`).click()
    await person.page.getByRole('slider', { name: 'Straighten' }).fill(String(angle))
    // Into a corner, where an empty one would show.
    await person.dragPicture(500, 500)
    const { sent, seen, type, saved } = await saveWhatIsSeen()
    // Were any corner of the frame empty, transparency would have made it a PNG.
    expect(type).toBe('image/jpeg')
    expect(sent.rotate % 90).not.toBe(0)
    const drawn = await drawnByCanvas(sent)
    expect(meanDifference(saved, drawn)).toBeLessThanOrEqual(2)
    expect(meanDifference(seen, drawn)).toBeLessThanOrEqual(2)
  })
})
