import { type Avatar, api, ProblemError, type Uploaded } from './api.js'
import type { BrigadeLine } from './brigade-line.js'
import { CropStage } from './crop-stage.js'
import { type EarlierAvatars, smallestAbove } from './earlier-avatars.js'
import { element } from './elements.js'
import { onFileChosen } from './file-choice.js'
import { type Trouble, toProblem } from './trouble.js'
import { upload } from './upload.js'
import type { ViewName, Views } from './views.js'
import { bytesInWords, startsOver } from './words.js'

export interface AvatarFormParts {
  readonly views: Views
  readonly line: BrigadeLine
  readonly earlier: EarlierAvatars
  readonly trouble: Trouble
  /** Says something to screen readers without moving the focus. */
  readonly announce: (message: string) => void
}

/** The three steps. What leads from one to the next is the token that the server hands out; nothing else is kept. */
export class AvatarForm {
  readonly #parts: AvatarFormParts
  readonly #stage = new CropStage()
  #uploaded: Uploaded | undefined
  #saveToken: string | undefined
  /** The id of the avatar that was saved last. */
  #saved: string | undefined
  /** Whoever is quick with the button crops what they will see, not what was there before. */
  #shown: Promise<void> = Promise.resolve()
  #sending: AbortController | undefined
  #view: ViewName = 'sign-in'
  #maxUploadBytes = Number.POSITIVE_INFINITY

  constructor(parts: AvatarFormParts) {
    this.#parts = parts
    onFileChosen(
      () => this.#view === 'choose' || this.#view === 'done',
      (file) => void this.#take(file),
    )
    element('send-cancel', HTMLButtonElement).addEventListener('click', () => this.#sending?.abort())
    this.#onStep('crop-go', () => this.#crop())
    this.#onStep('save-go', () => this.#save())
    for (const button of document.querySelectorAll<HTMLButtonElement>('[data-back]')) {
      button.addEventListener('click', () => this.#goBack(button.dataset.back === 'crop' ? 'crop' : 'choose'))
    }
  }

  /**
   * Shows where to begin when the page has just been loaded. The focus stays where it is.
   *
   * @param maxUploadBytes Larger files are refused here already: nobody should wait for an upload to hear of it.
   */
  open(view: 'choose' | 'sign-in', maxUploadBytes: number): void {
    this.#maxUploadBytes = maxUploadBytes
    this.#view = view
    this.#parts.views.reveal(view)
  }

  /** Begins anew: with a picture to choose, or with the name. */
  restart(view: 'choose' | 'sign-in'): void {
    this.#sending?.abort()
    this.#uploaded = undefined
    this.#saveToken = undefined
    this.#parts.line.restart()
    this.#show(view)
  }

  /** An avatar was deleted: what is shown as saved must still be there. */
  removed(id: string): void {
    if (this.#view === 'done' && this.#saved === id) this.restart('choose')
  }

  async #take(file: File): Promise<void> {
    this.#parts.trouble.hide()
    if (file.size <= this.#maxUploadBytes) return this.#send(file)
    const detail = `The file has ${bytesInWords(file.size)}.`
    this.#report(new ProblemError({ code: 'file-too-large', detail }))
  }

  async #send(file: File): Promise<void> {
    const { line, announce } = this.#parts
    line.restart()
    const sending = new AbortController()
    this.#sending = sending
    const picture = URL.createObjectURL(file)
    this.#showSending(file, picture)
    try {
      const { value, server } = await upload(file, {
        signal: sending.signal,
        onProgress: (sent, total) => showProgress(sent, total),
      })
      line.handled(server, 'received')
      this.#uploaded = value
      this.#show('crop')
      this.#shown = this.#stage.show(value.preview)
      await this.#shown.catch(() => {
        throw new ProblemError({ code: 'preview-failed' })
      })
      announce(`${server} received the picture. Now crop it.`)
    } catch (error) {
      if (!sending.signal.aborted) {
        this.#show('choose')
        this.#report(error)
      } else if (this.#view === 'send') {
        this.#show('choose')
        announce('Cancelled. Choose a picture.')
      }
    } finally {
      URL.revokeObjectURL(picture)
    }
  }

  #showSending(file: File, picture: string): void {
    element('send-picture', HTMLImageElement).src = picture
    element('send-name', HTMLElement).textContent = file.name || 'Pasted picture'
    showProgress(0, file.size)
    this.#show('send')
  }

  /** A button that is out of action while its step is under way, so that a double click is one click. */
  #onStep(id: string, step: () => Promise<void>): void {
    const button = element(id, HTMLButtonElement)
    button.addEventListener('click', () => {
      if (button.getAttribute('aria-disabled') === 'true') return
      this.#parts.trouble.hide()
      button.setAttribute('aria-disabled', 'true')
      step()
        .catch((error: unknown) => this.#report(error))
        .finally(() => button.removeAttribute('aria-disabled'))
    })
  }

  async #crop(): Promise<void> {
    if (!this.#uploaded) return
    await this.#shown
    const { value, server } = await api.crop(this.#uploaded.token, this.#stage.crop)
    this.#saveToken = value.token
    this.#parts.line.handled(server, 'cropped')
    const picture = element('save-picture', HTMLImageElement)
    picture.src = value.preview
    for (const sample of document.querySelectorAll<HTMLImageElement>('[data-saved-sample]')) {
      sample.src = value.preview
    }
    const { width } = value.crop
    element('save-words', HTMLElement).textContent =
      `${server} cut ${width} × ${width} pixels from the original and put this preview into the bucket.`
    this.#show('save')
    this.#parts.announce(`${server} cropped the picture. Save it, or crop it again.`)
  }

  async #save(): Promise<void> {
    if (this.#saveToken === undefined) return
    const { value, server } = await api.save(this.#saveToken)
    this.#parts.line.handled(server, 'saved')
    this.#showSaved(value.avatar, server)
    await this.#parts.earlier.refresh()
    this.#parts.line.arrived()
    this.#parts.announce(`${server} saved the picture.`)
  }

  #showSaved(avatar: Avatar, server: string): void {
    this.#saved = avatar.id
    element('done-picture', HTMLImageElement).src = smallestAbove(avatar, 400)
    element('done-words', HTMLElement).textContent =
      `${server} made every size from the original, then moved the pointer to them.`
    const links = Object.entries(avatar.sizes)
      .sort(([a], [b]) => Number(b) - Number(a))
      .map(([edge, url]) => {
        const item = document.createElement('li')
        const link = document.createElement('a')
        link.href = url
        link.textContent = `${edge} px`
        item.append(link)
        return item
      })
    element('done-sizes', HTMLUListElement).replaceChildren(...links)
    this.#show('done')
  }

  #goBack(view: 'choose' | 'crop'): void {
    this.#parts.trouble.hide()
    if (view === 'choose') this.restart('choose')
    else this.#show('crop')
  }

  #show(view: ViewName): void {
    this.#view = view
    this.#parts.views.show(view)
    if (view === 'crop') this.#stage.focus()
  }

  #report(error: unknown): void {
    const problem = toProblem(error)
    if (problem.code === 'unauthenticated') this.restart('sign-in')
    else if (startsOver(problem) && this.#view !== 'choose') this.restart('choose')
    this.#parts.trouble.show(problem)
  }
}

function showProgress(sent: number, total: number): void {
  const share = total > 0 ? Math.min(sent / total, 1) : 0
  const bar = element('send-progress', HTMLProgressElement)
  if (share < 1) bar.value = share
  // All sent: how long the server takes is not known.
  else bar.removeAttribute('value')
  element('send-words', HTMLElement).textContent =
    share < 1 ? `${bytesInWords(sent)} of ${bytesInWords(total)}` : 'All sent. The server looks at it.'
}
