/** Narrower than this, text is left to the terminal. */
const MIN_WIDTH = 20

/**
 * A text as lines of whole words, each but the first behind as many blanks as there are before the first one.
 *
 * @param columns Width of the terminal. Undefined where there is none: then it is one line, however long.
 */
export function wrapped(text: string, indent: number, columns: number | undefined): string {
  const width = (columns ?? 0) - indent
  if (width < MIN_WIDTH) return text
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const line = lines.at(-1)
    if (line !== undefined && line.length + word.length < width) lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines.join(`\n${' '.repeat(indent)}`)
}
