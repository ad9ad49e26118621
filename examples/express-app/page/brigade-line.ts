import { element, fromTemplate, part } from './elements.js'
import { english } from './words/english.js'
import type { Words } from './words/words.js'

/** What a server did for this picture, in the order of the steps. */
export type Deed = 'received' | 'cropped' | 'saved'

const DEEDS: readonly Deed[] = ['received', 'cropped', 'saved']

/** The line of people from the person to the bucket: who handled which step, and where the picture is now. */
export class BrigadeLine {
  readonly #scroller = element('brigade-scroller', HTMLElement)
  readonly #track = element('brigade-track', HTMLElement)
  readonly #list = element('brigade', HTMLOListElement)
  readonly #bucket = element('brigade-bucket', SVGSVGElement)
  /** A step that was done again was done by its last server. */
  readonly #doneBy = new Map<Deed, string>()
  #servers: readonly string[] = []
  #bucketKind: keyof Words['buckets'] = 'disk'
  #at = 'you'
  #words: Words = english

  /** Who stands in the line, as one of them says. */
  standUp(servers: readonly string[], bucketKind: keyof Words['buckets']): void {
    this.#servers = [...new Set([...servers, ...this.#servers])]
    this.#bucketKind = bucketKind
    this.#draw()
  }

  speak(words: Words): void {
    this.#words = words
    this.#draw()
  }

  /** The picture is back with the person: nobody has done anything yet. */
  restart(): void {
    this.#doneBy.clear()
    this.#moveTo('you')
  }

  /** A server handled a step: the picture is handed to it, and once it is saved to the bucket. */
  handled(server: string, deed: Deed): void {
    if (server !== '') {
      // One that joined after the page was loaded.
      if (!this.#servers.includes(server)) this.#servers = [...this.#servers, server]
      this.#doneBy.set(deed, server)
    }
    this.#moveTo(deed === 'saved' || server === '' ? 'bucket' : server)
  }

  #moveTo(place: string): void {
    this.#at = place
    this.#draw()
  }

  #draw(): void {
    const { you, buckets } = this.#words
    const places = [
      { id: 'you', figure: 'icon-person', name: you },
      ...this.#servers.map((server) => ({ id: server, figure: 'icon-person', name: server })),
      { id: 'bucket', figure: 'icon-store', name: buckets[this.#bucketKind] },
    ]
    this.#list.ariaLabel = this.#words.line
    this.#list.replaceChildren(...places.map((place) => this.#place(place)))
    this.#track.style.setProperty('--places', String(places.length))
    const share = (places.findIndex(({ id }) => id === this.#at) + 0.5) / places.length
    this.#bucket.style.setProperty('--at', `${share * 100}%`)
    this.#bucket.classList.toggle('arrived', this.#at === 'bucket')
    // A long line is wider than a phone; from right to left it scrolls to negative numbers.
    const { clientWidth, scrollWidth } = this.#scroller
    const way = share * scrollWidth - clientWidth / 2
    this.#scroller.scrollLeft = this.#words.direction === 'rtl' ? -way : way
  }

  #place({ id, figure, name }: { readonly id: string; readonly figure: string; readonly name: string }): HTMLElement {
    const place = fromTemplate('brigade-place')
    part(place, 'figure', SVGUseElement).setAttribute('href', `#${figure}`)
    part(place, 'name', HTMLElement).textContent = name
    const deeds = DEEDS.filter((deed) => this.#doneBy.get(deed) === id)
    part(place, 'deed', HTMLElement).textContent = deeds.map((deed) => this.#words[deed]).join(', ')
    place.dataset.place = id
    place.classList.toggle('here', id === this.#at)
    return place
  }
}
