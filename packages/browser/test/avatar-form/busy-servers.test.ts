import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { BusyServers } from '../../src/avatar-form/busy-servers.js'
import { type Problem, ProblemError } from '../../src/avatar-form/problem.js'

/** What the person is told: how long it will take, and when it goes on. */
let told: (number | undefined | 'goes on')[]
let servers: BusyServers

beforeEach(() => {
  vi.useFakeTimers()
  told = []
  servers = new BusyServers({
    wait: ({ retryAfterSeconds }: Problem) => void told.push(retryAfterSeconds),
    goOn: () => void told.push('goes on'),
  })
})

afterEach(() => {
  vi.useRealTimers()
})

function busy(retryAfterSeconds?: number): ProblemError {
  return new ProblemError({ code: 'overloaded', ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) })
}

test('are waited for as long as they say, and asked again', async () => {
  const request = vi.fn<() => Promise<string>>()
  request.mockRejectedValueOnce(busy(7)).mockRejectedValueOnce(busy()).mockResolvedValueOnce('done')
  const answer = servers.ask(new AbortController().signal, request)
  await vi.advanceTimersByTimeAsync(6999)
  expect([request.mock.calls.length, servers.areWaitedFor]).toEqual([1, true])
  await vi.advanceTimersByTimeAsync(1)
  expect(request).toHaveBeenCalledTimes(2)
  await vi.advanceTimersByTimeAsync(5000)
  expect(await answer).toBe('done')
  expect([told, servers.areWaitedFor]).toEqual([[7, 'goes on', 5, 'goes on'], false])
})

test('that say "at once" are given time all the same', async () => {
  const request = vi.fn<() => Promise<string>>()
  request.mockRejectedValueOnce(busy(0)).mockResolvedValueOnce('done')
  const answer = servers.ask(new AbortController().signal, request)
  await vi.advanceTimersByTimeAsync(4999)
  expect(request).toHaveBeenCalledTimes(1)
  await vi.advanceTimersByTimeAsync(1)
  expect(await answer).toBe('done')
})

test('are not waited for when the person does something else, or when it would take too long', async () => {
  const act = new AbortController()
  const answer = servers.ask(act.signal, () => Promise.reject(busy(7)))
  const ended = expect(answer).rejects.toBe('gone back')
  await vi.advanceTimersByTimeAsync(10)
  act.abort('gone back')
  await ended
  expect(servers.areWaitedFor).toBe(false)
  await expect(servers.ask(new AbortController().signal, () => Promise.reject(busy(3600)))).rejects.toThrow(
    'overloaded',
  )
  expect(told).toEqual([7])
})

test('that never have room are told as a problem in the end, and other problems at once', async () => {
  const request = vi.fn(() => Promise.reject(busy(1)))
  const ended = expect(servers.ask(new AbortController().signal, request)).rejects.toThrow('overloaded')
  await vi.advanceTimersByTimeAsync(60_000)
  await ended
  expect(request.mock.calls.length).toBeGreaterThan(3)
  const other = new ProblemError({ code: 'store-unavailable', retryAfterSeconds: 1 })
  await expect(servers.ask(new AbortController().signal, () => Promise.reject(other))).rejects.toBe(other)
})
