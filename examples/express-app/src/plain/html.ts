/** Text that may stand in a page as it is. Only `html` makes it, so what people wrote is always escaped. */
export class Html {
  readonly #markup: string

  constructor(parts: readonly string[]) {
    this.#markup = parts.join('')
  }

  toString(): string {
    return this.#markup
  }
}

/** What a template takes: markup as it is, everything else as text, several in a row, nothing for undefined. */
export type HtmlValue = Html | string | number | undefined | readonly HtmlValue[]

/** A template whose values are escaped, in text as in quoted attributes: html`<p title="${name}">${name}</p>`. */
export function html(markup: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return new Html(markup.flatMap((part, index) => [part, textOf(values[index])]))
}

function textOf(value: HtmlValue): string {
  if (value === undefined) return ''
  if (value instanceof Html) return value.toString()
  if (typeof value === 'string' || typeof value === 'number') return escapeHtml(String(value))
  return value.map(textOf).join('')
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
