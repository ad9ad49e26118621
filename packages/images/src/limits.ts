import { ImageError, show } from './errors.js'
import { INPUT_FORMATS, type InputFormat } from './format.js'

/** What a picture from a stranger may cost. */
export interface ImageLimits {
  /** Types that are let in. Default: `jpeg`, `png`, `webp`, `avif`, `gif`. */
  readonly allowed?: readonly InputFormat[] | undefined
  /** Width times height of one frame; only the first frame is ever decoded. Default 50,000,000. */
  readonly maxPixels?: number | undefined
  /** Frames of an animation. Default 1000. */
  readonly maxFrames?: number | undefined
  /** For the whole call, waiting for a free thread included; more than 0, at most 3600. Default 30. */
  readonly timeoutInSeconds?: number | undefined
  /** Ends the call between two of its stages; it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

/** Limits with every default filled in. */
export type CheckedLimits = { readonly [Name in Exclude<keyof ImageLimits, 'signal'>]: NonNullable<ImageLimits[Name]> }

const NAMES: Readonly<Record<keyof ImageLimits, true>> = {
  allowed: true,
  maxPixels: true,
  maxFrames: true,
  timeoutInSeconds: true,
  signal: true,
}

/**
 * Fills in the defaults. Applications that take limits as an option ask this at their start.
 *
 * @throws RangeError for a limit that no picture could keep, and for a name that is none: what was meant would not hold
 */
export function checkLimits(limits: ImageLimits = {}): CheckedLimits {
  const misspelt = Object.keys(limits).find((name) => !Object.hasOwn(NAMES, name))
  if (misspelt !== undefined)
    throw new RangeError(`expected limits to be named ${Object.keys(NAMES).join(', ')}; received ${show(misspelt)}`)
  const { allowed = INPUT_FORMATS, maxPixels = 50_000_000, maxFrames = 1000, timeoutInSeconds = 30 } = limits
  const unknown = allowed.find((format) => !INPUT_FORMATS.includes(format))
  if (unknown !== undefined || allowed.length === 0)
    throw new RangeError(`expected allowed to name some of ${INPUT_FORMATS.join(', ')}; received ${show(unknown)}`)
  for (const [name, value] of Object.entries({ maxPixels, maxFrames })) {
    if (!Number.isInteger(value) || value < 1)
      throw new RangeError(`expected ${name} to be a positive integer; received ${show(value)}`)
  }
  if (!(timeoutInSeconds > 0 && timeoutInSeconds <= 3600))
    throw new RangeError(
      `expected timeoutInSeconds to be more than 0 and at most 3600; received ${show(timeoutInSeconds)}`,
    )
  return { allowed, maxPixels, maxFrames, timeoutInSeconds }
}

/** The limits of one call, with its deadline running. */
export class Budget {
  readonly allowed: readonly InputFormat[]
  readonly maxPixels: number
  readonly maxFrames: number
  readonly #timeoutInSeconds: number
  readonly #signal: AbortSignal | undefined
  readonly #startedAt = performance.now()

  /** @throws RangeError for a limit that no picture could keep */
  constructor(limits: ImageLimits = {}) {
    const { allowed, maxPixels, maxFrames, timeoutInSeconds } = checkLimits(limits)
    this.allowed = allowed
    this.maxPixels = maxPixels
    this.maxFrames = maxFrames
    this.#timeoutInSeconds = timeoutInSeconds
    this.#signal = limits.signal
  }

  /**
   * Stands between two stages of the work.
   *
   * @throws ImageError `image-timeout`
   * @throws the signal's reason after an abort
   */
  checkpoint(): void {
    this.#signal?.throwIfAborted()
    if (this.#secondsLeft() <= 0) throw this.timeIsOver()
  }

  /** What sharp may take for its next pipeline: whole seconds, as it knows no smaller unit. */
  wholeSecondsLeft(): number {
    return Math.max(1, Math.ceil(this.#secondsLeft()))
  }

  timeIsOver(cause?: unknown): ImageError {
    return new ImageError(
      'image-timeout',
      `expected the picture to be processed within ${this.#timeoutInSeconds} s; it took longer. ` +
        'Use a smaller picture, or raise timeoutInSeconds if the server is busy',
      { cause },
    )
  }

  #secondsLeft(): number {
    return this.#timeoutInSeconds - (performance.now() - this.#startedAt) / 1000
  }
}
