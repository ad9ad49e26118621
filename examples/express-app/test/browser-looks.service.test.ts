import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Locator } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchChromium } from '../../../test/services/chromium.js'
import { BrowserPerson } from './browser-person.js'
import { screenshot } from './browser-screenshot.js'
import { portrait } from './portrait.js'
import { type RunningApp, startApp } from './running-app.js'

const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What fingers hit without aiming (WCAG 2.2, 2.5.5). */
const MIN_TARGET_PIXELS = 44

const DOCUMENTED: ReadonlySet<string> = new Set(['choose', 'crop', 'save', 'saved'])

let app: RunningApp
let browser: Browser
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'brigade-looks-'))
  await Promise.all([
    portrait().then((picture) => writeFile(join(folder, 'portrait.jpg'), picture)),
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

/** The part of axe that is used here. */
interface Axe {
  run(options: { readonly resultTypes: readonly string[] }): Promise<{
    readonly violations: readonly {
      readonly id: string
      readonly impact?: string | null
      readonly help: string
      readonly nodes: readonly { readonly html: string }[]
    }[]
  }>
}

/** What axe finds serious or critical on the page as it is now, shadow roots included. */
async function barriers(person: BrowserPerson): Promise<string[]> {
  const violations = await person.page.evaluate(async () => {
    const { axe } = window as unknown as { readonly axe: Axe }
    return (await axe.run({ resultTypes: ['violations'] })).violations
  })
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(' ')}`)
}

/** Controls that are seen, but smaller than a finger. */
async function tooSmall(controls: Locator): Promise<string[]> {
  return controls.evaluateAll((elements, least) => {
    const small = elements.filter((element) => {
      const { width, height } = element.getBoundingClientRect()
      return width > 1 && (height < least - 0.5 || width < least - 0.5)
    })
    return small.map((element) => element.outerHTML.slice(0, 120))
  }, MIN_TARGET_PIXELS)
}

/** Words of the line that reach over to the neighbour's. */
async function runningTogether(person: BrowserPerson): Promise<string[]> {
  return person.page.locator('.place').evaluateAll((places) =>
    places.flatMap((place) => {
      const { left, right } = place.getBoundingClientRect()
      const words = document.createRange()
      words.selectNodeContents(place)
      const lines = [...words.getClientRects()]
      return lines.every((line) => line.left >= left && line.right <= right) ? [] : [place.textContent ?? '']
    }),
  )
}

describe.each([
  { width: 320, height: 640, colorScheme: 'light', locale: 'de-DE', user: 'Jemand mit einem wirklich langen Namen' },
  { width: 320, height: 640, colorScheme: 'dark', locale: 'en-GB', user: 'Grace' },
  { width: 768, height: 1024, colorScheme: 'light', locale: 'ar', user: 'ليلى' },
  { width: 1440, height: 900, colorScheme: 'dark', locale: 'en-GB', user: 'Ada' },
] as const)('at $width pixels, $colorScheme, $locale', ({ width, height, colorScheme, locale, user }) => {
  const name = `${width}-${colorScheme}${locale === 'en-GB' ? '' : `-${locale.slice(0, 2)}`}`
  const options = { viewport: { width, height }, colorScheme, locale, hasTouch: width < 500, isMobile: width < 500 }

  test('every step has room, can be hit and used by everybody, and looks as documented', async () => {
    const person = await BrowserPerson.open(browser, app.origin, folder, options)
    await person.page.evaluate(`${AXE};undefined`)
    const look = async (step: string) => {
      expect(await person.sidewaysOverflow(), step).toBeLessThanOrEqual(0)
      expect(await runningTogether(person), step).toEqual([])
      expect(await barriers(person), step).toEqual([])
      const controls = person.page.locator('button:visible, .button:visible, select:visible, .sizes a:visible')
      expect(await tooSmall(controls), step).toEqual([])
      if (DOCUMENTED.has(step)) await screenshot(person.page, `${name}-${step}`)
    }
    expect(await person.page.locator('html').getAttribute('dir')).toBe(locale === 'ar' ? 'rtl' : 'ltr')
    await look('sign-in')
    await person.page.locator('#sign-in-user').fill(user)
    await person.page.locator('#sign-in button').click()
    await person.page.locator('.drop').waitFor()
    await look('choose')
    await person.choose('notes.png')
    await person.page.locator('avatar-form .trouble').waitFor()
    await look('trouble')
    await person.upload('portrait.jpg')
    await person.page.locator('avatar-crop input').last().fill('-6')
    await person.page.locator('[data-tool="zoomIn"]').click()
    await look('crop')
    await person.crop()
    await look('save')
    await person.save()
    await person.hasEverything()
    await look('saved')
    await person.page.locator('.earlier-remove').first().click()
    await person.page.locator('dialog').waitFor()
    await look('delete')
    await person.leave()
  })
})

test('the language is switched in the middle of a step, and stays', async () => {
  const person = await BrowserPerson.open(browser, app.origin, folder)
  await person.signIn()
  await person.upload('portrait.jpg')
  await person.page.locator('[data-tool="turnRight"]').click()
  const view = await person.view()
  await person.page.locator('#language').selectOption('de')
  await person.page.getByRole('slider', { name: 'Gerade richten' }).waitFor()
  expect(await person.view()).toBe(view)
  await person.page.locator('#language').selectOption('ar')
  await person.page.getByRole('button', { name: 'قص', exact: true }).waitFor()
  await person.page.reload()
  await person.page.getByText('صورتك، من يد إلى يد.').waitFor()
  expect(person.complaints).toEqual([])
  await person.leave()
})
