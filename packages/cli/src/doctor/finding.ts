/** What the doctor says of one thing: it is right, it is wrong, or it is only to be known. */
export type Verdict = 'ok' | 'fail' | 'note'

/** One line of the doctor. */
export interface Finding {
  /** A word that stays the same, for scripts: `if-match`, `lifecycle`. */
  readonly check: string
  readonly verdict: Verdict
  /** What was seen. */
  readonly saw: string
  /** Why it matters, where it is not as it should be. */
  readonly why?: string | undefined
  /** What to do. */
  readonly cure?: string | undefined
  /** That, to be pasted into a shell, where a command can do it. */
  readonly command?: string | undefined
}

/** The bucket cannot be looked at any further. */
export class BeyondReach extends Error {
  override readonly name = 'BeyondReach'

  constructor(readonly finding: Finding) {
    super(finding.saw)
  }
}

export function ok(check: string, saw: string): Finding {
  return { check, verdict: 'ok', saw }
}

export function note(check: string, saw: string, cure?: string, command?: string): Finding {
  return { check, verdict: 'note', saw, cure, command }
}

export function fail(check: string, saw: string, why: string, cure: string, command?: string): Finding {
  return { check, verdict: 'fail', saw, why, cure, command }
}
