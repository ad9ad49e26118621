/** The pages for browsers without scripts. Addresses name a session by its reference, never by its token. */
export const PLAIN = {
  choose: '/plain',
  crop: '/plain/crop',
  save: '/plain/save',
  done: '/plain/done',
  remove: '/plain/remove',
} as const

/** An address with its query, in the order given. */
export function addressOf(path: string, query: Readonly<Record<string, string>>): string {
  return `${path}?${new URLSearchParams(query)}`
}
