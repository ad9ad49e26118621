import { plain } from './plain.js'

/** A word as a shell takes it, whatever it holds: for commands that people paste. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${plain(text).replaceAll("'", `'\\''`)}'`
}
