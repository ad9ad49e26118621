// Reads parsed JSON into known shapes. Each function throws a TypeError where the value has another shape.

export function readObject(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TypeError('expected an object')
  return value as Readonly<Record<string, unknown>>
}

export function readArray(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError('expected an array')
  return value
}

export function readText(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError('expected text')
  return value
}

export function readNumber(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw new TypeError('expected an integer from 0')
  return value
}
