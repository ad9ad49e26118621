import { describe, expect, it } from 'vitest'
import { type Program, searchSchedules } from './search.js'
import type { PendingRequest } from './stage.js'

/** Actors that each write to places, one after the other; tells the order in which they did. */
function writers(plans: readonly (readonly string[])[], onEnd: (order: string) => void): () => Promise<Program> {
  return async () => {
    const done = plans.map(() => 0)
    const order: string[] = []
    const next = (actor: number): PendingRequest[] => {
      const place = plans[actor]?.[done[actor] ?? 0]
      return place === undefined ? [] : [{ actor, name: `${actor} ${done[actor]}`, places: [place], writes: true }]
    }
    return {
      choices: async () => plans.flatMap((_plan, actor) => next(actor)),
      take: async ({ actor }) => {
        order.push(String(actor))
        done[actor] = (done[actor] ?? 0) + 1
      },
      end: async () => onEnd(order.join('')),
      abandon: async () => undefined,
    }
  }
}

describe('the search through schedules', () => {
  it.each([
    {
      what: 'every order of what meets',
      plans: [
        ['a', 'a'],
        ['a', 'a'],
      ],
      schedules: 6,
    },
    {
      what: 'every order of three',
      plans: [
        ['a', 'a'],
        ['a', 'a'],
        ['a', 'a'],
      ],
      schedules: 90,
    },
    {
      what: 'one order of what never meets',
      plans: [
        ['a', 'b'],
        ['c', 'd'],
      ],
      schedules: 1,
    },
    {
      what: 'both orders of the one place where two meet',
      plans: [
        ['a', 'b'],
        ['c', 'b'],
      ],
      schedules: 2,
    },
    { what: 'a listing and what it lists', plans: [['x/*'], ['x/1', 'y/1']], schedules: 2 },
  ])('runs $what, each once', async ({ plans, schedules }) => {
    const orders: string[] = []
    const count = await searchSchedules(writers(plans, (order) => orders.push(order)))
    expect(count.schedules).toBe(schedules)
    expect(new Set(orders).size).toBe(schedules)
  })

  it.each([
    { preemptions: 0, orders: ['0011', '1100'] },
    { preemptions: 1, orders: ['0011', '0110', '1001', '1100'] },
    { preemptions: 2, orders: ['0011', '0101', '0110', '1001', '1010', '1100'] },
  ])('keeps somebody waiting at most $preemptions times', async ({ preemptions, orders }) => {
    const seen: string[] = []
    await searchSchedules(
      writers(
        [
          ['a', 'a'],
          ['a', 'a'],
        ],
        (order) => seen.push(order),
      ),
      preemptions,
    )
    expect(seen.sort()).toEqual(orders)
  })

  it('tells the schedule that leads to what is wrong', async () => {
    const failing = writers([['a'], ['a']], (order) => {
      if (order === '10') throw new Error('the second must not be first')
    })
    await expect(searchSchedules(failing)).rejects.toThrow(
      'the second must not be first\n\nwith this schedule:\n1 0\n0 0',
    )
  })
})
