import { EventEmitter, once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AvatarForm } from '@bucket-brigade/browser/avatar-form'
import type { Browser, Page, Response, Route } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { launchChromium } from '../../../test/services/chromium.js'
import { BrowserPerson, expectSameColours, newName, PATIENCE } from './browser-person.js'
import { screenshot } from './browser-screenshot.js'
import { portrait, quarters, threeColours } from './portrait.js'
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
    quarters(2000, 100).then((picture) => writeFile(join(folder, 'strip.jpg'), picture)),
    threeColours().then((picture) => writeFile(join(folder, 'moving.gif'), picture)),
    writeFile(join(folder, 'notes.png'), 'This is not a picture.'),
    writeFile(join(folder, 'huge.jpg'), Buffer.alloc(21 * 1024 ** 2)),
    writeFile(join(folder, 'never.jpg'), Buffer.alloc(19_000_000)),
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

/** What has the focus, through shadow roots. */
function focused(): Promise<string> {
  return person.page.evaluate(() => {
    let active = document.activeElement
    while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement
    if (!(active instanceof HTMLElement)) return ''
    const { act, way, tool } = active.dataset
    return act ?? way ?? tool ?? active.ariaLabel ?? (active.id || (active.textContent ?? ''))
  })
}

/** Signs in where a picture may be in work. */
async function signInAs(name: string): Promise<void> {
  await person.page.getByLabel('Name').fill(name)
  await person.page.getByRole('button', { name: 'Start' }).click()
}

/** Holds one kind of request back. Resolves once it was sent, with what lets it go. */
async function held(address: string, method: string, act: () => Promise<unknown>): Promise<() => Promise<void>> {
  const events = new EventEmitter()
  await person.page.route(address, async (route) => {
    if (route.request().method() !== method) return route.continue()
    const letGo = once(events, 'let go')
    events.emit('asked')
    await letGo
    // The person may have ended it meanwhile.
    await route.continue().catch(() => undefined)
    return events.emit('passed')
  })
  await Promise.all([once(events, 'asked'), act()])
  return async () => {
    await Promise.all([once(events, 'passed'), events.emit('let go')])
    await person.page.unroute(address)
  }
}

/** Chooses a picture that takes a quarter of an hour to arrive, and waits until it is on its way. */
async function chooseWhatNeverArrives(): Promise<void> {
  await person.slowDown({ uploadThroughput: 20_000 })
  await person.choose('never.jpg')
  await person.page.getByRole('progressbar', { name: 'Upload' }).waitFor()
}

/** Notes what the form tells people, however shortly. Asked for it, says what it was since the last time. */
async function alertsOf(page: Page): Promise<() => Promise<string[]>> {
  const notes = await page.locator('avatar-form .trouble').evaluateHandle((box: HTMLElement) => {
    const texts: string[] = []
    const note = () => {
      if (!box.hidden) texts.push(box.textContent ?? '')
    }
    new MutationObserver(note).observe(box, { attributes: true })
    return texts
  })
  return () => notes.evaluate((texts) => texts.splice(0))
}

/** Presses Tab until something has the focus. */
async function tabTo(name: string): Promise<void> {
  const passed: string[] = []
  while ((await focused()) !== name) {
    passed.push(await focused())
    expect(passed.length, `Tab came by ${passed.join(', ')}, not by ${name}`).toBeLessThan(20)
    await person.page.keyboard.press('Tab')
  }
}

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
    const frame = await person.boxOf('avatar-crop .frame')
    await person.page.mouse.move(frame.x + frame.width * 0.44, frame.y + frame.height * 0.62)
    await person.page.keyboard.down('Control')
    const zoom = person.page.getByRole('slider', { name: 'Zoom' })
    for (let turned = 0; turned < 2; turned += 1) {
      const before = Number(await zoom.inputValue())
      await person.page.mouse.wheel(0, -120)
      await vi.waitFor(async () => expect(Number(await zoom.inputValue())).toBeGreaterThan(before), PATIENCE)
    }
    await person.page.keyboard.up('Control')
    await person.dragPicture(20, -30)
    await screenshot(person.page, 'crop')
    await person.cropButton.click()
    await person.page.getByRole('heading', { name: 'This is how it will look' }).waitFor()
    await person.saveButton.click()
    await person.anotherButton.waitFor()
    await person.hasEverything()
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
    await person.crop()
    const preview = person.page.locator('[data-view="save"] img').first()
    const first = await preview.getAttribute('src')
    await person.page.getByRole('button', { name: 'Crop again' }).click()
    await person.page.getByRole('button', { name: 'Turn left' }).click()
    await person.crop()
    expect(await preview.getAttribute('src')).not.toBe(first)
    await person.save()
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
    await person.page.getByText('Cut out of the original: 600\u00a0×\u00a0600 pixels.').waitFor()
  })

  test('a double click on save saves once', async () => {
    await person.signIn()
    await person.upload('quarters.jpg')
    await person.crop()
    // The second click comes before the answer, however slow the mouse is.
    const letGo = await held('**/avatars/save', 'POST', () => person.saveButton.dblclick())
    await letGo()
    await person.anotherButton.waitFor()
    await person.page.reload()
    await person.earlier.first().waitFor()
    expect(await person.earlier.count()).toBe(1)
  })
})

test('a picture goes straight to the bucket where the form is told so', async () => {
  const posted: string[] = []
  person.page.on('request', (request) => {
    if (request.method() === 'POST') posted.push(new URL(request.url()).pathname.replace(/^(\/objects)\/.*/, '$1'))
  })
  await person.signIn()
  await person.page.locator('avatar-form').evaluate((form) => form.setAttribute('upload', 'direct'))
  await person.upload('quarters.jpg')
  await person.crop()
  await person.save()
  const [, offered, ...others] = posted
  expect(offered).toBe('/avatars/direct')
  expect(others).toContain('/avatars/direct/complete')
  expect(others).not.toContain('/avatars')
  expect(person.complaints).toEqual([])
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
      expect(
        await person.page
          .locator('.steps')
          .getByText(/, done$/)
          .allTextContents(),
      ).toEqual(['Choose, done', 'Crop, done', 'Save, done'])
      await person.anotherButton.click()
    }
    await person.page.reload()
    await person.earlier.nth(1).waitFor()
    // Saved in the same minute, on a fast machine in the same second, and told apart all the same.
    const names = await person.page
      .locator('.earlier-choose')
      .evaluateAll((all) => all.map(({ ariaLabel }) => ariaLabel))
    expect(new Set(names).size).toBe(2)
    const chosen = person.page.locator('.earlier-choose[aria-pressed="true"]')
    const newest = await chosen.getAttribute('aria-label')
    const other = person.page.locator('.earlier-choose[aria-pressed="false"]')
    await other.click()
    await person.page.getByText('Chosen. This is your picture now.').waitFor({ state: 'attached' })
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
    await person.page.locator('.drop').waitFor()
    expect(await person.page.getByRole('link', { name: '512 px' }).isVisible()).toBe(false)
    expect(await focused()).toBe('Choose a picture')
  })

  test('are told from the one that is shown, also where it was chosen in another window', async () => {
    await person.signIn()
    for (const file of ['portrait.jpg', 'quarters.jpg']) {
      await person.upload(file)
      await person.crop()
      await person.save()
      if (file === 'portrait.jpg') await person.anotherButton.click()
    }
    const isShown = person.page.getByText('Wherever your picture is shown, it is this one now.')
    const isNotShown = person.page.getByText('It is kept among your pictures, but it is not the one that is shown now.')
    await person.earlier.nth(1).waitFor()
    await isShown.waitFor()
    await person.page.locator('.earlier-choose[aria-pressed="false"]').click()
    await isNotShown.waitFor()
    await person.page.locator('.earlier-choose[aria-pressed="false"]').click()
    await isShown.waitFor()
    await person.page.evaluate(async () => {
      const { avatars } = await (await fetch('/avatars')).json()
      const headers = { 'content-type': 'application/json' }
      await fetch('/avatars/current', { method: 'PUT', headers, body: JSON.stringify({ id: avatars[1].id }) })
    })
    await person.page.reload()
    await isNotShown.waitFor()
    expect(person.complaints).toEqual([])
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

  test.each(['form', 'direct'])('what the site refuses is told in its own words: %s', async (way) => {
    await person.signIn()
    await person.page.locator('avatar-form').evaluate((form, upload) => form.setAttribute('upload', upload), way)
    const reasons = await person.page.locator('avatar-form').evaluateHandle((form: AvatarForm) => {
      const told: (string | undefined)[] = []
      form.addEventListener('avatar-problem', ({ detail }) => told.push(detail.reason))
      return told
    })
    const inWords = [
      ['en', 'This picture is a strip. Please choose one that is less long and narrow.'],
      ['de', 'Dieses Bild ist ein Streifen. Bitte wählen Sie eines, das nicht so schmal ist.'],
      // Of which the servers have no words.
      ['ar', 'هذه الصورة غير مسموح بها هنا'],
    ] as const
    for (const [before, [language, words]] of inWords.entries()) {
      await person.page.locator('#language').selectOption(language)
      await person.choose('strip.jpg')
      await vi.waitFor(async () => expect(await reasons.jsonValue()).toHaveLength(before + 1), PATIENCE)
      await person.page.getByRole('alert').getByText(words).waitFor()
    }
    expect(await reasons.jsonValue()).toEqual(['too-narrow', 'too-narrow', 'too-narrow'])
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
    await chooseWhatNeverArrives()
    await person.page.getByText(/^[1-9]\d* \S+ of 19 MB$/).waitFor()
    await person.page.getByRole('button', { name: 'Cancel' }).click()
    await person.page.locator('.drop').waitFor()
    await person.page.getByRole('status').getByText('Cancelled').waitFor({ state: 'attached' })
  })

  test('who signs out while a picture is on its way is signed out, and nothing goes on', async () => {
    await person.signIn()
    await chooseWhatNeverArrives()
    await person.page.getByRole('button', { name: 'Sign out' }).click()
    await person.page.getByLabel('Name').waitFor()
    await person.hasEverything()
    expect(await person.page.getByLabel('Name').isVisible()).toBe(true)
  })

  test('a lost connection is told in words, and every step can be tried again', async () => {
    await person.signIn()
    await person.page.context().setOffline(true)
    await person.choose('quarters.jpg')
    await person.page.getByText('It has not arrived yet.').waitFor()
    await person.page.context().setOffline(false)
    await person.page.getByRole('button', { name: 'Send again' }).click()
    await person.pictureIsShown()
    await person.page.context().setOffline(true)
    await person.cropButton.click()
    await person.page.getByRole('alert').getByText('The connection broke off').waitFor()
    await person.page.context().setOffline(false)
    await person.crop()
    await person.save()
  })

  test('a picture that was deleted in another tab is told as gone, in words', async () => {
    await person.signIn()
    for (const file of ['portrait.jpg', 'quarters.jpg']) {
      await person.upload(file)
      await person.crop()
      await person.save()
      await person.anotherButton.click()
    }
    await person.page.locator('.earlier-item').nth(1).waitFor()
    // Another tab, with the same cookie.
    await person.page.evaluate(async () => {
      const { avatars } = await (await fetch('/avatars')).json()
      for (const { id } of avatars) await fetch(`/avatars/${id}`, { method: 'DELETE' })
    })
    await person.page.locator('.earlier-choose[aria-pressed="false"]').click()
    await person.page.getByRole('alert').getByText('That picture is no longer there').waitFor()
    await person.page.getByText('What you save is kept here').waitFor()
  })

  test('a session that has expired begins anew, in words', async () => {
    await person.signIn()
    await person.upload('quarters.jpg')
    await rm(join(app.bucketDirectory, 'data'), { recursive: true })
    await person.cropButton.click()
    await person.page.getByRole('alert').getByText('The uploaded picture is gone', { exact: true }).waitFor()
    await person.upload('quarters.jpg')
  })

  test('somebody who signed out elsewhere is asked for the name again, and goes on where they were', async () => {
    const name = newName()
    await person.signIn(name)
    await person.upload('quarters.jpg')
    await person.page.getByRole('button', { name: 'Turn left' }).click()
    const view = await person.view()
    await person.page.context().clearCookies()
    await person.cropButton.click()
    await person.page.getByRole('alert').getByText('You are no longer signed in').waitFor()
    await signInAs(name)
    await person.pictureIsShown()
    expect(await person.view()).toBe(view)
    await person.crop()
  })

  test('a server that has too much to do is waited for, and told of, as is the network', async () => {
    const { page } = person
    await person.signIn()
    const busy = {
      status: 503,
      headers: { 'retry-after': '1' },
      contentType: 'application/problem+json',
      body: '{"code":"overloaded"}',
    }
    for (const step of ['direct', 'crop', 'save']) {
      await page.route(`**/avatars/${step}`, (route) => route.fulfill(busy), { times: 1 })
    }
    const waits = await alertsOf(page)
    await page.locator('avatar-form').evaluate((form) => form.setAttribute('upload', 'direct'))
    await person.upload('quarters.jpg')
    expect(await waits()).toContainEqual(expect.stringMatching(/This goes on by itself in \d+ seconds?\./))
    await person.crop()
    expect(await waits()).toContainEqual(expect.stringContaining('This goes on by itself in 1 second.'))
    await person.save()
    expect(await waits()).toContainEqual(expect.stringContaining('This goes on by itself in 1 second.'))
    await person.anotherButton.click()
    await page.context().setOffline(true)
    await person.choose('portrait.jpg')
    await page.getByRole('alert').getByText('This goes on by itself when the network is back.').waitFor()
    await page.context().setOffline(false)
    await person.pictureIsShown()
    expect(await page.getByRole('alert').isVisible()).toBe(false)
  })
})

describe('a picture in work', () => {
  test('is there again after a reload in every step, and by the buttons of the browser', async () => {
    const { page } = person
    await person.signIn()
    await person.upload('quarters.jpg')
    await page.getByRole('button', { name: 'Turn right' }).click()
    await page.getByRole('slider', { name: 'Straighten' }).fill('-6')
    const view = await person.view()
    await page.reload()
    await person.pictureIsShown()
    expect(await person.view()).toBe(view)
    await person.crop()
    const deeds = await person.deeds()
    await page.reload()
    const preview = page.locator('[data-view="save"] img[src]').first()
    await preview.waitFor()
    await preview.evaluate((image: HTMLImageElement) => image.decode())
    await page.locator('.place-deed', { hasText: 'cropped' }).waitFor()
    expect(await person.deeds()).toEqual(deeds)
    await page.goBack()
    await person.pictureIsShown()
    expect(await person.view()).toBe(view)
    await page.goForward()
    await person.save()
    await page.reload()
    await person.anotherButton.waitFor()
    for (const button of [person.cropButton, page.locator('.drop')]) {
      await page.goBack()
      await button.waitFor()
    }
    expect(await page.evaluate(() => location.href)).toBe(`${app.origin}/`)
    expect(person.complaints).toEqual([])
  })

  test('is cropped again by going back after a save that failed, also if the person went back meanwhile', async () => {
    const { page } = person
    await person.signIn()
    await person.upload('quarters.jpg')
    await person.crop()
    const away = { status: 503, contentType: 'application/problem+json', body: '{"code":"store-unavailable"}' }
    const goBackAndFail = async (route: Route) => {
      await page.goBack()
      await route.fulfill(away)
    }
    await page.route('**/avatars/save', goBackAndFail, { times: 1 })
    await person.saveButton.click()
    await page.getByRole('alert').getByText('storage', { exact: false }).waitFor()
    expect(await person.saveButton.isVisible()).toBe(true)
    await page.goBack()
    await person.pictureIsShown()
    await person.crop()
    await person.save()
  })

  test('that has expired says so after a reload, and another one can be chosen', async () => {
    await person.signIn()
    await person.upload('quarters.jpg')
    const expired = { status: 403, contentType: 'application/problem+json', body: '{"code":"token-expired"}' }
    await person.page.route('**/avatars/preview', (route) => route.fulfill(expired), { times: 1 })
    await person.page.reload()
    await person.page.getByRole('alert').getByText('This took longer than we keep a picture').waitFor()
    await person.upload('portrait.jpg')
    await rm(join(app.bucketDirectory, 'data'), { recursive: true })
    await person.page.reload()
    await person.page.getByRole('alert').getByText('The uploaded picture is gone', { exact: true }).waitFor()
    await person.upload('portrait.jpg')
  })

  test('that cannot be shown after a reload is not cropped unseen, and another one can be chosen', async () => {
    await person.signIn()
    await person.upload('quarters.jpg')
    await person.page.route('**/objects/**', (route) => route.abort())
    await person.page.reload()
    await person.page.getByRole('alert').getByText('The picture could not be shown').waitFor()
    await person.page.unroute('**/objects/**')
    await person.page.getByRole('button', { name: 'Back' }).click()
    await person.upload('portrait.jpg')
    await person.page.reload()
    await person.pictureIsShown()
  })

  test('belongs to its tab and to its person', async () => {
    const name = newName()
    await person.signIn(name)
    await person.upload('quarters.jpg')
    const other = await person.page.context().newPage()
    await other.goto(app.origin)
    await other.locator('.drop').waitFor()
    await other.close()
    await person.page.getByRole('button', { name: 'Sign out' }).click()
    await person.signIn()
    await person.hasEverything()
    expect(await person.page.locator('.drop').isVisible()).toBe(true)
    expect(await person.page.getByRole('alert').isVisible()).toBe(false)
  })
})

describe('with the keyboard alone', () => {
  test('every step can be done, and the focus is where the work is', async () => {
    const { keyboard } = person.page
    await tabTo('sign-in-user')
    const name = newName()
    await keyboard.type(name)
    await keyboard.press('Enter')
    await person.page.locator('.drop').waitFor()
    expect(await focused()).toBe('work')
    expect(await person.page.locator('#status').textContent()).toBe(`Signed in as ${name}`)
    await keyboard.press('Tab')
    expect(await focused()).toBe('file')
    const [chooser] = await Promise.all([person.page.waitForEvent('filechooser'), keyboard.press('Enter')])
    await chooser.setFiles(join(folder, 'quarters.jpg'))
    await person.pictureIsShown()
    expect(await focused()).toBe('Your picture under a square frame')
    const first = await person.view()
    for (const key of ['+', 'ArrowLeft', 'Shift+ArrowUp', 'r', 'h', 'v', 's', 'Shift+S', ']', '[', '-', '0', '+']) {
      const before = await person.view()
      await keyboard.press(key)
      expect(await person.view(), key).not.toBe(before)
    }
    await tabTo('Straighten')
    for (const key of ['ArrowRight', 'ArrowRight', 'PageUp']) await keyboard.press(key)
    const angle = person.page.getByRole('slider', { name: 'Straighten' })
    expect(Number(await angle.inputValue())).toBeGreaterThan(1)
    const turned = await person.view()
    await keyboard.press('Control+z')
    expect(await angle.inputValue()).toBe('0')
    await keyboard.press('Control+Shift+z')
    expect(await person.view()).toBe(turned)
    for (let undone = 0; undone < 14; undone += 1) await keyboard.press('Control+z')
    expect(await person.view()).toBe(first)
    await tabTo('crop')
    await keyboard.press('Enter')
    await person.saveButton.waitFor()
    expect(await focused()).toBe('This is how it will look')
    await tabTo('save')
    await keyboard.press('Enter')
    await person.anotherButton.waitFor()
    expect(await focused()).toBe('Saved')
  })
})

describe('the picture under the frame', () => {
  test('that was pulled beyond the edge does not jump when it is enlarged afterwards', async () => {
    await person.signIn()
    await person.upload('portrait.jpg')
    const acrossBy = async () => Number((await person.view()).split(',')[4])
    await person.dragPicture(400, 0)
    const pulled = await person.view()
    const across = await acrossBy()
    const frame = await person.boxOf('avatar-crop .frame')
    // What was clicked is zoomed by the wheel.
    await person.page.mouse.click(frame.x + frame.width / 2, frame.y + frame.height / 2)
    await person.page.mouse.wheel(0, -300)
    await vi.waitFor(async () => expect(await person.view()).not.toBe(pulled), PATIENCE)
    const enlarged = await person.view()
    await person.page.mouse.wheel(0, 300)
    await vi.waitFor(async () => expect(await person.view()).not.toBe(enlarged), PATIENCE)
    expect(Math.abs((await acrossBy()) - across)).toBeLessThan(3)
  })

  test('lets the wheel scroll the page, and says how it zooms', async () => {
    await person.page.setViewportSize({ width: 1280, height: 500 })
    await person.signIn()
    await person.upload('portrait.jpg')
    const view = await person.view()
    await person.page.locator('avatar-crop .stage').hover()
    const scrolled = () => person.page.evaluate(() => scrollY)
    const before = await scrolled()
    // It is there for some seconds only: whoever looks for it afterwards may be too late.
    const hint = await person.page.locator('avatar-crop .hint').evaluateHandle((element: HTMLElement) => ({
      said: new Promise<string | null>((resolve) => {
        const note = () => element.hidden || resolve(element.textContent)
        new MutationObserver(note).observe(element, { attributes: true })
      }),
    }))
    await person.page.mouse.wheel(0, -120)
    expect(await hint.evaluate(({ said }) => said)).toContain('To zoom, click the picture first, or hold Ctrl')
    await vi.waitFor(async () => expect(await scrolled()).toBeLessThan(before), PATIENCE)
    expect(await person.view()).toBe(view)
  })

  test('of an animation is its first frame, and stands still: that is what is saved', async () => {
    await person.signIn()
    await person.upload('moving.gif')
    const picture = person.page.locator('avatar-crop .stage .picture')
    // Drawn by the page: nothing in it moves.
    expect(await picture.getAttribute('src')).toMatch(/^blob:/)
    const seen = await person.coloursUnderFrame()
    await person.crop()
    await person.save()
    expectSameColours(seen, await person.coloursSaved(512))
  })

  test('is undone step by step, exactly, and a reset can be undone too', async () => {
    await person.signIn()
    await person.upload('portrait.jpg')
    const views = [await person.view()]
    const tool = (name: string) => person.page.getByRole('button', { name, exact: true })
    for (const name of ['Zoom in', 'Turn left', 'Mirror', 'Flip upside down', 'Start over']) {
      await tool(name).click()
      views.push(await person.view())
    }
    expect(new Set(views).size).toBe(5)
    expect(views[5]).toBe(views[0])
    for (const view of views.slice(0, 5).reverse()) {
      await tool('Undo').click()
      expect(await person.view()).toBe(view)
    }
    expect(await tool('Undo').getAttribute('aria-disabled')).toBe('true')
    for (const view of views.slice(1)) {
      await tool('Redo').click()
      expect(await person.view()).toBe(view)
    }
  })
})

describe('a late answer', () => {
  test('to who was signed in does not send a quick person back to the name', async () => {
    const reload = () => person.page.reload({ waitUntil: 'domcontentloaded' })
    const letGo = await held('**/sign-in', 'GET', reload)
    await person.signIn()
    const isLate = (reply: Response) => reply.request().method() === 'GET' && reply.url().endsWith('/sign-in')
    const [late] = await Promise.all([person.page.waitForResponse(isLate), letGo()])
    await late.finished()
    await person.upload('quarters.jpg')
    expect(await person.page.getByLabel('Name').isVisible()).toBe(false)
  })

  test('to a crop changes nothing for who has gone back meanwhile', async () => {
    await person.signIn()
    await person.upload('quarters.jpg')
    const letGo = await held('**/avatars/crop', 'POST', () => person.cropButton.click())
    await person.page.getByRole('button', { name: 'Back' }).click()
    await letGo()
    await person.upload('portrait.jpg')
    await person.crop()
    await person.page.getByText('Cut out of the original: 1,200\u00a0×\u00a01,200 pixels.').waitFor()
  })
})

describe('by touch', () => {
  test('two fingers enlarge the picture, and a photo can be taken', async () => {
    await person.leave()
    person = await BrowserPerson.open(browser, app.origin, folder, {
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      isMobile: true,
    })
    await person.signIn()
    await person.page.getByText('Take a photo').waitFor()
    await person.upload('portrait.jpg')
    const zoom = person.page.getByRole('slider', { name: 'Zoom' })
    expect(await zoom.inputValue()).toBe('0')
    const frame = await person.boxOf('avatar-crop .frame')
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
    await vi.waitFor(async () => expect(Number(await zoom.inputValue())).toBeGreaterThan(100), PATIENCE)
  })
})

test('no server writes anything beside the bucket', async () => {
  expect(await readdir(app.bucketDirectory)).toEqual(['data'])
})
