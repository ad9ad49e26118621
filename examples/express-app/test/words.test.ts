import { describe, expect, test } from 'vitest'
import { bytesInWords, startsOver, wordsFor } from '../page/words.js'

/** Codes that the routes promise, and those that the page and the balancer add. */
const CODES = [
  'crop-out-of-bounds',
  'unauthenticated',
  'token-invalid',
  'token-expired',
  'token-user-mismatch',
  'not-found',
  'session-expired',
  'step-out-of-order',
  'original-changed',
  'pointer-conflict',
  'file-too-large',
  'image-too-large',
  'image-unsupported',
  'image-corrupt',
  'store-unavailable',
  'no-server',
  'offline',
  'preview-failed',
]

describe('wordsFor', () => {
  test('says for every problem what happened and what to do, in words of its own', () => {
    const words = CODES.map((code) => wordsFor({ code }))
    expect(new Set(words.map(({ title }) => title)).size).toBe(CODES.length)
    expect(words.every(({ advice }) => advice.endsWith('.'))).toBe(true)
  })

  test('has words for what nobody foresaw', () => {
    for (const code of ['status-502', 'constructor', '']) {
      expect(wordsFor({ code })).toEqual({ title: 'Something went wrong', advice: 'Nothing is lost. Try again.' })
    }
  })

  test('knows when only another picture helps', () => {
    expect(startsOver({ code: 'session-expired' })).toBe(true)
    expect(startsOver({ code: 'store-unavailable' })).toBe(false)
  })
})

test('sizes are told in the units that files are sold in', () => {
  expect([0, 999, 1000, 83_512, 3_100_000].map(bytesInWords)).toEqual([
    '0 bytes',
    '999 bytes',
    '1 kB',
    '84 kB',
    '3.1 MB',
  ])
})
