import { type Avatar, type Avatars, api } from './api.js'
import { element, fromTemplate, part } from './elements.js'

export interface EarlierAvatarsOptions {
  /** Told in words what was done, and by which server. */
  readonly onDone: (message: string) => void
  /** Told the id of an avatar that is gone, with all its sizes. */
  readonly onRemoved: (id: string) => void
  readonly onProblem: (error: unknown) => void
}

/** What the person saved before: choose another one, or delete it. */
export class EarlierAvatars {
  readonly #list = element('earlier', HTMLUListElement)
  readonly #none = element('earlier-none', HTMLElement)
  readonly #dialog = element('remove-dialog', HTMLDialogElement)
  readonly #options: EarlierAvatarsOptions

  constructor(options: EarlierAvatarsOptions) {
    this.#options = options
  }

  /** Asks any server for the list. */
  async refresh(): Promise<void> {
    this.#show((await api.list()).value)
  }

  clear(): void {
    this.#show({ avatars: [] })
  }

  #show({ current, avatars }: Avatars): void {
    const newestFirst = avatars.toSorted((a, b) => b.savedAt.localeCompare(a.savedAt))
    this.#none.hidden = avatars.length > 0
    this.#list.replaceChildren(...newestFirst.map((avatar) => this.#item(avatar, avatar.id === current?.id)))
  }

  #item(avatar: Avatar, isCurrent: boolean): HTMLElement {
    const item = fromTemplate('earlier-item')
    const when = new Date(avatar.savedAt).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })
    const choose = part(item, 'choose', HTMLButtonElement)
    const remove = part(item, 'remove', HTMLButtonElement)
    part(item, 'picture', HTMLImageElement).src = smallestAbove(avatar, 160)
    choose.setAttribute('aria-label', `Use the picture of ${when}`)
    choose.setAttribute('aria-pressed', String(isCurrent))
    choose.title = isCurrent ? `In use, saved ${when}` : `Use this one, saved ${when}`
    remove.setAttribute('aria-label', `Delete the picture of ${when}`)
    choose.addEventListener('click', () => this.#choose(avatar, isCurrent))
    remove.addEventListener('click', () => this.#askToRemove(avatar))
    return item
  }

  #choose(avatar: Avatar, isCurrent: boolean): void {
    if (isCurrent) return
    this.#run(async () => {
      const { server } = await api.select(avatar.id)
      await this.refresh()
      this.#list.querySelector<HTMLElement>('[aria-pressed="true"]')?.focus()
      this.#options.onDone(`Chosen. ${server} moved the pointer.`)
    })
  }

  #askToRemove(avatar: Avatar): void {
    element('remove-picture', HTMLImageElement).src = smallestAbove(avatar, 160)
    this.#dialog.returnValue = ''
    this.#dialog.addEventListener('close', () => this.#removeIfWanted(avatar), { once: true })
    this.#dialog.showModal()
  }

  #removeIfWanted(avatar: Avatar): void {
    if (this.#dialog.returnValue !== 'remove') return
    this.#run(async () => {
      const { server } = await api.remove(avatar.id)
      await this.refresh()
      // The button that had the focus went with the picture.
      element('earlier-title', HTMLElement).focus()
      this.#options.onRemoved(avatar.id)
      this.#options.onDone(`Deleted by ${server}.`)
    })
  }

  #run(work: () => Promise<void>): void {
    this.#list.setAttribute('aria-busy', 'true')
    work()
      .catch(this.#options.onProblem)
      .finally(() => this.#list.removeAttribute('aria-busy'))
  }
}

/** The address of the smallest size with at least so many pixels, else of the largest. */
export function smallestAbove(avatar: Avatar, pixels: number): string {
  const edges = Object.keys(avatar.sizes)
    .map(Number)
    .sort((a, b) => a - b)
  const edge = edges.find((candidate) => candidate >= pixels) ?? edges.at(-1)
  return avatar.sizes[String(edge)] ?? avatar.url
}
