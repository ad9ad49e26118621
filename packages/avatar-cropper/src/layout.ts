import { userSegment } from './names.js'

/** What a layout may build a final key from. */
export interface FinalObject {
  readonly user: string
  /** 32 hex digits; never reused for another picture. */
  readonly avatarId: string
  /** Edge length in pixels. */
  readonly edge: number
  /** Without dot: `jpg`, `png`, `webp`, `avif`. */
  readonly extension: string
  /** When the session began. The same for every step and every repeat of it. */
  readonly issuedAt: Date
}

/**
 * Decides the keys of saved avatars.
 *
 * A key must differ between avatars and between edges, because final objects are written create-only, and must follow
 * from its arguments alone, because any server may save.
 */
export interface AvatarLayout {
  key(object: FinalObject): string
  /** Ends in `/`. Holds the final objects of this user and of nobody else. */
  userPrefix(user: string): string
}

/** `uploads/users/<user>/<avatarId>-<edge>.<ext>` */
export const defaultLayout: AvatarLayout = {
  key: ({ user, avatarId, edge, extension }) => `${defaultLayout.userPrefix(user)}${avatarId}-${edge}.${extension}`,
  userPrefix: (user) => `uploads/users/${userSegment(user)}/`,
}
