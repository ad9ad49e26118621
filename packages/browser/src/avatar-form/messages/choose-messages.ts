import { arabic } from './arabic.js'
import { english } from './english.js'
import { german } from './german.js'
import type { Messages } from './messages.js'

const BUILT_IN = [english, german, arabic] as const

/** The built-in words for a language tag such as `de-AT`; English where there are none. */
export function messagesFor(languageTag: string): Messages {
  return BUILT_IN.find(({ language }) => isSameLanguage(language, languageTag)) ?? english
}

/** Whether who reads one of two tags reads the other, such as `de` and `de-AT`. */
export function isSameLanguage(tag: string, other: string): boolean {
  const [language, otherLanguage] = [tag, other].map((name) => name.toLowerCase().split('-')[0])
  return language === otherLanguage
}

/** The language of an element: its own `lang`, else that of what it stands in, shadow roots included. */
export function languageOf(element: Element): string {
  const said = element.closest('[lang]')
  if (said) return said.getAttribute('lang') ?? ''
  const root = element.getRootNode()
  return root instanceof ShadowRoot ? languageOf(root.host) : ''
}

/**
 * Calls back whenever the language of the document or of the element itself may have changed.
 *
 * @returns What ends it.
 */
export function onLanguageChange(element: Element, changed: () => void): () => void {
  const observer = new MutationObserver(changed)
  const options = { attributes: true, attributeFilter: ['lang'] }
  observer.observe(document.documentElement, options)
  observer.observe(element, options)
  return () => observer.disconnect()
}
