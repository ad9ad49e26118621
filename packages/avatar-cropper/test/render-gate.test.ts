import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CropperError } from '../src/errors.js'
import { RenderGate } from '../src/render-gate.js'
import type { WorkOf } from '../src/waiting-line.js'

function of(user: string, session = 'only'): WorkOf {
  return { user, session }
}

/** Work that ends when it is told to. */
function held() {
  let finish = () => {}
  const done = new Promise<void>((resolve) => {
    finish = resolve
  })
  return { done, finish }
}

describe('RenderGate', () => {
  it('never lets more in than it was told, in the order of their arrival', async () => {
    const gate = new RenderGate({ atOnce: 2, maxWaitSeconds: 10 })
    const works = Array.from({ length: 6 }, held)
    const started: number[] = []
    const runs = works.map(({ done }, at) =>
      gate.run(of('leo'), async () => {
        started.push(at)
        await done
      }),
    )
    await Promise.resolve()
    expect(started).toEqual([0, 1])
    works[1]?.finish()
    await runs[1]
    expect(started).toEqual([0, 1, 2])
    for (const { finish } of works) finish()
    await Promise.all(runs)
    expect(started).toEqual([0, 1, 2, 3, 4, 5])
  })

  it('lets the next one in after a failure', async () => {
    const gate = new RenderGate({ atOnce: 1, maxWaitSeconds: 10 })
    await expect(gate.run(of('leo'), () => Promise.reject(new Error('corrupt')))).rejects.toThrow('corrupt')
    await expect(gate.run(of('leo'), async () => 'done')).resolves.toBe('done')
  })

  it('lets go of who is aborted while waiting', async () => {
    const gate = new RenderGate({ atOnce: 1, maxWaitSeconds: 10 })
    const { done, finish } = held()
    const first = gate.run(of('leo'), () => done)
    const controller = new AbortController()
    const second = gate.run(of('leo'), async () => 'second', controller.signal)
    const third = gate.run(of('leo'), async () => 'third')
    controller.abort(new Error('gone'))
    await expect(second).rejects.toThrow('gone')
    finish()
    await first
    await expect(third).resolves.toBe('third')
  })

  it('lets people take turns, however many works one of them has waiting', async () => {
    const gate = new RenderGate({ atOnce: 1, maxWaitSeconds: 10 })
    const { done, finish } = held()
    const ended: string[] = []
    const works = ['leo 0', 'leo 1', 'leo 2', 'mia 1', 'leo 3', 'mia 2', 'noa 1'].map((name) =>
      gate.run(of(name.slice(0, 3)), async () => {
        await done
        ended.push(name)
      }),
    )
    finish()
    await Promise.all(works)
    expect(ended).toEqual(['leo 0', 'leo 1', 'mia 1', 'noa 1', 'leo 2', 'mia 2', 'leo 3'])
  })

  it('lets the sessions of one person, and of all strangers together, take turns among the people', async () => {
    const gate = new RenderGate({ atOnce: 1, maxWaitSeconds: 10 })
    const { done, finish } = held()
    const ended: string[] = []
    const waiting = ['/a 0', '/a 1', '/a 2', '/b 1', 'mia/c 1', '/a 3', 'mia/c 2', '/b 2'].map((name) => {
      const [user = '', session = ''] = name.split(' ')[0]?.split('/') ?? []
      return gate.run(of(user, session), async () => {
        await done
        ended.push(name)
      })
    })
    finish()
    await Promise.all(waiting)
    expect(ended).toEqual(['/a 0', '/a 1', 'mia/c 1', '/b 1', 'mia/c 2', '/a 2', '/b 2', '/a 3'])
  })
})

describe('RenderGate, where there is too much to do', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  const taking = (milliseconds: number) => () => new Promise<void>((resolve) => setTimeout(resolve, milliseconds))

  /** What came of a work, and how long after `begun`, in seconds. */
  async function outcomeOf(run: Promise<unknown>, begun = performance.now()) {
    const outcome = await run.then(
      () => 'done',
      (error) => (CropperError.is(error, 'overloaded') ? error.parameters : error),
    )
    return { outcome, after: (performance.now() - begun) / 1000 }
  }

  it('refuses who waited as long as allowed, and lets the next one in all the same', async () => {
    const gate = new RenderGate({ atOnce: 1, maxWaitSeconds: 10 })
    const first = outcomeOf(gate.run(of('leo'), taking(15_000)))
    const second = outcomeOf(gate.run(of('mia'), taking(1000)))
    await vi.advanceTimersByTimeAsync(6000)
    const third = outcomeOf(gate.run(of('noa'), taking(1000)))
    await vi.runAllTimersAsync()
    expect(await first).toEqual({ outcome: 'done', after: 15 })
    expect(await second).toEqual({ outcome: { retryAfterSeconds: 10 }, after: 10 })
    expect(await third).toEqual({ outcome: 'done', after: 10 })
    expect(vi.getTimerCount()).toBe(0)
  })

  it('refuses at once who could not be served in time, and says how long those that wait need', async () => {
    const gate = new RenderGate({ atOnce: 2, maxWaitSeconds: 10 })
    const warm = outcomeOf(gate.run(of('leo'), taking(4000)))
    await vi.runAllTimersAsync()
    await warm
    const people = Array.from({ length: 12 }, (_, index) => outcomeOf(gate.run(of(`person ${index}`), taking(4000))))
    await vi.runAllTimersAsync()
    const outcomes = await Promise.all(people)
    // Two at a time, 4 s each: the seventh and eighth would begin after 12 s, the others have no chance from the start.
    const served = [4, 4, 8, 8, 12, 12].map((after) => ({ outcome: 'done', after }))
    expect(outcomes.slice(0, 6)).toEqual(served)
    expect(outcomes.slice(6, 8)).toEqual([10, 10].map((after) => ({ outcome: expect.anything(), after })))
    expect(outcomes.slice(8)).toEqual(Array(4).fill({ outcome: { retryAfterSeconds: 14 }, after: 0 }))
  })

  it('refuses the works of who sends many, not those of others', async () => {
    const gate = new RenderGate({ atOnce: 1, maxWaitSeconds: 10 })
    const warm = gate.run(of('leo'), taking(2000))
    await vi.runAllTimersAsync()
    await warm
    const many = Array.from({ length: 20 }, () => outcomeOf(gate.run(of('leo'), taking(2000))))
    const other = outcomeOf(gate.run(of('mia'), taking(2000)))
    await vi.runAllTimersAsync()
    expect((await other).outcome).toBe('done')
    const refused = (await Promise.all(many)).filter(({ outcome }) => outcome !== 'done')
    expect(refused.length).toBeGreaterThan(10)
    expect(refused.every(({ after }) => after <= 10)).toBe(true)
  })

  it('keeps no timer for who has left', async () => {
    const gate = new RenderGate({ atOnce: 1, maxWaitSeconds: 10 })
    const first = gate.run(of('leo'), taking(1000))
    const leaving = new AbortController()
    const second = outcomeOf(gate.run(of('leo'), taking(1000), leaving.signal))
    leaving.abort('gone')
    expect((await second).outcome).toBe('gone')
    expect(vi.getTimerCount()).toBe(1)
    await vi.runAllTimersAsync()
    await first
  })
})
