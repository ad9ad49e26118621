import { describe, expect, it } from 'vitest'
import { RenderGate } from '../src/render-gate.js'

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
    const gate = new RenderGate(2)
    const works = Array.from({ length: 6 }, held)
    const started: number[] = []
    const runs = works.map(({ done }, at) =>
      gate.run('leo', async () => {
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
    const gate = new RenderGate(1)
    await expect(gate.run('leo', () => Promise.reject(new Error('corrupt')))).rejects.toThrow('corrupt')
    await expect(gate.run('leo', async () => 'done')).resolves.toBe('done')
  })

  it('lets go of who is aborted while waiting', async () => {
    const gate = new RenderGate(1)
    const { done, finish } = held()
    const first = gate.run('leo', () => done)
    const controller = new AbortController()
    const second = gate.run('leo', async () => 'second', controller.signal)
    const third = gate.run('leo', async () => 'third')
    controller.abort(new Error('gone'))
    await expect(second).rejects.toThrow('gone')
    finish()
    await first
    await expect(third).resolves.toBe('third')
  })

  it('lets people take turns, however many works one of them has waiting', async () => {
    const gate = new RenderGate(1)
    const { done, finish } = held()
    const ended: string[] = []
    const works = ['leo 0', 'leo 1', 'leo 2', 'mia 1', 'leo 3', 'mia 2', 'noa 1'].map((name) =>
      gate.run(name.slice(0, 3), async () => {
        await done
        ended.push(name)
      }),
    )
    finish()
    await Promise.all(works)
    expect(ended).toEqual(['leo 0', 'leo 1', 'mia 1', 'noa 1', 'leo 2', 'mia 2', 'leo 3'])
  })
})
