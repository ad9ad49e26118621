/** A word of the command line that has no dashes: `<from>` is required, `[to]` is not, `<files...>` takes several. */
export interface ArgumentSpec {
  readonly name: string
  readonly text: string
}

/** An option as the help shows it: `-r, --recursive`, `--origin <origin>`. */
export interface OptionSpec {
  readonly flags: string
  readonly text: string
  /** It may be typed again, for one value more. */
  readonly times?: 'many'
}
