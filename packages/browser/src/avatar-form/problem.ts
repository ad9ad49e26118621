import { DirectUploadError } from '../upload-direct/direct-upload-error.js'
import { secondsOf } from '../upload-direct/patience.js'
import { isSameLanguage } from './messages/choose-messages.js'
import type { Messages, ProblemCode, ProblemWords } from './messages/messages.js'

/** What an answer says is wrong, as `application/problem+json`, or what was noticed here. */
export interface Problem {
  /** Stable. `offline`: no answer; `preview-failed`: the browser cannot show the picture; `page-fault`: a fault here. */
  readonly code: string
  /** In words of the server, for people. */
  readonly title?: string | undefined
  /** Of the title, where the answer says so: `en`, `de`, `pt-BR`. */
  readonly language?: string | undefined
  /** The site's own word for why it refused a picture. */
  readonly reason?: string | undefined
  /** In words of the server, for the details. */
  readonly detail?: string | undefined
  readonly requestId?: string | undefined
  /** How long to wait before the next try, where the answer says so. */
  readonly retryAfterSeconds?: number | undefined
}

/** A step that did not work. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError'
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.detail ?? problem.code)
    this.problem = problem
  }
}

/** Problems after which only a new picture helps: the steps begin anew. */
const STARTS_OVER: ReadonlySet<string> = new Set<ProblemCode>([
  'token-expired',
  'session-expired',
  'token-invalid',
  'token-user-mismatch',
  'original-changed',
  'image-too-large',
  'image-unsupported',
  'image-corrupt',
  'refused',
])

export function startsOver({ code }: Problem): boolean {
  return STARTS_OVER.has(code)
}

/** Problems of the way, not of the file: the same one may arrive the next time. */
const MAY_ARRIVE: ReadonlySet<string> = new Set<ProblemCode | 'hook-failed' | 'image-timeout'>([
  'unauthenticated',
  'too-many-sessions',
  'too-many-bytes',
  'overloaded',
  'store-unavailable',
  'no-server',
  'offline',
  'bucket-refused',
  'cors-blocked',
  'unreachable',
  'hook-failed',
  'image-timeout',
])

export function mayArrive({ code }: Problem): boolean {
  return MAY_ARRIVE.has(code) || /^status-5\d\d$/.test(code)
}

export function wordsFor(problem: Problem, messages: Messages): ProblemWords {
  const { code } = problem
  const ofTheSite = code === 'refused' ? refusalWords(problem, messages) : undefined
  return ofTheSite ?? ownWords(messages.problems, code) ?? messages.problems.otherwise
}

/** Why the site refuses a picture, only the site knows: in the words of the page, else in those of the server. */
function refusalWords({ reason, title, language }: Problem, messages: Messages): ProblemWords | undefined {
  const words = reason === undefined ? undefined : ownWords(messages.refusals ?? {}, reason)
  if (words) return words
  const isRead = language !== undefined && isSameLanguage(language, messages.language)
  return title && isRead ? { title, advice: '' } : undefined
}

function ownWords(words: Readonly<Record<string, ProblemWords>>, name: string): ProblemWords | undefined {
  return Object.hasOwn(words, name) ? words[name] : undefined
}

/** What an error means to a person. What nobody foresaw is a fault of the page, and reported as one. */
export function toProblem(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem
  if (error instanceof DirectUploadError) {
    const { code, title, language, reason, message, requestId } = error
    return { code, title, language, reason, detail: message, requestId }
  }
  reportError(error)
  return { code: 'page-fault' }
}

/**
 * Reads a problem out of an answer; whatever stands in between may answer in other words.
 *
 * @param header Gives the answer's headers by name.
 */
export function problemOf(status: number, text: string, header: (name: string) => string | null): Problem {
  try {
    const problem: Partial<Problem> = JSON.parse(text)
    if (typeof problem.code === 'string') {
      const retryAfter = header('retry-after')
      const retryAfterSeconds = retryAfter ? secondsOf(retryAfter) : undefined
      return { ...problem, code: problem.code, language: header('content-language') ?? undefined, retryAfterSeconds }
    }
  } catch {
    // Not JSON: an answer of a balancer or a proxy, known by its status alone.
  }
  const codes: Readonly<Record<number, string>> = { 401: 'unauthenticated', 413: 'file-too-large', 503: 'no-server' }
  return strangeAnswer(codes[status] ?? `status-${status}`, status)
}

/**
 * Reads what an answer of the routes carries.
 *
 * @throws ProblemError where something else answers, such as the page of a sign-in
 */
export function contentOf<T>(status: number, text: string): T {
  try {
    return JSON.parse(text)
  } catch {
    throw new ProblemError(strangeAnswer('unexpected-answer', status))
  }
}

/** The detail is for who sets up the page: the endpoint may be wrong, or something in front of it answers. */
function strangeAnswer(code: string, status: number): Problem {
  return {
    code,
    detail: `expected JSON of the avatar routes at the endpoint; received something else, status ${status}`,
  }
}
