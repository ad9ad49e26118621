import { type Avatar, type AvatarRoutes, type Avatars, smallestAbove } from './avatar-routes.js'
import { icon, make } from './elements.js'
import { dateTexts, fill } from './messages/messages.js'
import type { Wording } from './wording.js'

export interface EarlierAvatarsOptions {
  readonly wording: Wording
  /** The routes of now: the endpoint may change. */
  readonly routes: () => AvatarRoutes
  /** Told which avatar is the current one, as far as is known, whenever there is something new to know. */
  readonly onCurrent: (id: string | undefined) => void
  readonly onSelected: (avatar: Avatar) => void
  /** Told the id of an avatar that is gone, with all its sizes. */
  readonly onRemoved: (id: string) => void
  readonly onProblem: (error: unknown) => void
}

const PICTURE_PIXELS = 160

/** What the person saved before: choose another one, or delete it. */
export class EarlierAvatars {
  readonly root: HTMLElement
  readonly #options: EarlierAvatarsOptions
  readonly #title: HTMLElement
  readonly #none: HTMLElement
  readonly #list = make('ul', { class: 'earlier-list' })
  readonly #dialog: HTMLDialogElement
  readonly #dialogPicture = make('img', { alt: '' })
  /** Whom the dialog asks about. */
  #doubted: Avatar | undefined
  #shown: Avatars = { avatars: [] }
  /** The newest question for the list: the answer to an older one is not shown. */
  #asking: AbortController | undefined
  #refreshed: Promise<void> = Promise.resolve()

  constructor(options: EarlierAvatarsOptions) {
    this.#options = options
    const { wording } = options
    this.#title = wording.text(make('h2', { id: 'earlier-title', tabindex: -1 }), ({ earlier }) => earlier.title)
    this.#none = wording.text(make('p', { class: 'quiet' }), ({ earlier }) => earlier.none)
    this.#dialog = this.#makeDialog()
    const attributes = { class: 'earlier', part: 'earlier', 'aria-labelledby': 'earlier-title' }
    this.root = make('section', attributes, this.#title, this.#none, this.#list, this.#dialog)
    wording.say(() => this.#draw())
  }

  /** A saved avatar, as the newest list has it. Undefined where it is gone. */
  async find(id: string): Promise<Avatar | undefined> {
    // Who asked for the list hears what went wrong with it.
    await this.#refreshed.catch(() => undefined)
    return this.#shown.avatars.find((avatar) => avatar.id === id)
  }

  /** Shows what was just saved as the current one, before the list says so. */
  add(avatar: Avatar): void {
    const others = this.#shown.avatars.filter(({ id }) => id !== avatar.id)
    this.#show({ current: avatar, avatars: [avatar, ...others] })
  }

  /** Asks any server for the list. */
  refresh(): Promise<void> {
    this.#refreshed = this.#ask()
    return this.#refreshed
  }

  async #ask(): Promise<void> {
    this.#asking?.abort()
    const asking = new AbortController()
    this.#asking = asking
    try {
      const { value } = await this.#options.routes().list(asking.signal)
      asking.signal.throwIfAborted()
      this.#show(value)
    } catch (error) {
      if (!asking.signal.aborted) throw error
    }
  }

  /** Forgets what was shown, and what was asked. */
  clear(): void {
    this.#asking?.abort()
    this.#show({ avatars: [] })
  }

  #show(avatars: Avatars): void {
    const before = looksOf(this.#shown)
    this.#shown = avatars
    // Whoever is just pressing a button must not find it replaced.
    if (looksOf(avatars) !== before) this.#draw()
    this.#options.onCurrent(avatars.current?.id)
  }

  #draw(): void {
    const { avatars, current } = this.#shown
    const newestFirst = avatars.toSorted((a, b) => b.savedAt.localeCompare(a.savedAt))
    this.#none.hidden = avatars.length > 0
    this.#list.hidden = avatars.length === 0
    const dates = dateTexts(
      newestFirst.map(({ savedAt }) => savedAt),
      this.#options.wording.messages,
    )
    const focused = this.#list.querySelector<HTMLElement>(':focus')?.dataset.deed
    this.#list.replaceChildren(
      ...newestFirst.map((avatar, index) => this.#item(avatar, dates[index] ?? '', avatar.id === current?.id)),
    )
    if (focused === undefined) return
    this.#list.querySelector<HTMLElement>(`[data-deed="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true })
  }

  #item(avatar: Avatar, date: string, isCurrent: boolean): HTMLElement {
    const { messages } = this.#options.wording
    const say = (template: string) => fill(template, { date }, messages)
    const { use, inUse, remove } = messages.earlier
    const choose = make(
      'button',
      {
        type: 'button',
        class: 'earlier-choose',
        part: 'earlier-picture',
        'data-deed': `use ${avatar.id}`,
        'aria-pressed': String(isCurrent),
        'aria-label': say(use),
        title: say(isCurrent ? inUse : use),
      },
      make('img', { alt: '', src: smallestAbove(avatar, PICTURE_PIXELS) }),
      icon('check'),
    )
    const removeButton = make(
      'button',
      {
        type: 'button',
        class: 'tool earlier-remove',
        'data-deed': `remove ${avatar.id}`,
        'aria-label': say(remove),
        title: say(remove),
      },
      icon('bin'),
    )
    choose.addEventListener('click', () => this.#choose(avatar, isCurrent))
    removeButton.addEventListener('click', () => this.#askToRemove(avatar))
    return make('li', { class: 'earlier-item' }, choose, removeButton)
  }

  #makeDialog(): HTMLDialogElement {
    const { wording } = this.#options
    const keep = make('button', { value: 'keep' })
    const remove = make('button', { value: 'remove', class: 'primary' })
    const title = wording.text(make('h2', { id: 'remove-title' }), ({ earlier }) => earlier.removeTitle)
    const warning = wording.text(make('p'), ({ earlier }) => earlier.removeWarning)
    wording.text(keep, ({ earlier }) => earlier.keep)
    wording.text(remove, ({ earlier }) => earlier.removeGo)
    const actions = make('p', { class: 'actions' }, keep, remove)
    const form = make('form', { method: 'dialog' }, title, this.#dialogPicture, warning, actions)
    const dialog = make('dialog', { 'aria-labelledby': 'remove-title', part: 'dialog' }, form)
    dialog.addEventListener('close', () => this.#removeIfWanted())
    return dialog
  }

  #choose(avatar: Avatar, isCurrent: boolean): void {
    if (isCurrent) return
    this.#run(async () => {
      const { value } = await this.#options.routes().select(avatar.id)
      this.#show({ ...this.#shown, current: value.avatar })
      this.#options.onSelected(value.avatar)
    })
  }

  #askToRemove(avatar: Avatar): void {
    this.#dialogPicture.src = smallestAbove(avatar, PICTURE_PIXELS)
    this.#dialog.returnValue = ''
    this.#doubted = avatar
    this.#dialog.showModal()
  }

  #removeIfWanted(): void {
    const avatar = this.#doubted
    if (this.#dialog.returnValue !== 'remove' || !avatar) return
    this.#run(async () => {
      await this.#options.routes().remove(avatar.id)
      const { avatars, current } = this.#shown
      this.#show({
        avatars: avatars.filter(({ id }) => id !== avatar.id),
        current: current?.id === avatar.id ? null : (current ?? null),
      })
      // The button that had the focus went with the picture.
      this.#title.focus()
      this.#options.onRemoved(avatar.id)
    })
  }

  /**
   * One at a time: a double click is one click. What was done is told at once; the list is asked for afterwards in any
   * case, as what failed may have been done in another window.
   */
  #run(work: () => Promise<void>): void {
    if (this.#list.ariaBusy === 'true') return
    this.#list.ariaBusy = 'true'
    const { onProblem } = this.#options
    const failed = (error: unknown) => {
      onProblem(error)
      // One problem is told already.
      return this.refresh().catch(() => undefined)
    }
    void work()
      .finally(() => {
        this.#list.ariaBusy = null
      })
      .then(() => this.refresh().catch(onProblem), failed)
  }
}

/** What is seen of a list. Signed addresses differ each time, and show the same. */
function looksOf({ avatars, current }: Avatars): string {
  return JSON.stringify([current?.id, avatars.map(({ id, savedAt }) => `${savedAt} ${id}`).sort()])
}
