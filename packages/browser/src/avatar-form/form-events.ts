import type { Avatar } from './avatar-routes.js'
import type { Problem } from './problem.js'

/** Which server did what for this picture. `chosen` is the person's part: a new picture is on its way. */
export interface AvatarStepDetail {
  readonly step: 'chosen' | 'received' | 'cropped' | 'saved'
  /** As the answer's `x-served-by` says; empty where nobody says. */
  readonly server: string
  /** `again`: it was done before the page was loaded anew, and the picture is still in work. */
  readonly when: 'now' | 'again'
}

/** What an `<avatar-form>` tells the page. All bubble and cross shadow roots. */
export interface AvatarFormEvents {
  /** A step is done. */
  'avatar-step': CustomEvent<AvatarStepDetail>
  /** A new avatar is the current one. */
  'avatar-saved': CustomEvent<{ readonly avatar: Avatar }>
  /** An earlier avatar is the current one again. */
  'avatar-selected': CustomEvent<{ readonly avatar: Avatar }>
  /** An avatar is gone, with all its sizes. */
  'avatar-removed': CustomEvent<{ readonly id: string }>
  /** Something did not work. Whoever cancels the event tells the person; else the form does. */
  'avatar-problem': CustomEvent<Problem>
}
