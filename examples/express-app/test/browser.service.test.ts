import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { launchChromium } from '../../../test/services/chromium.js'
import { BrowserPerson, expectSameColours, newName } from './browser-person.js'
import { screenshot } from './browser-screenshot.js'
import { portrait, quarters } from './portrait.js'
import { type RunningApp, startApp } from './running-app.js'

let app: RunningApp
let browser: Browser
let folder: string
let person: BrowserPerson

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'brigade-pictures-'))
  await Promise.all([
    portrait().then((picture) => writeFile(join(folder, 'portrait.jpg'), picture)),
    quarters(900, 600).then((picture) => writeFile(join(folder, 'quarters.jpg'), picture)),
    writeFile(join(folder, 'notes.png'), 'This is not a picture.'),
    writeFile(join(folder, 'huge.jpg'), Buffer.alloc(21 * 1024 ** 2)),
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
  person = await BrowserPerson.open(browser, app.origin, folder)
})

afterEach(async () => {
  await person.leave()
})

describe('with the mouse', () => {
  test('a picture is chosen, cropped and saved, and the line shows which server did what', async () => {
    const answeredBy: Record<string, string> = {}
    person.page.on('response', (response) => {
      const step = { '/avatars': 'received', '/avatars/crop': 'cropped', '/avatars/save': 'saved' }[
        new URL(response.url()).pathname
      ]
      if (step && response.request().method() === 'POST') answeredBy[step] = response.headers()['x-served-by'] ?? ''
    })
    await person.signIn('Ada')
    await screenshot(person.page, 'choose')
    await person.upload('portrait.jpg')
    const frame = await person.boxOf('#crop-frame')
    await person.page.mouse.move(frame.x + frame.width * 0.44, frame.y + frame.height * 0.62)
    await person.page.mouse.wheel(0, -400)
    await person.page.mouse.wheel(0, -400)
    await person.dragPicture(20, 0)
    expect(Number(await person.page.getByRole('slider', { name: 'Zoom' }).inputValue())).toBeGreaterThan(0)
    await screenshot(person.page, 'crop')
    await person.cropButton.click()
    await person.page.getByRole('heading', { name: 'This is how it will look' }).waitFor()
    await person.saveButton.click()
    await person.page.getByRole('heading', { name: 'Saved' }).waitFor()
    await screenshot(person.page, 'saved')
    const said = await person.deeds()
    for (const [step, server] of Object.entries(answeredBy)) expect(said[server]).toContain(step)
    expect(Object.keys(answeredBy).sort()).toEqual(['cropped', 'received', 'saved'])
    expect(person.complaints).toEqual([])
  })

  test('what was seen under the frame is what is saved: turned, mirrored, moved, enlarged, from a camera held upright', async () => {
    await person.signIn()
    await person.upload('quarters.jpg')
    await person.page.getByRole('button', { name: 'Turn right' }).click()
    await person.page.getByRole('button', { name: 'Mirror' }).click()
    await person.page.getByRole('button', { name: 'Zoom in' }).click()
    await person.dragPicture(25, -30)
    const seen = await person.coloursUnderFrame()
    await person.crop()
    await person.save()
    expectSameColours(seen, await person.coloursSaved(512))
  })

  test('going back and cropping again starts from the original', async () => {
    await person.signIn()
    await person.upload('quarters.jpg')
    await person.cropButton.click()
    const first = await person.page.locator('#save-picture').getAttribute('src')
    await person.page.getByRole('button', { name: 'Crop again' }).click()
    await person.page.getByRole('button', { name: 'Turn left' }).click()
    await person.cropButton.click()
    await person.page.locator(`#save-picture:not([src=${JSON.stringify(first)}])`).waitFor()
    await person.saveButton.click()
    await person.page.getByRole('heading', { name: 'Saved' }).waitFor()
    await person.page.reload()
    await person.earlier.first().waitFor()
    expect(await person.earlier.count()).toBe(1)
  })

  test('somebody who is quick with the button crops the new picture, not the one before', async () => {
    await person.signIn()
    await person.upload('portrait.jpg')
    await person.page.getByRole('button', { name: 'Back' }).click()
    await person.slowDown({ latency: 400 })
    await person.choose('quarters.jpg')
    await person.cropButton.click()
    await person.saveButton.waitFor()
    expect(await person.page.locator('#save-words').textContent()).toContain('cut 600 × 600 pixels')
  })

  test('a double click on save saves once', async () => {
    await person.signIn()
    await person.upload('quarters.jpg')
    await person.cropButton.click()
    await person.saveButton.dblclick()
    await person.page.getByRole('heading', { name: 'Saved' }).waitFor()
    await person.page.reload()
    await person.earlier.first().waitFor()
    expect(await person.earlier.count()).toBe(1)
  })
})

describe('without the file dialog', () => {
  test.each(['drop', 'paste'] as const)('a picture can come by %s', async (way) => {
    await person.signIn()
    const base64 = (await portrait()).toString('base64')
    await person.page.evaluate(
      ([kind, data = '']) => {
        const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0))
        const files = new DataTransfer()
        files.items.add(new File([bytes], 'portrait.jpg', { type: 'image/jpeg' }))
        const event =
          kind === 'drop'
            ? new DragEvent('drop', { dataTransfer: files, bubbles: true, cancelable: true })
            : new ClipboardEvent('paste', { clipboardData: files, bubbles: true, cancelable: true })
        document.body.dispatchEvent(event)
      },
      [way, base64],
    )
    await person.pictureIsShown()
    await person.crop()
    await person.save()
    expect(person.complaints).toEqual([])
  })
})

describe('earlier pictures', () => {
  test('can be chosen again and deleted, also after the page was loaded anew', async () => {
    await person.signIn()
    for (const file of ['portrait.jpg', 'quarters.jpg']) {
      await person.upload(file)
      await person.crop()
      await person.save()
      await person.page.getByRole('button', { name: 'Another picture' }).click()
    }
    await person.page.reload()
    const chosen = person.page.locator('.earlier-choose[aria-pressed="true"]')
    const newest = await chosen.getAttribute('aria-label')
    const other = person.page.locator('.earlier-choose[aria-pressed="false"]')
    await other.click()
    await person.page.getByText('moved the pointer').waitFor({ state: 'attached' })
    await person.page.getByRole('button', { name: 'Delete the picture' }).first().click()
    await person.page.getByRole('button', { name: 'Keep it' }).click()
    expect(await person.earlier.count()).toBe(2)
    await person.page.getByRole('button', { name: 'Delete the picture' }).first().click()
    await person.page.getByRole('button', { name: 'Delete', exact: true }).click()
    await person.page.locator('.earlier-item:only-child').waitFor()
    expect(await chosen.count()).toBe(1)
    expect(newest).toMatch(/^Use the picture of /)
    expect(person.complaints).toEqual([])
  })

  test('once deleted are not shown as saved any more, and the focus is not lost', async () => {
    await person.signIn()
    await person.upload('quarters.jpg')
    await person.crop()
    await person.save()
    await person.page.getByRole('button', { name: 'Delete the picture' }).click()
    await person.page.getByRole('button', { name: 'Delete', exact: true }).click()
    await person.page.locator('#drop').waitFor()
    expect(await person.page.getByRole('link', { name: '512 px' }).isVisible()).toBe(false)
    expect(await person.page.locator(':focus').textContent()).toBe('Choose a picture')
  })
})

describe('when something is wrong', () => {
  test('a file that is no picture is refused in words, and another one can be chosen at once', async () => {
    await person.signIn()
    await person.choose('notes.png')
    await person.page.getByRole('alert').getByText('That file is not a picture we can read').waitFor()
    await screenshot(person.page, 'trouble')
    await person.upload('quarters.jpg')
    expect(await person.page.getByRole('alert').isVisible()).toBe(false)
  })

  test('a file that is too large is refused before it is sent', async () => {
    const sent: string[] = []
    person.page.on('request', (request) => sent.push(request.method()))
    await person.signIn()
    await person.choose('huge.jpg')
    await person.page.getByRole('alert').getByText('That file is too large').waitFor()
    expect(sent.filter((method) => method === 'POST')).toHaveLength(1)
  })

  test('an upload can be cancelled, and says how far it is', async () => {
    await person.signIn()
    await person.slowDown({ uploadThroughput: 20_000 })
    await person.choose('portrait.jpg')
    await person.page.getByRole('progressbar', { name: 'Upload' }).waitFor()
    expect(await person.page.locator('#send-words').textContent()).toMatch(/ of \d+ kB$/)
    await person.page.getByRole('button', { name: 'Cancel' }).click()
    await person.page.locator('#drop').waitFor()
    expect(await person.page.getByRole('status').textContent()).toContain('Cancelled')
  })

  test('who signs out while a picture is on its way is signed out, and nothing goes on', async () => {
    await person.signIn()
    await person.slowDown({ uploadThroughput: 20_000 })
    await person.choose('portrait.jpg')
    await person.page.getByRole('progressbar', { name: 'Upload' }).waitFor()
    await person.page.getByRole('button', { name: 'Sign out' }).click()
    await person.page.getByLabel('Name').waitFor()
    await person.page.waitForLoadState('networkidle')
    expect(await person.page.getByLabel('Name').isVisible()).toBe(true)
  })

  test('a lost connection is told in words, and the step can be tried again', async () => {
    await person.signIn()
    await person.upload('quarters.jpg')
    await person.page.context().setOffline(true)
    await person.cropButton.click()
    await person.page.getByRole('alert').getByText('The connection broke off').waitFor()
    await person.page.context().setOffline(false)
    await person.crop()
    await person.save()
  })

  test('somebody who signed out elsewhere is asked for the name again', async () => {
    await person.signIn()
    await person.upload('quarters.jpg')
    await person.page.context().clearCookies()
    await person.cropButton.click()
    await person.page.getByRole('alert').getByText('You are no longer signed in').waitFor()
    await person.page.getByLabel('Name').waitFor()
  })
})

describe('with the keyboard alone', () => {
  test('every step can be done, and the focus is where the work is', async () => {
    const focused = () => person.page.evaluate(() => document.activeElement?.id ?? '')
    await person.page.locator('.place').first().waitFor()
    await person.page.keyboard.press('Tab')
    await person.page.keyboard.press('Tab')
    expect(await focused()).toBe('sign-in-user')
    await person.page.keyboard.type(newName())
    await person.page.keyboard.press('Enter')
    await person.page.locator('#drop').waitFor()
    await person.page.keyboard.press('Tab')
    expect(await focused()).toBe('file')
    const chooser = person.page.waitForEvent('filechooser')
    await person.page.keyboard.press('Enter')
    await (await chooser).setFiles(join(folder, 'quarters.jpg'))
    await person.page.locator('#crop-canvas').waitFor()
    expect(await focused()).toBe('crop-canvas')
    const style = () => person.page.locator('#crop-image').getAttribute('style')
    await person.pictureIsShown()
    for (const key of ['+', 'ArrowLeft', 'Shift+ArrowUp', 'r', 'm', '-', '0', '+']) {
      const before = await style()
      await person.page.keyboard.press(key)
      expect(await style(), key).not.toBe(before)
    }
    await person.page.locator('#crop-go').focus()
    await person.page.keyboard.press('Enter')
    await person.saveButton.waitFor()
    await person.page.keyboard.press('Tab')
    await person.page.keyboard.press('Tab')
    expect(await focused()).toBe('save-go')
    await person.page.keyboard.press('Enter')
    await person.page.getByRole('heading', { name: 'Saved' }).waitFor()
    expect(await person.page.locator(':focus').textContent()).toBe('Saved')
  })
})

describe('the picture under the frame', () => {
  test('that was pulled beyond the edge does not jump when it is enlarged afterwards', async () => {
    await person.signIn()
    await person.upload('portrait.jpg')
    await person.dragPicture(400, 0)
    const left = await person.page.locator('#crop-image').boundingBox()
    await person.page.mouse.wheel(0, -300)
    await person.page.mouse.wheel(0, 300)
    const leftAgain = await person.page.locator('#crop-image').boundingBox()
    expect(Math.abs((leftAgain?.x ?? Number.NaN) - (left?.x ?? Number.NaN))).toBeLessThan(3)
  })
})

describe('by touch', () => {
  test('two fingers enlarge the picture', async () => {
    await person.leave()
    person = await BrowserPerson.open(browser, app.origin, folder, {
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      isMobile: true,
    })
    await person.signIn()
    await person.upload('portrait.jpg')
    const zoom = person.page.getByRole('slider', { name: 'Zoom' })
    expect(await zoom.inputValue()).toBe('0')
    const frame = await person.boxOf('#crop-frame')
    const [x, y] = [frame.x + frame.width / 2, frame.y + frame.height / 2]
    const touch = await person.page.context().newCDPSession(person.page)
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
    await person.leave()
    person = await BrowserPerson.open(browser, app.origin, folder, { viewport: { width, height }, colorScheme })
    const dark = await person.page.evaluate(() => {
      const [red = 0] = getComputedStyle(document.body).backgroundColor.match(/\d+/g)?.map(Number) ?? []
      return red < 128
    })
    expect(dark).toBe(colorScheme === 'dark')
    const look = async (step: string) => expect(await person.sidewaysOverflow(), step).toBeLessThanOrEqual(0)
    await look('sign-in')
    await person.signIn(colorScheme === 'dark' ? 'Grace' : 'A person with a name that is really quite long')
    await person.upload('portrait.jpg')
    await look('crop')
    await screenshot(person.page, `${width}-${colorScheme}-crop`)
    await person.cropButton.click()
    await person.saveButton.waitFor()
    await look('save')
    await person.saveButton.click()
    await person.page.getByRole('heading', { name: 'Saved' }).waitFor()
    await look('saved')
    await screenshot(person.page, `${width}-${colorScheme}-saved`)
  })
})

test('no server writes anything beside the bucket', async () => {
  expect(await readdir(app.bucketDirectory)).toEqual(['data'])
})
