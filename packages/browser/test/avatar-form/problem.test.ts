import { describe, expect, test } from 'vitest'
import { arabic } from '../../src/avatar-form/messages/arabic.js'
import { messagesFor } from '../../src/avatar-form/messages/choose-messages.js'
import { english } from '../../src/avatar-form/messages/english.js'
import { german } from '../../src/avatar-form/messages/german.js'
import { dateTexts, fill, secondsText, sizeText } from '../../src/avatar-form/messages/messages.js'
import { mayArrive, problemOf, startsOver, wordsFor } from '../../src/avatar-form/problem.js'

describe.each([english, german, arabic])('in $language', (messages) => {
  test('every problem says what happened and what to do, in words of its own', () => {
    const words = Object.values(messages.problems)
    expect(new Set(words.map(({ title }) => title)).size).toBe(words.length)
    expect(words.every(({ advice }) => advice.endsWith('.'))).toBe(true)
  })

  test('there are words for what nobody foresaw', () => {
    for (const code of ['status-502', 'constructor', '']) {
      expect(wordsFor({ code }, messages)).toEqual(messages.problems.otherwise)
    }
  })
})

/** The headers of an answer. */
function headers(values: Readonly<Record<string, string>> = {}): (name: string) => string | null {
  return (name) => values[name] ?? null
}

describe('a picture that the site itself refuses', () => {
  const body = JSON.stringify({ code: 'refused', reason: 'too-narrow', title: 'This picture is a strip.' })
  const problem = problemOf(422, body, headers({ 'content-language': 'en-GB' }))

  test('is told in the words of the server, where it speaks the language of the form', () => {
    expect(wordsFor(problem, english)).toEqual({ title: 'This picture is a strip.', advice: '' })
    expect(wordsFor(problem, german)).toEqual(german.problems.refused)
    expect(wordsFor(problemOf(422, body, headers()), english)).toEqual(english.problems.refused)
    expect(wordsFor({ ...problem, code: 'image-corrupt' }, english)).toEqual(english.problems['image-corrupt'])
  })

  test('is told in the words that the page has for the reason', () => {
    const words = { title: 'Das ist ein Streifen', advice: 'Wählen Sie ein breiteres Bild.' }
    expect(wordsFor(problem, { ...german, refusals: { 'too-narrow': words } })).toBe(words)
    expect(wordsFor({ ...problem, reason: 'constructor' }, { ...german, refusals: {} })).toBe(german.problems.refused)
  })
})

test('languages are known by their tags; others read English', () => {
  expect(['de-AT', 'AR', 'en-GB', 'fr', ''].map((tag) => messagesFor(tag).language)).toEqual([
    'de',
    'ar',
    'en',
    'en',
    'en',
  ])
})

test('only another picture helps where the uploaded one is gone, not where a server is', () => {
  expect(startsOver({ code: 'session-expired' })).toBe(true)
  expect(startsOver({ code: 'store-unavailable' })).toBe(false)
  expect(startsOver({ code: 'overloaded' })).toBe(false)
})

test('a file may arrive the next time where the way was the problem, not where the file was', () => {
  expect(['offline', 'overloaded', 'unauthenticated', 'status-502'].map((code) => mayArrive({ code }))).not.toContain(
    false,
  )
  expect(['image-corrupt', 'too-narrow', 'status-404', 'page-fault'].map((code) => mayArrive({ code }))).not.toContain(
    true,
  )
})

test('what an answer says about the next try is heard, in seconds', () => {
  const retryAfter = headers({ 'retry-after': '7' })
  expect(problemOf(503, '{"code":"overloaded"}', retryAfter)).toEqual({ code: 'overloaded', retryAfterSeconds: 7 })
  expect(problemOf(503, '{"code":"overloaded"}', headers())).toEqual({ code: 'overloaded' })
})

test('answers of balancers and proxies are known by their status', () => {
  expect(problemOf(413, '<h1>Request Entity Too Large</h1>', headers())).toMatchObject({ code: 'file-too-large' })
  const detail = expect.stringContaining('status 502')
  expect(problemOf(502, '', headers())).toEqual({ code: 'status-502', detail })
  const conflict = '{"code":"pointer-conflict","requestId":"r1"}'
  expect(problemOf(409, conflict, headers())).toMatchObject({ code: 'pointer-conflict', requestId: 'r1' })
})

test('no two moments are told alike: to the minute, to the second, or counted', () => {
  const moments = [
    '2026-03-01T12:30:05',
    '2026-03-01T12:30:45.900',
    '2026-03-01T12:30:45.100',
    '2026-03-01T12:30:45.100',
    '2026-03-01T12:31:05',
  ]
  expect(dateTexts(moments, english).map((text) => text.replace(/\s/g, ' '))).toEqual([
    'Mar 1, 2026, 12:30:05 PM',
    'Mar 1, 2026, 12:30:45 PM',
    'Mar 1, 2026, 12:30:45 PM (2)',
    'Mar 1, 2026, 12:30:45 PM (3)',
    'Mar 1, 2026, 12:31 PM',
  ])
})

test('waits are told in whole words, one and many', () => {
  expect([secondsText(1, english), secondsText(5, german)]).toEqual(['1 second', '5 Sekunden'])
})

test('sizes and numbers are told as each language writes them', () => {
  const bytes = [0, 999, 1000, 83_512, 999_499, 999_500, 3_100_000]
  expect(bytes.map((size) => sizeText(size, english))).toEqual([
    '0 bytes',
    '999 bytes',
    '1 kB',
    '84 kB',
    '999 kB',
    '1 MB',
    '3.1 MB',
  ])
  expect(sizeText(3_100_000, german)).toBe('3,1 MB')
  expect(fill('{width} × {height} {other}', { width: 1200, height: 'h' }, german)).toBe('1.200 × h {other}')
})
