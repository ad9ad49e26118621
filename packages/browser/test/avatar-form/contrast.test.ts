import { describe, expect, test } from 'vitest'
import { BASE_STYLES } from '../../src/avatar-form/styles/base.js'

/** Pairs that are set on each other as text, and need 4.5 to 1 (WCAG 2.2, AA). */
const TEXTS = [
  ['ink', 'ground'],
  ['ink', 'surface'],
  ['ink', 'sunken'],
  ['quiet', 'ground'],
  ['quiet', 'surface'],
  ['on-accent', 'accent'],
  ['on-accent', 'accent-strong'],
  ['ground', 'ink'],
] as const

/** Pairs that show where a control is, and need 3 to 1. */
const CONTROLS = [
  ['edge', 'surface'],
  ['edge', 'ground'],
  ['focus', 'surface'],
  ['focus', 'ground'],
  ['good', 'ground'],
  ['accent', 'surface'],
  ['accent', 'sunken'],
] as const

function luminance(name: string, scheme: 'light' | 'dark'): number {
  const [, light, dark] = new RegExp(`--avatar-${name}, light-dark\\(#(\\w{6}), #(\\w{6})\\)`).exec(BASE_STYLES) ?? []
  const hex = scheme === 'light' ? light : dark
  if (hex === undefined) throw new Error(`expected a colour --avatar-${name}`)
  const channels = [0, 2, 4].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
  const [red = 0, green = 0, blue = 0] = channels.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrast(one: string, other: string, scheme: 'light' | 'dark'): number {
  const [darker = 0, lighter = 0] = [luminance(one, scheme), luminance(other, scheme)].sort((a, b) => a - b)
  return (lighter + 0.05) / (darker + 0.05)
}

describe.each(['light', 'dark'] as const)('the default colours of the form, %s', (scheme) => {
  test('can be read', () => {
    expect(TEXTS.filter(([text, ground]) => contrast(text, ground, scheme) < 4.5)).toEqual([])
  })

  test('show where controls are', () => {
    expect(CONTROLS.filter(([control, ground]) => contrast(control, ground, scheme) < 3)).toEqual([])
  })
})
