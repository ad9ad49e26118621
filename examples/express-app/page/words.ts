/** Everything that went wrong, as `application/problem+json` tells it. */
export interface Problem {
  readonly code: string
  readonly title?: string
  readonly detail?: string
  readonly requestId?: string
}

/** What a person reads: what happened, and what to do now. */
export interface Words {
  readonly title: string
  readonly advice: string
}

/** By the code of the problem. Codes that a person can do nothing particular about share the last words. */
const WORDS: ReadonlyMap<string, Words> = new Map(
  Object.entries({
    unauthenticated: {
      title: 'You are no longer signed in',
      advice: 'Enter your name again. Your picture has to be chosen again too.',
    },
    'file-too-large': {
      title: 'That file is too large',
      advice: 'Choose one of at most 20 MB. A photo saved as JPEG is usually far below that.',
    },
    'image-too-large': {
      title: 'That picture has too many pixels',
      advice: 'Make it smaller in a photo program first, to 50 megapixels or fewer.',
    },
    'image-unsupported': {
      title: 'That file is not a picture we can read',
      advice: 'Choose a JPEG, PNG, WebP, AVIF or GIF. The name does not matter, the content does.',
    },
    'image-corrupt': {
      title: 'That picture is damaged',
      advice: 'Open it in a photo program, save it again, and choose the new file.',
    },
    'crop-out-of-bounds': {
      title: 'The square reaches beyond the picture',
      advice: 'Move the picture so that it fills the square, then go on.',
    },
    'token-expired': {
      title: 'This took longer than we keep a picture',
      advice: 'Choose the picture again; the rest takes a minute.',
    },
    'session-expired': {
      title: 'The uploaded picture is gone',
      advice: 'It was removed after a while. Choose it again.',
    },
    'token-invalid': { title: 'This step cannot be continued', advice: 'Choose the picture again.' },
    'token-user-mismatch': {
      title: 'This picture was begun by somebody else',
      advice: 'You have changed your name since. Choose the picture again.',
    },
    'step-out-of-order': { title: 'One step is missing', advice: 'Crop the picture again, then save it.' },
    'original-changed': {
      title: 'The uploaded picture was replaced meanwhile',
      advice: 'Perhaps in another window. Choose the picture again.',
    },
    'pointer-conflict': {
      title: 'Too many changes at the same moment',
      advice: 'Nothing is lost. Try again.',
    },
    'not-found': { title: 'That picture is no longer there', advice: 'It may have been deleted in another window.' },
    'store-unavailable': {
      title: 'The bucket does not answer',
      advice: 'Nothing is lost. Wait a moment, then try again.',
    },
    'no-server': { title: 'No server is up', advice: 'Nothing is lost. Wait a moment, then try again.' },
    offline: { title: 'The connection broke off', advice: 'Nothing is lost. Check your network, then try again.' },
    'preview-failed': {
      title: 'The picture could not be shown',
      advice: 'Try again, or choose another picture.',
    },
  }),
)

const OTHERWISE: Words = { title: 'Something went wrong', advice: 'Nothing is lost. Try again.' }

/** Problems after which only a new picture helps: the steps begin anew. */
const STARTS_OVER: ReadonlySet<string> = new Set([
  'token-expired',
  'session-expired',
  'token-invalid',
  'token-user-mismatch',
  'original-changed',
  'image-too-large',
  'image-unsupported',
  'image-corrupt',
])

export function wordsFor(problem: Problem): Words {
  return WORDS.get(problem.code) ?? OTHERWISE
}

export function startsOver(problem: Problem): boolean {
  return STARTS_OVER.has(problem.code)
}

/** `3.1 MB`, in the units that files are sold in. */
export function bytesInWords(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`
  if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} kB`
  return `${(bytes / 1_000_000).toFixed(1)} MB`
}
