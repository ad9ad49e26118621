import { describe, expect, it } from 'vitest'
import type { AttackSite } from './attack-site.js'
import { TREASURE } from './attack-site.js'
import type { RawReply, RawRequest } from './raw-request.js'

/** One thing that an attacker sends, and what must come of it. */
export interface Attack {
  /** What is sent. */
  readonly what: string
  readonly request: RawRequest | ((site: AttackSite) => RawRequest | Promise<RawRequest>)
  /** The status that must come back, or one of several. */
  readonly status: number | readonly number[]
  /** The `code` of the problem that must come back. */
  readonly code?: string
  /** `both`: also to a server itself, past the balancer. Default `balancer`. */
  readonly door?: 'balancer' | 'both'
  /** What may be there afterwards that was not there before. Default: nothing at all. */
  readonly leaves?: RegExp
  /** What else must be true of the answer. */
  readonly check?: (reply: RawReply, site: AttackSite) => void | Promise<void>
}

/** One test for each attack. Whatever it is, nothing leaks, nothing is left behind and nobody falls over. */
export function describeAttacks(subject: string, attacks: readonly Attack[], siteOf: () => AttackSite): void {
  describe(subject, () => {
    for (const attack of attacks) it(attack.what, { timeout: 120_000 }, () => carryOut(attack, siteOf()))
  })
}

async function carryOut(attack: Attack, site: AttackSite): Promise<void> {
  const request = typeof attack.request === 'function' ? await attack.request(site) : attack.request
  const doors = attack.door === 'both' ? [site.balancer, site.server] : [site.balancer]
  for (const door of doors) {
    const reply = await site.send(request, door)
    expectAnswer(reply, attack)
    expectNoLeak(reply)
    await attack.check?.(reply, site)
  }
  // What was refused is cleared away before the answer, or right after it.
  const unexpected = async () => (await site.changes()).filter((file) => !attack.leaves?.test(file))
  await expect.poll(unexpected, { timeout: 50_000 }).toEqual([])
  site.acceptChanges()
}

function expectAnswer({ status, body, headers }: RawReply, attack: Attack): void {
  const problem = headers['content-type'] === 'application/problem+json' ? JSON.parse(body) : {}
  // Of a body that should not have come, nothing is shown: it may hold a token.
  expect([attack.status].flat(), `the status, which came with ${problem.detail}`).toContain(status)
  if (attack.code !== undefined) expect(problem.code).toBe(attack.code)
}

/**
 * No answer tells of files beside the bucket, of folders of the server, or of the code that runs there; none leads away or carries a header
 * that an attacker wrote.
 */
function expectNoLeak({ body, head }: RawReply): void {
  for (const text of [body, head]) {
    expect(text).not.toContain(TREASURE)
    expect(text).not.toMatch(/^(Location: ([a-z]+:|[/\\]{2}).*evil|Set-Cookie: evil|X-Evil)/im)
    expect(text).not.toMatch(/node_modules|\/tmp\/brigade|root:x:0|file:\/\/\/| at \S+ \(/)
  }
}
