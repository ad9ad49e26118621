import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'

const MAX_GZIP_BYTES = 40_000

const bundle = await readFile(fileURLToPath(import.meta.resolve('@bucket-brigade/browser/avatar-form')))

test('the file that pages embed is small', () => {
  const { length } = gzipSync(bundle, { level: 9 })
  console.log(`avatar-form.js: ${bundle.length} bytes, ${length} gzipped, of at most ${MAX_GZIP_BYTES}`)
  expect(length).toBeLessThanOrEqual(MAX_GZIP_BYTES)
})

test('it needs nothing else: no other module, no inline style, no parsed markup', () => {
  const forbidden = [
    /\bimport\s*["'({*]/,
    /\bfrom\s*["']/,
    /innerHTML|insertAdjacentHTML|\beval\(|new Function/,
    /createElement\("style"\)/,
  ]
  const text = bundle.toString()
  expect(forbidden.filter((pattern) => pattern.test(text))).toEqual([])
})

test('it can be imported where pages are rendered, and defines nothing there', async () => {
  const elements = await import('@bucket-brigade/browser/avatar-form')
  expect(elements.english.language).toBe('en')
})
