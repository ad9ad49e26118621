import { type PresignedUpload, parsePrefix } from '@bucket-brigade/core'
import type { CropData } from '@bucket-brigade/images'
import type { CropperContext, StepOptions } from './context.js'
import { type ObservedStep, observed } from './events.js'
import { type Avatar, type AvatarList, describeAvatar } from './pointer/avatar.js'
import { PointerWriter } from './pointer/pointer-writer.js'
import { RenderGate } from './render-gate.js'
import { tellSaved } from './session/run-hooks.js'
import type { UploadedOriginal } from './session/session.js'
import type { UploadSource } from './session/upload-source.js'
import { checkLayout } from './settings/check-layout.js'
import { DirectMethod } from './settings/direct-method.js'
import { requireCapabilities } from './settings/require-capabilities.js'
import { readSecrets } from './settings/secrets.js'
import { type CropperOptions, checkOptions } from './settings/settings.js'
import { abandonUpload } from './steps/abandon.js'
import { acceptUpload } from './steps/accept.js'
import { type ClaimedSession, claimSession } from './steps/claim.js'
import { type CroppedAvatar, cropOriginal } from './steps/crop.js'
import { forgetUser } from './steps/forget.js'
import { inspectSession, type SessionState } from './steps/inspect.js'
import {
  currentUrl,
  listAvatars,
  pruneAvatars,
  type RemovedAvatars,
  removeAvatar,
  selectAvatar,
} from './steps/kept-avatars.js'
import { type AnnouncedFile, type OfferedUpload, offerUpload, renewUpload } from './steps/offer.js'
import { type FormOptions, type OfferedForm, offerForm } from './steps/offer-form.js'
import { saveAvatar } from './steps/save.js'
import { type UploadOptions, uploadOriginal } from './steps/upload.js'
import { type SweepMode, type SweepOptions, type SweepReport, sweep } from './sweep/sweep.js'
import { Tickets } from './tokens/token.js'
import type { SessionUser } from './users/anonymous.js'

/**
 * Upload, crop and save an avatar, each step on whichever server answers.
 *
 * ```ts
 * const cropper = await AvatarCropper.open({ store: avatars, secrets, edges: [512, 192, 96] })
 * const uploaded = await cropper.upload(user, stream)
 * const cropped = await cropper.crop(uploaded.token, { x: 10, y: 20, width: 300, height: 300 })
 * const avatar = await cropper.save(cropped.token)
 * ```
 *
 * It keeps nothing between calls: what the servers share lives in the bucket, and the token says what the next step may
 * touch. Every method may be repeated, on any server. Rejects with `CropperError`, or with the store's `StoreError`.
 */
export class AvatarCropper {
  readonly #context: CropperContext

  private constructor(context: CropperContext) {
    this.#context = context
  }

  /**
   * Checks the options, and once per process what the service can do.
   *
   * @throws CropperError `invalid-option`; `service-unsuitable` for a service that ignores conditional writes
   * @throws StoreError `unsupported` where the driver has no addresses for saved avatars
   */
  static async open(options: CropperOptions): Promise<AvatarCropper> {
    const settings = checkOptions(options)
    const keys = readSecrets(options.secrets)
    const { store } = options
    const place = `${store.bucket}/${parsePrefix(store.prefix)}`
    checkLayout(settings)
    await requireCapabilities(store, settings)
    return new AvatarCropper({
      store,
      settings,
      tokens: new Tickets(keys, place),
      pointers: new PointerWriter(store, settings.pointerWrites),
      renders: new RenderGate({ atOnce: settings.rendersAtOnce, maxWaitSeconds: settings.maxRenderWaitSeconds }),
      directMethod: new DirectMethod(store, settings),
    })
  }

  /** Edge lengths of new avatars in pixels, largest first. */
  get edges(): readonly number[] {
    return this.#context.settings.edges
  }

  /** Largest upload in bytes. */
  get maxUploadBytes(): number {
    return this.#context.settings.maxUploadBytes
  }

  /** Whether the addresses of saved avatars are open to everybody, or signed for whoever is given one. */
  get visibility(): 'public' | 'signed' {
    return this.#context.store.visibility
  }

  /**
   * Receives a picture through this server and opens a session for it.
   *
   * The first bytes decide: what they speak against is never stored. A stream is piped on; where its first 64 KiB do not tell
   * all about the picture, such as of an animation, it is looked at in the bucket, and removed where it is refused.
   *
   * @param user Or `anonymous`, for a person who has no id yet: `claim` makes the session theirs.
   * @throws CropperError `image-unsupported`, `image-too-large`, `image-corrupt`, `file-too-large`; `too-many-sessions`,
   *   `too-many-bytes`; `overloaded`, where it had to be looked at in the bucket; `refused` and `hook-failed`, from `beforeAccept`
   */
  async upload(user: SessionUser, source: UploadSource, options: UploadOptions = {}): Promise<UploadedOriginal> {
    return this.#observed('upload', () => uploadOriginal(this.#context, user, source, options))
  }

  /**
   * Lets the browser upload straight to the bucket: exactly this many bytes of this type. Writes nothing of the user's;
   * where `directUploads` is `auto`, the first offer of a process tries below `tmp/probe/` which way works.
   *
   * @throws CropperError `image-unsupported`, `file-too-large`, `invalid-request`
   * @throws StoreError `unsupported` where the driver takes no uploads from outside (memory)
   */
  async offerUpload(user: SessionUser, announced: AnnouncedFile): Promise<OfferedUpload> {
    return this.#observed('offer', () => offerUpload(this.#context, user, announced))
  }

  /**
   * Signs the upload of an offer anew, as the time to begin it is over: for the same file, to the same place.
   *
   * @throws CropperError `step-out-of-order` for the token of a later step; token errors
   */
  async renewUpload(token: string, options: Pick<StepOptions, 'user'> = {}): Promise<PresignedUpload> {
    return this.#observed('renew', () => renewUpload(this.#context, token, options))
  }

  /**
   * Removes what has arrived of an offered upload. Needs the right to delete; without it, that stays until it expires.
   *
   * @throws CropperError `step-out-of-order` for the token of a later step; token errors
   */
  async abandonUpload(token: string, options: Pick<StepOptions, 'user'> = {}): Promise<void> {
    return this.#observed('abandon', () => abandonUpload(this.#context, token, options))
  }

  /**
   * Lets a page without scripts send a form straight to the bucket, which then leads the browser to `redirect`: there
   * `acceptUpload` goes on with the token, that the browser has kept meanwhile. `avatarForm` of the router does all that.
   *
   * @throws StoreError `unsupported` where the service takes no forms
   */
  async offerForm(user: SessionUser, options: FormOptions): Promise<OfferedForm> {
    return this.#observed('offer-form', () => offerForm(this.#context, user, options))
  }

  /**
   * Accepts what the browser uploaded. A repeat gives the same token.
   *
   * @throws CropperError `step-out-of-order` before the file has arrived; what `upload` refuses; `overloaded`; token errors
   */
  async acceptUpload(token: string, options: StepOptions = {}): Promise<UploadedOriginal> {
    return this.#observed('accept', () => acceptUpload(this.#context, token, options))
  }

  /**
   * Makes an anonymous session a user's, who can then save it. A repeat gives the same token.
   *
   * Whoever holds the token may claim it: call this for the person who has just signed up or in, and for nobody else.
   *
   * @param token Of an anonymous session, to crop or to save. The one that comes back takes its place.
   * @throws CropperError `token-user-mismatch` for a session of another user; token errors
   */
  async claim(token: string, user: string, { signal }: Pick<StepOptions, 'signal'> = {}): Promise<ClaimedSession> {
    return this.#observed('claim', () => claimSession(this.#context, token, user, signal))
  }

  /**
   * Crops the original and shows a preview. May be called again with the same token, to go back and crop again.
   *
   * @param crop Pixels of the displayed picture after flip and rotation; square within one pixel.
   * @throws CropperError `crop-out-of-bounds`, `invalid-request`, `session-expired`, `original-changed`; `overloaded`;
   *   token errors
   */
  async crop(token: string, crop: CropData, options: StepOptions = {}): Promise<CroppedAvatar> {
    return this.#observed('crop', () => cropOriginal(this.#context, token, crop, options))
  }

  /**
   * Stores the pictures and makes them the user's avatar. A repeat gives the same answer and changes nothing.
   *
   * @throws CropperError `session-expired`, `original-changed`, `pointer-conflict`; `step-out-of-order` where the avatar
   *   was removed meanwhile; `session-unclaimed`; `overloaded`; `hook-failed`, where `onSaved` failed: then it is saved;
   *   token errors
   */
  async save(token: string, options: StepOptions = {}): Promise<Avatar> {
    return this.#observed('save', async () => {
      const { user, record } = await saveAvatar(this.#context, token, options)
      const avatar = await describeAvatar(this.#context.store, record)
      await tellSaved(this.#context, { user, avatar }, options.signal)
      return avatar
    })
  }

  /**
   * What a token stands for, with a fresh preview address, by one look at the original.
   *
   * @throws CropperError `session-expired`, `original-changed`; token errors
   */
  async inspectSession(token: string, options: StepOptions = {}): Promise<SessionState> {
    return this.#observed('inspect', () => inspectSession(this.#context, token, options))
  }

  /** The user's avatars, by one read. */
  async list(user: string, { signal }: Pick<StepOptions, 'signal'> = {}): Promise<AvatarList> {
    return this.#observed('list', () => listAvatars(this.#context, user, signal))
  }

  /**
   * The address of the user's current picture that fits an edge best: the smallest that is large enough.
   *
   * @returns Undefined where the user has no avatar.
   */
  async currentUrl(
    user: string,
    edge: number,
    { signal }: Pick<StepOptions, 'signal'> = {},
  ): Promise<string | undefined> {
    return this.#observed('current-url', () => currentUrl(this.#context, user, edge, signal))
  }

  /**
   * Shows an earlier avatar again.
   *
   * @throws CropperError `not-found`, `pointer-conflict`
   */
  async select(user: string, avatarId: string, { signal }: Pick<StepOptions, 'signal'> = {}): Promise<Avatar> {
    return this.#observed('select', () => selectAvatar(this.#context, user, avatarId, signal))
  }

  /**
   * Takes an avatar away. Where it was the current one, the one before it is shown, or none. A repeat changes nothing.
   *
   * @throws CropperError `not-found`, `pointer-conflict`
   */
  async remove(user: string, avatarId: string, { signal }: Pick<StepOptions, 'signal'> = {}): Promise<RemovedAvatars> {
    return this.#observed('remove', () => removeAvatar(this.#context, user, avatarId, signal))
  }

  /**
   * Keeps the current avatar and the newest of the earlier ones, and takes the others away. A repeat finishes what an
   * interrupted one began.
   *
   * @param keep How many earlier avatars stay, from 0.
   */
  async prune(user: string, keep: number, { signal }: Pick<StepOptions, 'signal'> = {}): Promise<RemovedAvatars> {
    return this.#observed('prune', () => pruneAvatars(this.#context, user, keep, signal))
  }

  /**
   * Deletes everything of a person: originals, previews, pictures, pointer. Saves that have begun are refused.
   *
   * @throws StoreError `permission-denied` where objects may not be deleted
   */
  async forget(user: string, { signal }: Pick<StepOptions, 'signal'> = {}): Promise<void> {
    return this.#observed('forget', () => forgetUser(this.#context, user, signal))
  }

  /**
   * Finds, and deletes, what crashes and people who went away have left behind: what is below `tmp/` beyond its deadline,
   * uploads in parts that nobody finished, and pictures that nothing shows. What others put there is never touched.
   *
   * Safe while everybody works. Run it now and then from one place; needs the right to list, and to delete.
   *
   * @param mode `report` only says what `delete` would delete.
   */
  async sweep(mode: SweepMode, options: SweepOptions = {}): Promise<SweepReport> {
    return this.#observed('sweep', () => sweep(this.#context, mode, options))
  }

  #observed<T>(step: ObservedStep, work: () => Promise<T>): Promise<T> {
    return observed(step, this.#context.store.bucket, work)
  }
}
