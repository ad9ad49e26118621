import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

const CSS = readFileSync(new URL('../public/style.css', import.meta.url), 'utf8')
const [light = '', dark = ''] = [...CSS.matchAll(/:root \{([^}]*)\}/g)].map(([, body]) => body)

/** Pairs that are set on each other as text, and need 4.5 to 1 (WCAG 2.2, AA). */
const TEXTS = [
  ['ink', 'paper'],
  ['ink', 'card'],
  ['ink', 'sunken'],
  ['quiet', 'paper'],
  ['quiet', 'card'],
  ['ember', 'paper'],
  ['on-ember', 'ember'],
  ['on-ember', 'ember-strong'],
  ['paper', 'ink'],
] as const

/** Pairs that show where a control is, and need 3 to 1. */
const CONTROLS = [
  ['edge', 'card'],
  ['edge', 'paper'],
  ['focus', 'card'],
  ['focus', 'paper'],
  ['moss', 'paper'],
  ['ember', 'card'],
  ['ember', 'sunken'],
] as const

function luminance(scheme: string, name: string): number {
  const hex = new RegExp(`--${name}: #([0-9a-f]{6});`).exec(scheme)?.[1]
  if (hex === undefined) throw new Error(`expected a colour --${name}`)
  const channels = [0, 2, 4].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
  const [red = 0, green = 0, blue = 0] = channels.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrast(scheme: string, one: string, other: string): number {
  const [darker = 0, lighter = 0] = [luminance(scheme, one), luminance(scheme, other)].sort((a, b) => a - b)
  return (lighter + 0.05) / (darker + 0.05)
}

describe.each([
  ['light', light],
  ['dark', dark],
])('the %s colours', (_name, scheme) => {
  test.each(TEXTS)('%s can be read on %s', (text, ground) => {
    expect(contrast(scheme, text, ground)).toBeGreaterThanOrEqual(4.5)
  })

  test.each(CONTROLS)('%s can be seen on %s', (control, ground) => {
    expect(contrast(scheme, control, ground)).toBeGreaterThanOrEqual(3)
  })
})
