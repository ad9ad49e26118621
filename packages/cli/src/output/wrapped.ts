/** A column narrower than this is hard to read: further lines then begin nearer to the left. */
const MIN_WIDTH = 20
const NARROW_INDENT = 6

/**
 * A text as lines of whole words. What is printed before it has `indent` columns; further lines begin behind as many blanks, and its own.
 *
 * @param columns Width of the terminal. Undefined where there is none: then it is one line, however long.
 */
export function wrapped(text: string, indent: number, columns: number | undefined): string {
  const isNarrow = columns === undefined || columns < NARROW_INDENT + MIN_WIDTH
  if (isNarrow || indent + text.length <= columns) return text
  const blanks = text.search(/[^ ]/)
  if (blanks > 0) return text.slice(0, blanks) + wrapped(text.slice(blanks), indent + blanks, columns)
  const further = columns - indent < MIN_WIDTH ? NARROW_INDENT : indent
  const lines = ['']
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? ''
    const room = columns - (lines.length === 1 ? indent : further)
    if (line === '') lines[lines.length - 1] = word
    else if (line.length + word.length < room) lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines.join(`\n${' '.repeat(further)}`)
}
