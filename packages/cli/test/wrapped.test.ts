import { describe, expect, it } from 'vitest'
import { wrapped } from '../src/output/wrapped.js'

const TEXT = 'uploads that broke off stay for ever'

describe('text behind a column', () => {
  it('is broken between words, below its beginning', () => {
    expect(wrapped(TEXT, 12, 34)).toBe(`uploads that broke off\n${' '.repeat(12)}stay for ever`)
  })

  it('goes on further to the left where the terminal is narrow', () => {
    expect(wrapped(TEXT, 24, 40)).toBe('uploads that\n      broke off stay for ever')
  })

  it('keeps the blanks that it begins with, on one line and on several', () => {
    expect(wrapped(`  ${TEXT}`, 0, 80)).toBe(`  ${TEXT}`)
    expect(wrapped(`  ${TEXT}`, 0, 28)).toBe('  uploads that broke off\n  stay for ever')
  })

  it('is one line in a pipe, and where there is no room at all', () => {
    expect([wrapped(TEXT, 12, undefined), wrapped(TEXT, 12, 20)]).toEqual([TEXT, TEXT])
  })
})
