import { english } from './messages/english.js'
import type { Messages } from './messages/messages.js'

/** Puts words where they belong, and others there when the language changes. What is shown stays as it is otherwise. */
export class Wording {
  readonly #places: ((messages: Messages) => void)[] = []
  #messages: Messages = english

  get messages(): Messages {
    return this.#messages
  }

  /** Says something now, and again in every other language. */
  say(place: (messages: Messages) => void): void {
    this.#places.push(place)
    place(this.#messages)
  }

  /** The text of an element. */
  text<Kind extends HTMLElement>(element: Kind, words: (messages: Messages) => string): Kind {
    this.say((messages) => {
      element.textContent = words(messages)
    })
    return element
  }

  /** The accessible name of an element, which is its tooltip as well where it shows an icon alone. */
  name<Kind extends HTMLElement>(element: Kind, words: (messages: Messages) => string): Kind {
    this.say((messages) => {
      element.ariaLabel = words(messages)
      if (element instanceof HTMLButtonElement) element.title = words(messages)
    })
    return element
  }

  change(messages: Messages): void {
    this.#messages = messages
    for (const place of this.#places) place(messages)
  }
}
