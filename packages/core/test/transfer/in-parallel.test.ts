import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { inParallel } from '../../src/transfer/in-parallel.js'

describe('work in parallel', () => {
  it('is done on every item once, never more at a time than allowed', async () => {
    let running = 0
    let most = 0
    const done: number[] = []
    await inParallel(Array(50).keys(), { concurrency: 4 }, async (item) => {
      running += 1
      most = Math.max(most, running)
      await turn()
      done.push(item)
      running -= 1
    })
    expect(done.sort((a, b) => a - b)).toEqual([...Array(50).keys()])
    expect(most).toBe(4)
  })

  it('takes an item only when there is a place for it', async () => {
    let taken = 0
    const items = (async function* () {
      for (;;) yield ++taken
    })()
    const failed = inParallel(items, { concurrency: 3 }, async (item) => {
      for (let round = 0; round < 10; round++) await turn()
      if (item === 3) throw new Error('third')
    })
    await expect(failed).rejects.toThrow('third')
    expect(taken).toBeLessThanOrEqual(6)
  })

  it('ends with the first failure, after what was under way has ended, told by its signal', async () => {
    const ended: string[] = []
    const failed = inParallel(['slow', 'bad'], { concurrency: 2 }, async (item, signal) => {
      if (item === 'bad') throw new Error('bad')
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      await turn()
      ended.push(item)
    })
    await expect(failed).rejects.toThrow('bad')
    expect(ended).toEqual(['slow'])
  })

  it('does not wait for a source that gives nothing any more, once it failed or was aborted', async () => {
    const stalled = async function* (): AsyncGenerator<number> {
      yield 1
      await new Promise(() => {})
    }
    const failing = async (): Promise<never> => {
      throw new Error('bad')
    }
    await expect(inParallel(stalled(), { concurrency: 2 }, failing)).rejects.toThrow('bad')
    const controller = new AbortController()
    const aborted = inParallel(stalled(), { concurrency: 2, signal: controller.signal }, async () => {})
    await turn()
    controller.abort(new Error('enough'))
    await expect(aborted).rejects.toThrow('enough')
  })

  it('may have as many listeners as items, without a warning on the console', async () => {
    const warnings: Error[] = []
    const remember = (warning: Error): number => warnings.push(warning)
    process.on('warning', remember)
    const { signal } = new AbortController()
    await inParallel(Array(64).keys(), { concurrency: 64, signal }, async (_item, stop) => {
      const listener = (): void => {}
      stop.addEventListener('abort', listener)
      await turn()
      stop.removeEventListener('abort', listener)
    })
    await turn()
    process.off('warning', remember)
    expect(warnings.map(({ name }) => name)).not.toContain('MaxListenersExceededWarning')
  })

  it('fails with its source', async () => {
    const broken = (function* () {
      yield 1
      throw new Error('no more')
    })()
    await expect(inParallel(broken, { concurrency: 2 }, () => turn())).rejects.toThrow('no more')
  })
})
