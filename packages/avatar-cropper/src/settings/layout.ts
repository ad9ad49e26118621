import { userSegment } from '../users/names.js'

/** What a layout may build a final key from. */
export interface FinalObject {
  readonly user: string
  /** 32 hex digits; never reused for another picture. */
  readonly avatarId: string
  /** Edge length in pixels. */
  readonly edge: number
  /** Without dot: `jpg`, `png`, `webp`, `avif`. */
  readonly extension: string
  /** When the crop was made whose token is saved, in whole seconds. The same for every repeat of that save. */
  readonly issuedAt: Date
}

/**
 * Decides the keys of saved avatars.
 *
 * A key must differ between avatars, edges and extensions, because final objects are written create-only, and must follow
 * from its arguments alone, because any server may save.
 */
export interface AvatarLayout {
  /** The key of one final object. */
  key(object: FinalObject): string
  /** Ends in `/`. Holds the final objects of this user and of nobody else. */
  userPrefix(user: string): string
  /** Tells the layout's own keys from what others put beside them. Without it, `sweep` leaves saved pictures alone. */
  readonly finals?: FinalKeys | undefined
}

/** How a layout's final keys are recognised. */
export interface FinalKeys {
  /** Holds every final object of every user. Ends in `/`. */
  readonly prefix: string
  /** What `userSegment` made of the user, for a key of exactly the layout's form; undefined for every other key. */
  segmentOf(key: string): string | undefined
}

const FINAL =
  /^uploads\/users\/(?<segment>[A-Za-z0-9_-]{1,64}|~[0-9a-f]{32})\/[0-9a-f]{32}-\d{1,4}\.(?:jpg|png|webp|avif)$/

/** `uploads/users/<user>/<avatarId>-<edge>.<ext>` */
export const defaultLayout: AvatarLayout = {
  key: ({ user, avatarId, edge, extension }) => `${defaultLayout.userPrefix(user)}${avatarId}-${edge}.${extension}`,
  userPrefix: (user) => `uploads/users/${userSegment(user)}/`,
  finals: { prefix: 'uploads/users/', segmentOf: (key) => FINAL.exec(key)?.groups?.segment },
}
