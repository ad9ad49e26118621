import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Trail } from '../../src/avatar-form/trail.js'
import { type Work, WorkMemory } from '../../src/avatar-form/work-memory.js'

const WORK: Work = { step: 'crop', token: 'token', look: 'as it is', servers: { received: 'server-1' } }

let kept: Map<string, string>

beforeEach(() => {
  kept = new Map()
  vi.stubGlobal('sessionStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  })
})

afterEach(() => {
  vi.unstubAllGlobals()
})

function begin(): Trail {
  return new Trail(new WorkMemory('a form'), undefined)
}

test('after a reload the person is where they were, with the picture in work', () => {
  const trail = begin()
  trail.keep(WORK)
  trail.enter('save')
  const next = begin()
  expect([next.follow(() => undefined), next.work]).toEqual(['save', { ...WORK, step: 'save' }])
})

test('what is saved is not in work any more, where nobody can go back to it', () => {
  const trail = begin()
  trail.keep(WORK)
  trail.enter('done')
  expect(trail.work?.step).toBe('done')
  expect([begin().follow(() => undefined), kept.size]).toEqual(['choose', 0])
})

test('a form that is not in the page any more keeps what is in work, and forgets it when it is told to', () => {
  const trail = begin()
  trail.keep(WORK)
  trail.leave()
  expect(begin().work).toEqual(WORK)
  trail.keep(undefined)
  expect(kept.size).toBe(0)
})

test('where the browser keeps nothing, a reload begins anew', () => {
  vi.stubGlobal('sessionStorage', undefined)
  const trail = begin()
  trail.keep(WORK)
  expect([trail.work, begin().follow(() => undefined)]).toEqual([WORK, 'choose'])
})
