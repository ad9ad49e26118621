import type { Readable } from 'node:stream'
import type { Avatar } from '../pointer/avatar.js'
import type { SessionUser } from '../users/anonymous.js'

/** A picture that passed this package's own checks. It lies in a private place, and no token for it is out yet. */
export interface ReceivedPicture {
  readonly user: SessionUser
  readonly session: string
  /** Media type, as the bytes say. */
  readonly type: string
  /** Pixels, as displayed. */
  readonly width: number
  readonly height: number
  /** Size of the file. */
  readonly bytes: number
  /** The file as it came. One request per call; read it to its end, or destroy it. */
  open(): Promise<Readable>
}

/** `refuse` is the application's own word for the reason, such as `virus-found`: lower case, digits and `-`. */
export type AcceptVerdict = 'accept' | { readonly refuse: string }

/** What every hook is handed. */
export interface HookOptions {
  /** Aborted when nobody waits for the answer any more, and after `hookTimeoutSeconds`. */
  readonly signal: AbortSignal
}

/** Decides whether a picture may be used, for example after a virus scan. May be asked again about the same picture. */
export type BeforeAccept = (picture: ReceivedPicture, options: HookOptions) => AcceptVerdict | Promise<AcceptVerdict>

/** Whose avatar was saved, and which. */
export interface SavedAvatar {
  readonly user: string
  readonly avatar: Avatar
}

/** Learns of a saved avatar. Called again for a save that is repeated, so that none is missed. */
export type OnSaved = (saved: SavedAvatar, options: HookOptions) => void | Promise<void>
