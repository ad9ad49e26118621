/** What the shell is told. Scripts rely on these: they are documented in the README and never change their meaning. */
export const EXIT = {
  /** All was done, or is as it should be. */
  ok: 0,
  /** Something was found wrong, or a part of the work failed. */
  failed: 1,
  /** The command line cannot be understood. Nothing was done. */
  usage: 2,
  /** The bucket cannot be worked with: it is missing, refused or out of reach. */
  unreachable: 3,
  /** Ended by Ctrl-C. */
  interrupted: 130,
  /** Whoever read the output has gone away, as `head` does. */
  unread: 141,
} as const

/** One of the values of `EXIT`. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]
