import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const CSS = fileURLToPath(new URL('../../public/plain.css', import.meta.url))

test('the pages without scripts name no side of the screen: they may be written from right to left', async () => {
  const css = (await readFile(CSS, 'utf8')).replace(/\/\*.*?\*\//gs, '')
  const properties = [...css.matchAll(/^\s*([\w-]+):\s*([^;{]+);/gm)].map(([, name, value]) => `${name}: ${value}`)
  expect(properties.length).toBeGreaterThan(50)
  expect(
    properties.filter((property) => /^(max-|min-)?(width|height):|(^|-)(left|right)\b|: (left|right)$/.test(property)),
  ).toEqual([])
})
