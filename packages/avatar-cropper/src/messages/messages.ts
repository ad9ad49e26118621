import type { CropperErrorCode, CropperErrorParameters } from '../errors.js'

/** Codes that the router answers with beside those of the cropper. */
export type HttpCode =
  | 'unauthenticated'
  | 'cross-origin'
  | 'forbidden'
  | 'method-not-allowed'
  | 'request-too-large'
  | 'unsupported-media-type'
  | 'request-timeout'
  | 'request-aborted'
  | 'integrity'
  | 'already-exists'
  | 'precondition-failed'
  | 'store-unavailable'
  | 'interrupted'
  | 'internal-error'

/**
 * What to tell a person, in one language. `{maxSize}`, `{limit}`, `{reason}` and `{retryAfterSeconds}` stand for
 * what the refusal knows.
 */
export interface Messages {
  /** As in `lang`: `en`, `de`, `pt-BR`. */
  readonly language: string
  readonly texts: Readonly<Record<CropperErrorCode | HttpCode, string>>
  /** Texts for the application's own reasons to refuse a picture (`beforeAccept`). Default: the text of `refused`. */
  readonly refusals?: Readonly<Record<string, string>> | undefined
}

/**
 * The text for a code.
 *
 * @returns Undefined for codes of the application's own.
 */
export function messageOf(
  { language, texts, refusals }: Messages,
  code: string,
  parameters: CropperErrorParameters = {},
): string | undefined {
  const { reason } = parameters
  const own = code === 'refused' && reason !== undefined ? ownText(refusals ?? {}, reason) : undefined
  const template = own ?? ownText(texts, code)
  if (template === undefined) return undefined
  const numbers = new Intl.NumberFormat(language)
  const { maxBytes } = parameters
  const maxSize = maxBytes === undefined ? undefined : sizeText(language, maxBytes)
  const known: Readonly<Record<string, string | number | undefined>> = { ...parameters, maxSize }
  return template.replace(/\{(\w+)\}/g, (placeholder, name: string) => {
    const value = Object.hasOwn(known, name) ? known[name] : undefined
    return typeof value === 'number' ? numbers.format(value) : (value ?? placeholder)
  })
}

/** In words for people: `20 MB`, `1,5 MB`. */
function sizeText(language: string, bytes: number): string {
  const [unit, size] = bytes < 1024 ** 2 ? (['kilobyte', 1024] as const) : (['megabyte', 1024 ** 2] as const)
  const format = new Intl.NumberFormat(language, { style: 'unit', unit, maximumFractionDigits: 1 })
  return format.format(bytes / size)
}

function ownText(texts: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(texts, name) ? texts[name] : undefined
}

/** At least one language. */
export type Catalogues = readonly [Messages, ...Messages[]]

/**
 * The language that a browser asks for, as far as there is one: of a region's tag, the language counts (`de-AT`: `de`).
 *
 * @param catalogues The first one is for everybody else.
 */
export function chooseMessages(catalogues: Catalogues, acceptLanguage: string | undefined): Messages {
  const wanted = (acceptLanguage ?? '')
    .slice(0, 1000)
    .split(',')
    .map((range) => {
      const [tag = '', weight] = range
        .trim()
        .toLowerCase()
        .split(/\s*;\s*q=/)
      return { tag, quality: weight === undefined ? 1 : Number(weight) }
    })
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality)
  for (const { tag } of wanted) {
    const exact = catalogues.find(({ language }) => language.toLowerCase() === tag)
    const related = catalogues.find(({ language }) => primary(language) === primary(tag))
    const found = exact ?? related
    if (found) return found
  }
  return catalogues[0]
}

function primary(tag: string): string {
  return tag.toLowerCase().split('-', 1)[0] ?? ''
}
