import fc from 'fast-check'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AttackSite } from './attack-site.js'
import { filePart, form, json, rawForm } from './corpus/requests.js'
import type { RawReply, RawRequest } from './raw-request.js'

const RUNS = { numRuns: 80 }
const MOST_MEGABYTES = 600

let site: AttackSite
beforeAll(async () => {
  site = await AttackSite.open()
})
afterAll(() => site?.close())

/** Whatever is sent, the server understands it, refuses it or is busy: it never fails, and never says why it would have. */
async function send(request: RawRequest): Promise<RawReply> {
  const reply = await site.send(request)
  const { status, body } = reply
  expect(status === 503 || (status >= 200 && status < 500), `status ${status}`).toBe(true)
  expect(body).not.toMatch(/node_modules|\/tmp\/brigade| at \S+ \(/)
  return reply
}

async function codeOf(request: RawRequest): Promise<unknown> {
  const { headers, body } = await send(request)
  return headers['content-type']?.includes('json') ? JSON.parse(body).code : undefined
}

const CROP = { x: 0, y: 0, width: 40, height: 40 }
const crop = (body: unknown, cookie = site.attacker.cookie) => json('/avatars/crop', body, cookie)

/** Where a change is made, as a part of a whole, so that it does not depend on how long the whole is. */
const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

describe('what is not what was handed out', () => {
  it('a token of which bits were changed opens nothing', async () => {
    const bits = fc.array(fc.tuple(place, fc.nat(6)), { minLength: 1, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(bits, async (changes) => {
        const { token } = site.attacker.uploaded
        const bytes = Buffer.from(token, 'latin1')
        for (const [at, bit] of changes) {
          const index = Math.floor(at * bytes.length)
          bytes[index] = (bytes[index] ?? 0) ^ (1 << bit)
        }
        const changed = bytes.toString('latin1')
        fc.pre(statementOf(changed) !== statementOf(token))
        expect(await codeOf(crop({ token: changed, ...CROP }))).toBe('token-invalid')
      }),
      RUNS,
    )
  })

  it('a token of parts of several tokens opens nothing', async () => {
    const source = fc.constantFrom('mine', 'cropped', 'foreign', 'foreign cropped')
    await fc.assert(
      fc.asyncProperty(source, source, source, async (...sources) => {
        fc.pre(new Set(sources).size > 1)
        const { attacker, victim } = site
        const tokens = {
          mine: attacker.uploaded.token,
          cropped: attacker.cropped.token,
          foreign: victim.uploaded.token,
          'foreign cropped': victim.cropped.token,
        }
        const parts = sources.map((name, index) => tokens[name].split('.')[index])
        // The head is the same in all of them.
        fc.pre(parts[1] !== tokens[sources[2]].split('.')[1])
        expect(await codeOf(crop({ token: parts.join('.'), ...CROP }))).toBe('token-invalid')
      }),
      { numRuns: 40 },
    )
  })

  it('a signed address of which a character was changed opens nothing', async () => {
    const { pathname, search } = await site.signedPicture()
    const character = fc.constantFrom(...'09afAFzZ_-%.&=+/')
    await fc.assert(
      fc.asyncProperty(place, character, async (at, other) => {
        const index = 1 + Math.floor(at * (search.length - 1))
        const changed = search.slice(0, index) + other + search.slice(index + 1)
        fc.pre(meaningOf(changed) !== meaningOf(search))
        const { status } = await send({ path: pathname + changed })
        expect([400, 403]).toContain(status)
      }),
      RUNS,
    )
  })
})

/** What a token says, and the bytes of its signature. */
function statementOf(token: string): string {
  const end = token.lastIndexOf('.')
  return `${token.slice(0, end)}.${bytesIn(token.slice(end + 1))}`
}

/** The last character of base64 holds bits that say nothing, so that several texts are the same signature. */
function meaningOf(search: string): string {
  const parameters = [...new URLSearchParams(search)]
  const named = parameters.map(([name, value]) => [name, /signature$/.test(name) ? bytesIn(value) : value])
  return JSON.stringify(named)
}

function bytesIn(base64: string): string {
  return Buffer.from(base64, 'base64url').toString('hex')
}

describe('what nobody has thought of', () => {
  it('any JSON for a crop', async () => {
    const value = fc.oneof(fc.double(), fc.integer(), fc.bigInt().map(String), fc.jsonValue({ maxDepth: 3 }))
    const fields = fc.record(
      { x: value, y: value, width: value, height: value, rotate: value, scaleX: value, scaleY: value },
      { requiredKeys: [] },
    )
    await fc.assert(
      fc.asyncProperty(fields, fc.boolean(), async (data, isOwn) => {
        const whole = isOwn ? { ...CROP, ...data } : data
        await send(crop({ ...whole, token: site.attacker.uploaded.token }))
      }),
      RUNS,
    )
  })

  it('any JSON for a body, on every route that takes one', async () => {
    const routes = [
      'crop',
      'save',
      'claim',
      'preview',
      'current',
      'direct',
      'direct/renew',
      'direct/complete',
      'direct/abort',
    ]
    const paths = [...routes.map((route) => `/avatars/${route}`), '/sign-up', '/sign-in']
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), fc.jsonValue(), async (path, body) => {
        await send(json(path, body, site.attacker.cookie))
      }),
      RUNS,
    )
  })

  it('any key for an object', async () => {
    const segment = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 20 }).map((text) => encodeURIComponent(text.toWellFormed())),
      fc.constantFrom('..', '.', '%2e%2e', '%00', '%', '%ff', 'uploads', 'tmp', 'users', '10', '.brigade', ''),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(segment, { maxLength: 8 }),
        fc.constantFrom('GET', 'HEAD', 'PUT', 'POST'),
        async (segments, method) => {
          const { status } = await send({ method, path: `/objects/${segments.join('/')}` })
          expect(status).toBeGreaterThanOrEqual(400)
        },
      ),
      RUNS,
    )
  })

  it('any name for a person and an edge', async () => {
    const text = fc.string({ unit: 'binary', maxLength: 80 }).map((name) => encodeURIComponent(name.toWellFormed()))
    await fc.assert(
      fc.asyncProperty(text, text, async (user, edge) => {
        await send({ path: `/avatars/of/${user}/${edge}?d=initials` })
      }),
      RUNS,
    )
  })

  it('any bytes between sound boundaries', async () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
      fc.constantFrom(
        '--{B}',
        '--{B}\r\n',
        '\r\n--{B}--\r\n',
        '\r\n\r\n',
        'Content-Disposition: form-data; name="file"; filename="a"\r\n\r\n',
      ),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
        const body = `--{B}\r\n${pieces.join('')}\r\n--{B}--\r\n`
        const { status } = await send(rawForm('/avatars', body, site.attacker.cookie))
        expect(status).toBeGreaterThanOrEqual(400)
      }),
      RUNS,
    )
  })

  it('a picture of which bytes were changed', async () => {
    const plain = sharp({ create: { width: 40, height: 40, channels: 4, background: '#4080c0a0' } })
    const pictures = await Promise.all([
      plain.clone().jpeg({ progressive: true }).toBuffer(),
      plain.clone().png().toBuffer(),
      plain.clone().webp({ lossless: true }).toBuffer(),
      plain.clone().gif().toBuffer(),
      plain.clone().avif({ effort: 0 }).toBuffer(),
    ])
    const changes = fc.array(fc.tuple(place, fc.nat(255)), { minLength: 1, maxLength: 10 })
    // One person may not begin as many.
    const cookies = await Promise.all(['2', '3', '4'].map((user) => site.cookieOf(user)))
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...pictures), changes, fc.constantFrom(...cookies), async (...args) => {
        const [picture, bytes, cookie] = args
        const changed = Buffer.from(picture)
        for (const [at, value] of bytes) changed[Math.floor(at * changed.length)] = value
        const { status, body } = await send(form('/avatars', [filePart(changed)], cookie))
        // What is damaged further inside is found when its pixels are needed.
        if (status === 201) await send(crop({ token: JSON.parse(body).token, ...CROP }, cookie))
      }),
      { numRuns: 100 },
    )
  })
})

describe('after all of it', () => {
  it(`every server is the process that it was, and none ever held more than ${MOST_MEGABYTES} MB`, async () => {
    expect(await site.damage()).toEqual([])
    const peak = await site.peakMegabytes()
    console.log(`The most that a server held: ${Math.round(peak)} MB`)
    expect(peak).toBeLessThan(MOST_MEGABYTES)
  })
})
