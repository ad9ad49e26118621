import type { IncomingMessage } from 'node:http'

/**
 * True where a page is liked better than JSON, as browsers say when a person navigates.
 *
 * Programs that accept anything get JSON. Whoever asks this owes the answer a `Vary: Accept`.
 */
export function prefersHtml(req: Pick<IncomingMessage, 'headers'>): boolean {
  const accept = req.headers.accept
  if (accept === undefined) return false
  const ranges = accept.split(',').map(parseRange)
  const html = qualityOf(ranges, ['text/html', 'application/xhtml+xml'])
  const json = qualityOf(ranges, ['application/problem+json', 'application/json'])
  return html !== undefined && html > 0 && html > (json ?? -1)
}

interface MediaRange {
  readonly type: string
  readonly quality: number
}

function parseRange(text: string): MediaRange {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase())
  const given = parameters.find((parameter) => parameter.startsWith('q='))
  const quality = given === undefined ? 1 : Number(given.slice(2))
  return { type, quality: quality >= 0 && quality <= 1 ? quality : 0 }
}

/** The best quality among the ranges that name one of `types`; wildcards name neither. */
function qualityOf(ranges: readonly MediaRange[], types: readonly string[]): number | undefined {
  const named = ranges.filter((range) => types.includes(range.type))
  return named.length === 0 ? undefined : Math.max(...named.map((range) => range.quality))
}
