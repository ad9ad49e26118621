import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type ClientRequest, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { createApp } from '../src/app.js'
import { openBucket } from '../src/bucket.js'
import { readSettings } from '../src/settings.js'
import { FormPerson, fieldsOf, type ShownPage } from './form-person.js'
import { coloursAt, portrait, quarters, type Rgb } from './portrait.js'
import { type RunningApp, startApp } from './running-app.js'

// Dozens of requests to real servers, which a busy machine takes seconds for.
vi.setConfig({ testTimeout: 180_000 })

/** Whatever begins as our tokens do. */
const TOKEN = /eyJ[\w-]+\.[\w-]+\.[\w-]+/

let app: RunningApp
let picture: Buffer

beforeAll(async () => {
  app = await startApp()
  picture = await quarters(900, 600)
})

afterAll(async () => {
  await app?.stop()
})

async function avatarsOf(person: FormPerson): Promise<{ id: string; url: string }[]> {
  const reply = await fetch(`${app.origin}/avatars`, { headers: { cookie: person.cookie } })
  return (await reply.json()).avatars
}

/** The colour in the middle of an avatar, as everybody gets it. */
async function middleOf(url: string): Promise<Rgb | undefined> {
  const reply = await fetch(new URL(url, app.origin))
  const [colour] = await coloursAt(new Uint8Array(await reply.arrayBuffer()), [[0.5, 0.5]])
  return colour
}

function linkOf({ html }: ShownPage, words: string): string {
  const links = [...html.matchAll(/<a[^>]*href="([^"]*)"[^>]*>([\s\S]*?)<\/a>/g)]
  const link = links.find(([, , label = '']) => label.replace(/<[^>]*>/g, '') === words)
  if (!link?.[1]) throw new Error(`expected a link ${JSON.stringify(words)}; the page has none`)
  return link[1].replaceAll('&#38;', '&')
}

function pressedIn({ html }: ShownPage): readonly (string | undefined)[] {
  return [...html.matchAll(/aria-pressed="true">([^<]*)</g)].map(([, label]) => label)
}

describe('a browser without scripts', () => {
  test('is led from the page to the pages that need none', async () => {
    const { html } = await new FormPerson(app.origin).open('/')
    expect(html).toContain('<noscript><meta http-equiv="refresh" content="0; url=/plain" /></noscript>')
  })

  test('uploads, crops, saves, chooses and deletes, with every server taking part and no token in sight', async () => {
    const person = new FormPerson(app.origin)
    const pages: ShownPage[] = []
    const see = (page: ShownPage) => {
      pages.push(page)
      expect(page.status, page.html).toBe(200)
      return page
    }
    const crop = see(await person.upload('Ada <b>', picture))
    expect(crop.address.pathname).toBe('/plain/crop')
    expect(crop.html).toContain('Ada &#60;b&#62;')
    expect(fieldsOf(crop.html)).toMatchObject({ x: '150', y: '0', width: '600', height: '600', rotate: '0' })
    expect(fieldsOf(crop.html).file_relative_path).toMatch(/^\/tmp\/avatars\/.*\/original$/)
    const save = see(await person.submit(crop, '/avatars/crop'))
    expect(fieldsOf(save.html).file_relative_path).toMatch(/^\/tmp\/avatars\/.*\/crop-/)
    const done = see(await person.submit(save, '/avatars/save'))
    expect([done.address.pathname, done.html.includes('<h1>Your picture</h1>')]).toEqual(['/plain/done', true])

    const left = see(await person.press(crop, 'Top left'))
    const second = see(await person.submit(left, '/avatars/crop'))
    const both = see(await person.submit(second, '/avatars/save'))
    const [, first] = await avatarsOf(person)
    see(await person.submit(both, '/avatars/current', {}))
    expect((await avatarsOf(person))[0]?.id).toBe(first?.id)

    const list = see(await person.open('/plain/done'))
    const confirm = see(await person.open(linkOf(list, 'Delete Your picture now')))
    const rest = see(await person.submit(confirm, `/avatars/${first?.id}/delete`))
    expect(rest.address.pathname).toBe('/plain/done')
    expect((await avatarsOf(person)).map(({ id }) => id)).not.toContain(first?.id)

    expect(new Set(person.requests.map(({ servedBy }) => servedBy))).toEqual(
      new Set(['server-1', 'server-2', 'server-3']),
    )
    for (const { url } of person.requests) expect(url).not.toMatch(TOKEN)
    for (const { html } of pages) expect(html).not.toMatch(TOKEN)
    expect([...person.cookies.values()].filter((value) => TOKEN.test(value)).length).toBeGreaterThan(0)
  })

  test('keeps two tabs apart that take turns, with two pictures and two crops of one', async () => {
    const person = new FormPerson(app.origin)
    const wide = await person.upload('Tabs', picture)
    const other = await person.send(await person.open('/plain'), await portrait())
    expect(other.address.search).not.toBe(wide.address.search)
    // Red is top left and green top right: each tab asks for a colour of its own.
    const quarter = await person.press(wide, 'A quarter')
    const red = await person.press(quarter, 'Top left')
    const green = await person.press(quarter, 'Top right')
    const otherSave = await person.submit(other, '/avatars/crop')
    const greenSave = await person.submit(green, '/avatars/crop')
    const redSave = await person.submit(red, '/avatars/crop')
    const colours: (Rgb | undefined)[] = []
    for (const save of [greenSave, otherSave, redSave]) {
      await person.submit(save, '/avatars/save')
      const [current] = await avatarsOf(person)
      colours.push(await middleOf(current?.url ?? ''))
    }
    const [inGreen, inOther, inRed] = colours
    expect(inGreen?.[1]).toBeGreaterThan((inGreen?.[0] ?? 0) + 60)
    expect(inRed?.[0]).toBeGreaterThan((inRed?.[1] ?? 0) + 60)
    expect(inOther).not.toEqual(inRed)
    expect(await avatarsOf(person)).toHaveLength(3)
  })

  test('saves once, however often the form is sent', async () => {
    const person = new FormPerson(app.origin)
    const save = await person.submit(await person.upload('Twice', picture), '/avatars/crop')
    const [first, again] = await Promise.all([1, 2].map(() => person.submit(save, '/avatars/save')))
    expect([first?.status, again?.status]).toEqual([200, 200])
    expect(await avatarsOf(person)).toHaveLength(1)
  })

  test('crops again from the original, beginning with the square that was cropped before', async () => {
    const person = new FormPerson(app.origin)
    const turned = await person.press(await person.upload('Again', picture), 'Turned right')
    expect(fieldsOf(turned.html)).toMatchObject({ x: '0', y: '150', width: '600', rotate: '90', scaleX: '1' })
    const chosen = await person.press(await person.press(turned, 'Half'), 'Bottom left')
    const again = await person.open(linkOf(await person.submit(chosen, '/avatars/crop'), 'Crop again'))
    expect([again.address.pathname, fieldsOf(again.html)]).toEqual(['/plain/crop', fieldsOf(chosen.html)])
    expect(pressedIn(again)).toEqual(['Bottom left', 'Half', 'Turned right', 'Not at all'])

    const numbers = { x: '7', y: '11', width: '123', height: '123' }
    const entered = await person.submit(again, '/avatars/crop', numbers)
    const asEntered = await person.open(linkOf(entered, 'Crop again'))
    expect(fieldsOf(asEntered.html)).toMatchObject({ ...numbers, rotate: '90' })
    expect(pressedIn(asEntered)).toEqual(['Turned right', 'Not at all'])
    expect((await person.submit(asEntered, '/avatars/crop')).address.pathname).toBe('/plain/save')
  })

  test('keeps the mirrored picture', async () => {
    const person = new FormPerson(app.origin)
    const mirrored = await person.press(await person.upload('Mirror', picture), 'Left to right')
    expect(fieldsOf(mirrored.html)).toMatchObject({ scaleX: '-1', scaleY: '1', x: '150', y: '0' })
    // Red is top left of the original: mirrored, the quarter there is the green one.
    const quarter = await person.press(await person.press(mirrored, 'A quarter'), 'Top left')
    await person.submit(await person.submit(quarter, '/avatars/crop'), '/avatars/save')
    const [current] = await avatarsOf(person)
    const [red = 0, green = 0] = (await middleOf(current?.url ?? '')) ?? []
    expect(green).toBeGreaterThan(red + 60)
  })

  test('may ask for another language, in refusals as well', async () => {
    const person = new FormPerson(app.origin, 'de-AT, en;q=0.5')
    const crop = await person.upload('Jörg', picture)
    expect(crop.html).toContain('<html lang="de">')
    expect(crop.html).toContain('<h1>Zuschneiden</h1>')
    const half = await person.press(crop, 'Die Hälfte')
    expect(fieldsOf(half.html).width).toBe('300')
    const refused = await person.submit(half, '/avatars/crop', { x: '850' })
    expect([refused.status, refused.html]).toEqual([400, expect.stringContaining('Der Ausschnitt ragt')])
    expect(linkOf(refused, 'Noch einmal zuschneiden')).toMatch(/^\/plain\/crop\?session=/)
  })
})

describe('somebody who has not signed up yet', () => {
  test('chooses and crops a picture, then says who they are, and keeps it', async () => {
    const person = new FormPerson(app.origin)
    const crop = await person.send(await person.open('/sign-up'), picture)
    expect([crop.status, crop.address.pathname]).toEqual([200, '/sign-up/crop'])
    const red = await person.press(await person.press(crop, 'A quarter'), 'Top left')
    const named = await person.submit(red, '/sign-up/avatars/crop')
    expect([named.address.pathname, named.html.includes('Who is it?')]).toEqual(['/sign-up/save', true])
    const save = await person.submit(named, '/sign-up', { user: 'Newcomer' })
    expect([save.status, save.address.pathname]).toEqual([200, '/plain/save'])
    // The browser's button leads to pages from before; what they show is theirs by now.
    for (const { address } of [named, red]) {
      const back = await person.open(address.pathname + address.search)
      expect([back.status, back.address.pathname]).toEqual([200, address.pathname.replace('sign-up', 'plain')])
    }
    expect(fieldsOf((await person.open(linkOf(save, 'Crop again'))).html)).toMatchObject(fieldsOf(red.html))
    await person.submit(save, '/avatars/save')
    const [current] = await avatarsOf(person)
    const [red0 = 0, green0 = 0] = (await middleOf(current?.url ?? '')) ?? []
    expect(red0).toBeGreaterThan(green0 + 60)
    expect((await person.open('/sign-up')).address.pathname).toBe('/plain')
    for (const { url } of person.requests) expect(url).not.toMatch(TOKEN)
  })

  test('does the same as a program: one request makes the account and its picture', async () => {
    const headers = { accept: 'application/json' }
    const form = new FormData()
    form.set('file', new Blob([new Uint8Array(picture)]), 'me.jpg')
    const sent = await fetch(`${app.origin}/sign-up/avatars`, { method: 'POST', headers, body: form })
    const { token } = await sent.json()
    const send = async (path: string, body: object) => {
      const reply = await fetch(app.origin + path, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      return { status: reply.status, body: await reply.json() }
    }
    const crop = await send('/sign-up/avatars/crop', { token, x: 0, y: 0, width: 300, height: 300 })
    const signedUp = await send('/sign-up', { user: 'Program', avatarToken: crop.body.token })
    expect(signedUp).toMatchObject({
      status: 201,
      body: { user: 'Program', avatar: { sizes: { 96: expect.any(String) } } },
    })
    const stolen = await send('/sign-up', { user: 'Thief', avatarToken: `${token}x` })
    expect(stolen).toMatchObject({ status: 403, body: { code: 'token-invalid' } })
  })
})

describe('refusals are pages in words, with the way back:', () => {
  test('a file that is no picture', async () => {
    const person = new FormPerson(app.origin)
    const refused = await person.upload('Notes', Buffer.from('This is not a picture.'))
    expect([refused.status, refused.html]).toEqual([415, expect.stringContaining('This kind of file can’t be used.')])
    expect(linkOf(refused, 'Choose a picture')).toBe('/plain')
  })

  test('a file that is too large', async () => {
    const refused = await new FormPerson(app.origin).upload('Huge', Buffer.alloc(21 * 1024 ** 2))
    expect([refused.status, refused.html]).toEqual([413, expect.stringContaining('At most 20 MB are allowed.')])
  })

  test('a strip, which this application does not want', async () => {
    const refused = await new FormPerson(app.origin, 'de').upload('Strip', await quarters(1000, 100))
    expect([refused.status, refused.html]).toEqual([422, expect.stringContaining('Dieses Bild ist ein Streifen.')])
  })

  test('numbers that are no square, with what is wrong about them, and the choice kept', async () => {
    const person = new FormPerson(app.origin)
    const half = await person.press(await person.upload('Flat', picture), 'Half')
    const refused = await person.submit(half, '/avatars/crop', { height: '400' })
    expect([refused.status, refused.html]).toEqual([400, expect.stringContaining('Width and height must be the same')])
    expect(fieldsOf((await person.open(linkOf(refused, 'Crop again'))).html).width).toBe('300')
  })

  test('a square that leaves the picture leads back to the crop of that picture', async () => {
    const person = new FormPerson(app.origin)
    const crop = await person.upload('Beyond', picture)
    const refused = await person.submit(crop, '/avatars/crop', { x: '850' })
    expect([refused.status, refused.html]).toEqual([400, expect.stringContaining('The crop leaves the picture.')])
    expect((await person.open(linkOf(refused, 'Crop again'))).address.search).toBe(crop.address.search)
    const large = await person.submit(crop, '/avatars/crop', { width: '5000', height: '5000' })
    expect([large.status, large.html]).toEqual([400, expect.stringContaining('The crop leaves the picture.')])
  })

  test('the session of another browser', async () => {
    const crop = await new FormPerson(app.origin).upload('Owner', picture)
    const stranger = new FormPerson(app.origin)
    await stranger.signIn('Stranger')
    const shown = await stranger.open(`${crop.address.pathname}${crop.address.search}`)
    expect([shown.status, shown.html]).toEqual([403, expect.stringContaining('This upload can’t be continued.')])
    const sent = await stranger.submit(crop, '/avatars/crop')
    expect([sent.status, sent.html]).toEqual([403, expect.stringContaining('This upload can’t be continued.')])
  })

  test('the session of somebody else who used this browser', async () => {
    const person = new FormPerson(app.origin)
    const crop = await person.upload('First', picture)
    await person.submit(crop, '/sign-out')
    const signedOut = await person.submit(crop, '/avatars/crop')
    expect([signedOut.status, linkOf(signedOut, 'Sign in')]).toEqual([401, '/plain'])
    await person.signIn('Second')
    const shown = await person.open(`${crop.address.pathname}${crop.address.search}`)
    expect([shown.status, shown.html]).toEqual([403, expect.stringContaining('begun by someone else')])
    expect((await person.submit(crop, '/avatars/crop')).html).toContain('begun by someone else')
  })

  test('a picture that was deleted in another tab, and a name that cannot be used', async () => {
    const person = new FormPerson(app.origin)
    const refused = await person.submit(await person.open('/plain'), '/sign-in', { user: ' ' })
    expect([refused.status, refused.html]).toEqual([400, expect.stringContaining('This can’t be a name.')])
    expect(linkOf(refused, 'Try again')).toBe('/plain')
    await person.signIn('Gone')
    const gone = await person.open(`/plain/remove?id=${'0'.repeat(32)}`)
    expect([gone.status, gone.html]).toEqual([404, expect.stringContaining('There is no such picture.')])
  })
})

/** One server of its own in this process. */
async function withServer(
  env: Readonly<Record<string, string>>,
  use: (origin: string) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'brigade-server-'))
  const settings = readSettings({ BUCKET_URL: `file:${folder}/data`, BRIGADE_SECRETS: 'a'.repeat(40), ...env })
  const bucket = openBucket(settings)
  const server = createServer(await createApp({ settings, bucket, name: 'server-1' })).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  } finally {
    server.closeAllConnections()
    server.close()
    await bucket.store.close()
    await rm(folder, { recursive: true, force: true })
  }
}

/** Sends a form that never ends. It has its place at the server once this resolves. */
async function endlessCrop(origin: string): Promise<ClientRequest> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': 10, expect: '100-continue' }
  const sent = request(`${origin}/avatars/crop`, { method: 'POST', headers })
  sent.on('error', () => undefined)
  sent.flushHeaders()
  await once(sent, 'continue')
  return sent
}

describe('while a server has too much to do', () => {
  test('the page of a refusal leads back to the one with the form, so that it can be sent again', async () => {
    await withServer({ RENDERS_IN_LINE: '1' }, async (origin) => {
      const person = new FormPerson(origin)
      const crop = await person.press(await person.upload('Patient', picture), 'Half')
      const inWork = await endlessCrop(origin)
      const refused = await person.submit(crop, '/avatars/crop')
      expect([refused.status, refused.html]).toEqual([503, expect.stringContaining('Please try again shortly.')])
      expect(linkOf(refused, 'Crop again')).toBe(crop.address.pathname + crop.address.search)
      inWork.destroy()
    })
  })
})

describe('later than the deadline', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  test('the pages and the forms say that the time is over', async () => {
    await withServer({}, async (origin) => {
      const person = new FormPerson(origin)
      const crop = await person.upload('Late', picture)
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3 * 60 * 60 * 1000 })
      const shown = await person.open(`${crop.address.pathname}${crop.address.search}`)
      expect([shown.status, shown.html]).toEqual([403, expect.stringContaining('The time for this upload is over.')])
      expect(linkOf(shown, 'Choose a picture')).toBe('/plain')
      const sent = await person.submit(crop, '/avatars/crop')
      expect([sent.status, sent.html]).toEqual([403, expect.stringContaining('The time for this upload is over.')])
    })
  })
})
