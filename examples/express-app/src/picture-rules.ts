import type { BeforeAccept, OnSaved, UserLimits } from '@bucket-brigade/avatar-cropper'

/** How much longer than wide a picture may be: beyond that, a face in it is a few pixels. */
const LONGEST_SHAPE = 8

/** What this application wants of a picture, beyond what the cropper makes sure of: that it is one, and not too large. */
export const acceptPicture: BeforeAccept = ({ width, height }) => {
  const shape = Math.max(width, height) / Math.min(width, height)
  return shape > LONGEST_SHAPE ? { refuse: 'too-narrow' } : 'accept'
}

/** What one person may have in progress. It costs one listing for each upload. */
export const LIMITS: UserLimits = { openSessions: 50 }

/** Tells of every saved avatar, in one line for programs. It names the avatar and not the person: logs are kept. */
export function tellOfSaved(server: string, write: (line: string) => void): OnSaved {
  return ({ avatar }) => write(JSON.stringify({ event: 'avatar-saved', server, avatar: avatar.id, at: avatar.savedAt }))
}
