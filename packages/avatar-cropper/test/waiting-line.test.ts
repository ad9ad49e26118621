import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { WaitingLine } from '../src/waiting-line.js'

const someone = fc.record({ user: fc.constantFrom('', 'leo', 'mia'), session: fc.constantFrom('a', 'b', 'c') })

describe('WaitingLine', () => {
  it('tells before a work waits how many have their turn first', () => {
    fc.assert(
      fc.property(fc.array(someone, { maxLength: 20 }), someone, (waiting, newcomer) => {
        const line = new WaitingLine()
        for (const other of waiting) line.push(other, () => {})
        const expected = line.before(newcomer)
        const enter = () => {}
        line.push(newcomer, enter)
        let turns = 0
        while (line.shift() !== enter) turns += 1
        expect(turns).toBe(expected)
      }),
    )
  })

  it('is empty when everybody had a turn or left', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(someone, fc.boolean()), { maxLength: 20 }), (works) => {
        const line = new WaitingLine()
        const entered = works.map(([of, leaves]) => ({ of, leaves, enter: () => {} }))
        for (const { of, enter } of entered) line.push(of, enter)
        expect(line.length).toBe(works.length)
        for (const { of, leaves, enter } of entered) if (leaves) line.remove(of, enter)
        const staying = entered.filter(({ leaves }) => !leaves).length
        expect(line.length).toBe(staying)
        for (let left = staying; left > 0; left--) expect(line.shift()).toBeTypeOf('function')
        expect([line.length, line.shift()]).toEqual([0, undefined])
      }),
    )
  })
})
