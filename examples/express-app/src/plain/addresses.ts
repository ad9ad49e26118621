/** The pages for browsers without scripts. Addresses name a session by its reference, never by its token. */
export const PLAIN = { done: '/plain/done', remove: '/plain/remove' } as const

/** The steps of somebody: the pages that show them, and where their forms go. */
export interface Flow {
  readonly choose: string
  readonly crop: string
  readonly save: string
  /** The avatar router. */
  readonly avatars: string
}

/** Of somebody who is signed in. */
export const SIGNED_IN: Flow = { choose: '/plain', crop: '/plain/crop', save: '/plain/save', avatars: '/avatars' }

/** Of somebody who says at the end who they are. */
export const SIGN_UP: Flow = {
  choose: '/sign-up',
  crop: '/sign-up/crop',
  save: '/sign-up/save',
  avatars: '/sign-up/avatars',
}

/** An address with its query, in the order given. */
export function addressOf(path: string, query: Readonly<Record<string, string>>): string {
  return `${path}?${new URLSearchParams(query)}`
}
