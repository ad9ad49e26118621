import { describe, expect, it } from 'vitest'
import { compareKeys } from '../../src/keys/key-order.js'

describe('compareKeys', () => {
  it('orders keys as their UTF-8 bytes are ordered', () => {
    const keys = ['a/b', 'a.jpg', 'a', 'a0', 'ä', 'Z', '～', '😀', '\u{10FFFF}', '', 'a/', '\uE000', 'a😀', 'a\uFFFD']
    const byBytes = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    expect([...keys].sort(compareKeys)).toEqual(byBytes)
  })

  it('finds equal keys equal', () => {
    expect(compareKeys('same', 'same')).toBe(0)
  })
})
