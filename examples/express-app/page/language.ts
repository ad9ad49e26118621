import { element } from './elements.js'
import { arabic } from './words/arabic.js'
import { english } from './words/english.js'
import { german } from './words/german.js'
import type { Words } from './words/words.js'

const LANGUAGES: Readonly<Record<string, Words>> = { en: english, de: german, ar: arabic }
const REMEMBERED_AS = 'language'

type TextName = {
  readonly [Name in keyof Words]: Words[Name] extends string ? Name : never
}[keyof Words]

/** The language of the page. `<avatar-form>` follows the `lang` of the document by itself. */
export class Language {
  readonly #switch = element('language', HTMLSelectElement)
  readonly #changed: (words: Words) => void
  #words: Words = english

  /** @param changed Told when the language has changed. */
  constructor(changed: (words: Words) => void) {
    this.#changed = changed
    this.#switch.addEventListener('change', () => {
      remember(this.#switch.value)
      this.#speak(this.#switch.value)
    })
    this.#speak(firstLanguage())
  }

  get words(): Words {
    return this.#words
  }

  #speak(language: string): void {
    this.#words = LANGUAGES[language] ?? english
    this.#switch.value = language
    document.documentElement.lang = language
    document.documentElement.dir = this.#words.direction
    document.title = `${this.#words.pageTitle} · Bucket Brigade`
    for (const place of document.querySelectorAll<HTMLElement>('[data-words]')) {
      place.textContent = this.#words[place.dataset.words as TextName]
    }
    this.#changed(this.#words)
  }
}

/** The one chosen before, else the first of the browser's that is spoken here. */
function firstLanguage(): string {
  const wanted = [remembered(), ...navigator.languages.map((tag) => tag.split('-')[0])]
  return wanted.find((language) => language !== undefined && language in LANGUAGES) ?? 'en'
}

/** Some browsers keep nothing, and say so by throwing. */
function remembered(): string | undefined {
  try {
    return localStorage.getItem(REMEMBERED_AS) ?? undefined
  } catch {
    return undefined
  }
}

function remember(language: string): void {
  try {
    localStorage.setItem(REMEMBERED_AS, language)
  } catch {
    // Then it is for this visit alone.
  }
}
