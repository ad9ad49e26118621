import { unexpected } from './application.js'
import { deliver } from './deliver.js'
import { type Address, isFresh, readArrivedParts, readPartAddresses } from './offer.js'
import type { Sending, Shipment } from './shipment.js'

/** As many as the protocol lets one call ask for. */
const ADDRESSES_PER_CALL = 100

/** The file goes in parts, several at a time. Each is cut from the file as it leaves: the file is never in memory. */
export class FileParts implements Shipment {
  readonly #sending: Sending
  readonly #partBytes: number
  /** Part number → its ETag, undefined where the page may not read it. */
  readonly #arrived = new Map<number, string | undefined>()
  readonly #addresses = new Map<number, Address>()
  #waiting: number[] = []
  #asking: { readonly partNumbers: readonly number[]; readonly answered: Promise<void> } | undefined

  constructor(sending: Sending, partBytes: number) {
    this.#sending = sending
    this.#partBytes = partBytes
  }

  get record() {
    return { token: this.#sending.token, partBytes: this.#partBytes }
  }

  async survey(): Promise<void> {
    const { application, token, progress } = this.#sending
    const parts = readArrivedParts(await application.step('/uploaded', { token }))
    this.#arrived.clear()
    for (const { partNumber, etag, bytes } of parts) {
      // A part of another length was cut off, or cut differently.
      if (bytes !== this.#slice(partNumber).size) continue
      this.#arrived.set(partNumber, etag)
      progress.arrived(partNumber, bytes)
    }
  }

  async send(): Promise<void> {
    // An empty file is one empty part.
    const count = Math.max(1, Math.ceil(this.#sending.file.size / this.#partBytes))
    this.#waiting = Array.from({ length: count }, (_, index) => index + 1).filter((part) => !this.#arrived.has(part))
    const lanes = Array.from({ length: this.#sending.settings.parallelParts }, () => this.#sendWaiting())
    await Promise.all(lanes)
  }

  /** Without a readable ETag of every part, the server asks the bucket itself. */
  proof() {
    const parts = [...this.#arrived].map(([partNumber, etag]) => ({ partNumber, etag }))
    if (parts.some(({ etag }) => etag === undefined)) return {}
    return { parts: parts.sort((one, other) => one.partNumber - other.partNumber) }
  }

  async #sendWaiting(): Promise<void> {
    const { filename, progress, settings, signal } = this.#sending
    for (let part = this.#waiting.shift(); part !== undefined; part = this.#waiting.shift()) {
      const partNumber = part
      const body = this.#slice(partNumber)
      const parcel = { body, filename, onLeft: (bytes: number) => progress.left(partNumber, bytes) }
      const addresses = { known: () => this.#addresses.get(partNumber), renew: () => this.#renew(partNumber) }
      this.#arrived.set(partNumber, await deliver(parcel, addresses, settings, signal))
      progress.arrived(partNumber, body.size)
    }
  }

  #slice(partNumber: number): Blob {
    return this.#sending.file.slice((partNumber - 1) * this.#partBytes, partNumber * this.#partBytes)
  }

  /** One call brings the addresses of the parts that come next, too. */
  async #renew(partNumber: number): Promise<Address> {
    if (!this.#asking?.partNumbers.includes(partNumber)) {
      const next = this.#waiting.filter((part) => !isFresh(this.#addresses.get(part)))
      const partNumbers = [partNumber, ...next].slice(0, ADDRESSES_PER_CALL)
      const asking = { partNumbers, answered: this.#ask(partNumbers) }
      this.#asking = asking
      const forget = () => {
        if (this.#asking === asking) this.#asking = undefined
      }
      asking.answered.then(forget, forget)
    }
    await this.#asking?.answered
    const address = this.#addresses.get(partNumber)
    if (address) return address
    throw unexpected(`expected the address of part ${partNumber}`)
  }

  async #ask(partNumbers: readonly number[]): Promise<void> {
    const { application, token } = this.#sending
    const answer = await application.step('/parts', { token, partNumbers })
    for (const [partNumber, address] of readPartAddresses(answer)) this.#addresses.set(partNumber, address)
  }
}
