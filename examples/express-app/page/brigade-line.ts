import { element, fromTemplate, part } from './elements.js'

/** What a server did for this picture, in the order of the steps. */
export type Deed = 'received' | 'cropped' | 'saved'

/** The line of people from the person to the bucket: who handled which step, and where the picture is now. */
export class BrigadeLine {
  readonly #scroller = element('brigade-scroller', HTMLElement)
  readonly #track = element('brigade-track', HTMLElement)
  readonly #list = element('brigade', HTMLOListElement)
  readonly #bucket = element('brigade-bucket', SVGSVGElement)
  readonly #places = new Map<string, HTMLElement>()
  #servers: readonly string[] = []

  /** Draws the line. */
  draw(servers: readonly string[], bucket: string): void {
    this.#servers = servers
    this.#places.clear()
    this.#list.replaceChildren(
      this.#place('you', 'icon-person', 'You'),
      ...servers.map((server) => this.#place(server, 'icon-person', server)),
      this.#place('bucket', 'icon-store', bucket),
    )
    this.#spread()
    this.restart()
  }

  /** The picture is back with the person: nobody has done anything yet. */
  restart(): void {
    for (const place of this.#places.values()) {
      part(place, 'deed', HTMLElement).textContent = ''
      place.classList.remove('busy')
    }
    this.#moveTo('you')
  }

  /** A server handled a step: the picture is handed to it. */
  handled(server: string, deed: Deed): void {
    const place = this.#places.get(server) ?? this.#join(server)
    const words = part(place, 'deed', HTMLElement)
    for (const other of this.#places.values()) {
      const deeds = part(other, 'deed', HTMLElement)
      // A step that was done again was done by its last server.
      deeds.textContent = (deeds.textContent ?? '')
        .split(', ')
        .filter((done) => done !== '' && done !== deed)
        .join(', ')
      other.classList.remove('busy')
    }
    words.textContent = [words.textContent, deed].filter(Boolean).join(', ')
    place.classList.add('busy')
    this.#moveTo(server)
  }

  /** The picture lies in the bucket for good. */
  arrived(): void {
    this.#moveTo('bucket')
  }

  /** A server that joined after the page was loaded. */
  #join(server: string): HTMLElement {
    this.#servers = [...this.#servers, server]
    const place = this.#place(server, 'icon-person', server)
    this.#list.lastElementChild?.before(place)
    this.#spread()
    return place
  }

  #spread(): void {
    this.#track.style.setProperty('--places', String(this.#servers.length + 2))
  }

  #place(id: string, figure: string, name: string): HTMLElement {
    const place = fromTemplate('brigade-place')
    part(place, 'figure', SVGUseElement).setAttribute('href', `#${figure}`)
    part(place, 'name', HTMLElement).textContent = name
    place.dataset.place = id
    this.#places.set(id, place)
    return place
  }

  #moveTo(id: string): void {
    const order = ['you', ...this.#servers, 'bucket']
    const share = (order.indexOf(id) + 0.5) / order.length
    this.#bucket.style.setProperty('--at', `${share * 100}%`)
    this.#bucket.classList.toggle('arrived', id === 'bucket')
    for (const [name, place] of this.#places) place.classList.toggle('here', name === id)
    // A long line is wider than a phone.
    const { clientWidth, scrollWidth } = this.#scroller
    this.#scroller.scrollLeft = share * scrollWidth - clientWidth / 2
  }
}
