/** What a terminal obeys instead of showing it, and what would break a line in two. */
const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu

/** A key or a message as one line that no terminal obeys: what is not to be seen is written as its code. */
export function plain(text: string): string {
  return text.replace(UNSEEN, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
