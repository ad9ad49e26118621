import type { SessionState } from '@bucket-brigade/avatar-cropper'

/** A session as its page shows it. */
export type ShownSession = SessionState & { readonly reference: string }
