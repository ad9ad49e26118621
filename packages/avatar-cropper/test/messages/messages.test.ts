import { describe, expect, it } from 'vitest'
import { chooseMessages, english, german, type Messages, messageOf } from '../../src/index.js'

describe.each([english, german])('the texts in $language', (messages) => {
  it('say something for every code, and leave no placeholder open', () => {
    expect(Object.keys(messages.texts).toSorted()).toEqual(Object.keys(english.texts).toSorted())
    const parameters = { maxBytes: 1, limit: 1, reason: 'x', retryAfterSeconds: 1 }
    for (const code of Object.keys(messages.texts)) {
      expect(messageOf(messages, code, parameters)).toMatch(/^[^{}]{5,}[.]$/)
    }
  })
})

describe('messageOf', () => {
  it('puts numbers as the language has them', () => {
    const parameters = { maxBytes: 1.5 * 1024 ** 2 }
    expect(messageOf(english, 'file-too-large', parameters)).toContain('1.5 MB')
    expect(messageOf(german, 'file-too-large', parameters)).toContain('1,5 MB')
  })

  it('knows the reasons of the application', () => {
    const messages: Messages = { ...english, refusals: { 'virus-found': 'This file holds a virus.' } }
    expect(messageOf(messages, 'refused', { reason: 'virus-found' })).toBe('This file holds a virus.')
    expect(messageOf(messages, 'refused', { reason: 'toString' })).toBe(english.texts.refused)
  })

  it('leaves codes of others alone', () => {
    expect(messageOf(english, 'tea-is-cold')).toBeUndefined()
    expect(messageOf(english, 'constructor')).toBeUndefined()
  })
})

describe('chooseMessages', () => {
  const brazilian: Messages = { ...english, language: 'pt-BR' }
  it.each([
    [undefined, 'en'],
    ['', 'en'],
    ['fr, *', 'en'],
    ['de', 'de'],
    ['de-AT', 'de'],
    ['DE;q=0.9, en;q=0.8', 'de'],
    ['en;q=0.5,de;q=0.9', 'de'],
    ['de;q=0, fr', 'en'],
    ['de;q=x', 'en'],
    ['pt-PT', 'pt-BR'],
    [',;q=,,', 'en'],
  ])('gives who asks for %j the language %s', (asked, language) => {
    expect(chooseMessages([english, german, brazilian], asked).language).toBe(language)
  })
})
