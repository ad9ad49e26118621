import { asSaved } from './as-saved.js'
import type { AvatarCrop } from './avatar-crop.js'
import { NewestAddress } from './newest-address.js'
import { ProblemError } from './problem.js'
import type { Work } from './work-memory.js'

/** Asks for a fresh address of the uploaded picture: such addresses expire. */
export type FreshAddress = (token: string, signal: AbortSignal) => Promise<string>

/** Brings the picture in work onto the stage, as the servers see it. */
export class StagePicture {
  readonly #stage: AvatarCrop
  readonly #freshAddress: FreshAddress
  readonly #address = new NewestAddress()
  #shown: { readonly token: string; readonly arrival: Promise<void> } | undefined

  constructor(stage: AvatarCrop, freshAddress: FreshAddress) {
    this.#stage = stage
    this.#freshAddress = freshAddress
  }

  /**
   * A picture that has just been uploaded.
   *
   * @param picture  Its address, or itself as the servers see it.
   * @throws ProblemError `preview-failed`, or the signal's reason
   */
  show(work: Work, picture: Blob | string, signal: AbortSignal): Promise<void> {
    return this.#follow(work, async () => {
      try {
        await this.#load(picture, work, signal)
      } catch {
        signal.throwIfAborted()
        await this.#loadAgain(work, signal)
      }
    })
  }

  /**
   * A picture whose file is no longer at hand, unless it lies there already.
   *
   * @throws ProblemError `preview-failed` and what the routes refuse, or the signal's reason
   */
  async showAgain(work: Work, signal: AbortSignal): Promise<void> {
    if (this.#shown?.token === work.token && (await this.isShown())) return
    signal.throwIfAborted()
    await this.#follow(work, () => this.#loadAgain(work, signal))
  }

  /** Whether the newest picture that was asked for has come. */
  async isShown(): Promise<boolean> {
    try {
      await this.#shown?.arrival
      return this.#shown !== undefined
    } catch {
      return false
    }
  }

  #follow({ token }: Work, load: () => Promise<void>): Promise<void> {
    this.#stage.clear()
    const arrival = load()
    this.#shown = { token, arrival }
    return arrival
  }

  async #loadAgain(work: Work, signal: AbortSignal): Promise<void> {
    const address = await this.#freshAddress(work.token, signal)
    await this.#load(await pictureAt(address, work, signal), work, signal)
  }

  async #load(picture: Blob | string, { crop }: Work, signal: AbortSignal): Promise<void> {
    const address = typeof picture === 'string' ? picture : this.#address.of(picture)
    await this.#stage.load(address, { crop }).catch(() => {
      signal.throwIfAborted()
      throw new ProblemError({ code: 'preview-failed' })
    })
  }
}

/** A picture of the bucket, drawn where it has to be. For that the bucket has to let the page read its bytes. */
async function pictureAt(address: string, { look }: Work, signal: AbortSignal): Promise<Blob | string> {
  if (look === 'as it is') return address
  try {
    const file = await (await fetch(address, { signal })).blob()
    return (await asSaved(file))?.picture ?? address
  } catch {
    signal.throwIfAborted()
    // It moves then, and is saved all the same as it looks at first. One that is not upright would be saved otherwise.
    if (look === 'stilled') return address
    throw new ProblemError({ code: 'preview-failed' })
  }
}
