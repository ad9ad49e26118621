const PLACE = /\b[a-z]+(?:-[a-z]+)* (?:"(?:[^"\\]|\\.)*" in )?bucket "[^"]*": /g

/** A sentence of the store without the operation and the bucket before it, where the line says them already. */
export function withoutPlace(text: string): string {
  return text.replace(PLACE, '')
}
