import { UsageError } from './errors.js'

/** What was typed behind the verb. */
export class Input {
  readonly #words: readonly string[]
  readonly #options: Readonly<Record<string, unknown>>

  constructor(words: readonly string[], options: Readonly<Record<string, unknown>>) {
    this.#words = words
    this.#options = options
  }

  /** All words, for verbs that take several. */
  get words(): readonly string[] {
    return this.#words
  }

  /** A word that must be there. */
  word(index: number): string {
    const word = this.#words[index]
    if (word === undefined) throw new UsageError('expected one word more: see --help')
    return word
  }

  isSet(name: string): boolean {
    return this.#options[name] === true
  }

  /** True for `abort` where `--no-abort` was typed. */
  isUnset(name: string): boolean {
    return this.#options[name] === false
  }

  text(name: string): string | undefined {
    const value = this.#options[name]
    return typeof value === 'string' ? value : undefined
  }

  list(name: string): readonly string[] {
    const value = this.#options[name]
    return Array.isArray(value) ? value.map(String) : []
  }

  /** @throws UsageError that names the option as it is typed */
  integer(name: string, range: { readonly min: number; readonly max: number }): number | undefined {
    const text = this.text(name)
    if (text === undefined) return undefined
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
    if (value >= range.min && value <= range.max) return value
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
    throw new UsageError(
      `expected ${flag} to be a whole number from ${range.min} to ${range.max}; received ${JSON.stringify(text)}`,
    )
  }

  /** One of a few words. */
  choice<T extends string>(name: string, choices: readonly T[]): T | undefined {
    const text = this.text(name)
    if (text === undefined) return undefined
    const found = choices.find((choice) => choice === text)
    if (found !== undefined) return found
    throw new UsageError(`expected --${name} to be ${choices.join(' or ')}; received ${JSON.stringify(text)}`)
  }
}
