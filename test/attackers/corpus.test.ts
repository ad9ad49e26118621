import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeAttacks } from './attack.js'
import { AttackSite } from './attack-site.js'
import { BOMBS } from './corpus/bombs.js'
import { COOKIES } from './corpus/cookies.js'
import { FORMS } from './corpus/forms.js'
import { HEADERS } from './corpus/headers.js'
import { INJECTIONS } from './corpus/injections.js'
import { ORIGINS } from './corpus/origins.js'
import { PATHS } from './corpus/paths.js'
import { PICTURES } from './corpus/pictures.js'
import { PREFIXES } from './corpus/prefixes.js'
import { PUBLISHED } from './corpus/published.js'
import { REDIRECTS } from './corpus/redirects.js'
import { SMUGGLING } from './corpus/smuggling.js'
import { TOKENS } from './corpus/tokens.js'
import { leaveUploads } from './leavers.js'
import { beginSlowSenders, SLOW_SENDERS } from './slow-senders.js'

/** What a server may hold at its worst: an AVIF of 25 million pixels, while it is decoded. */
const MOST_MEGABYTES = 1200

let site: AttackSite
let slow: ReturnType<typeof beginSlowSenders>
beforeAll(async () => {
  site = await AttackSite.open()
  slow = beginSlowSenders(site)
})
afterAll(() => site?.close())

describeAttacks('paths', PATHS, () => site)
describeAttacks('tokens', TOKENS, () => site)
describeAttacks('headers', HEADERS, () => site)
describeAttacks('requests in requests', SMUGGLING, () => site)
describeAttacks('forms', FORMS, () => site)
describeAttacks('pictures', PICTURES, () => site)
describeAttacks('bombs', BOMBS, () => site)
describeAttacks('pages of other sites', ORIGINS, () => site)
describeAttacks('addresses that lead away', REDIRECTS, () => site)
describeAttacks('headers and markup in names', INJECTIONS, () => site)
describeAttacks('what belongs to others', PREFIXES, () => site)
describeAttacks('what was published of others', PUBLISHED, () => site)
describeAttacks('cookies', COOKIES, () => site)

describe('who leaves', () => {
  it('in the middle of uploads, in each way and at each door, leaves nothing open and nothing behind', async () => {
    await leaveUploads(site)
    const before = await site.handles()
    await leaveUploads(site)
    await leaveUploads(site)
    // What a server keeps for the next request may have grown by a few, and not by one for each that left.
    const grown = async () => (await site.handles()).map((open, index) => open - (before[index] ?? 0))
    await expect.poll(async () => Math.max(...(await grown())), { timeout: 50_000 }).toBeLessThan(20)
    await expect.poll(() => site.changes(), { timeout: 50_000 }).toEqual([])
  })
})

describe('slow senders', () => {
  it.each(SLOW_SENDERS)('%s, comes byte by byte', async (name) => {
    expect((await slow.get(name))?.status).toBe(408)
  })
})

describe('after all of it', () => {
  it('every server is the process that it was, and answers', async () => {
    expect(await site.damage()).toEqual([])
  })

  it('no server has asked for an address that an attacker named', () => {
    expect(site.baitTaken).toBe(0)
  })

  it(`no server ever held more than ${MOST_MEGABYTES} MB`, async () => {
    const peak = await site.peakMegabytes()
    console.log(`The most that a server held: ${Math.round(peak)} MB`)
    expect(peak).toBeLessThan(MOST_MEGABYTES)
  })
})
