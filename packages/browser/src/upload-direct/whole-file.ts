import { unexpected } from './application.js'
import { deliver } from './deliver.js'
import { type Address, readOffer } from './offer.js'
import type { Sending, Shipment } from './shipment.js'

/** The file goes to one address, by PUT or as a form. */
export class WholeFile implements Shipment {
  readonly #sending: Sending
  #address: Address | undefined

  constructor(sending: Sending, address?: Address) {
    this.#sending = sending
    this.#address = address
  }

  get record() {
    return { token: this.#sending.token }
  }

  async survey(): Promise<void> {
    await this.#renew()
  }

  async send(): Promise<void> {
    const { file, filename, progress, settings, signal } = this.#sending
    const parcel = { body: file, filename, onLeft: (bytes: number) => progress.left(1, bytes) }
    await deliver(parcel, { known: () => this.#address, renew: () => this.#renew() }, settings, signal)
    progress.arrived(1, file.size)
  }

  proof() {
    return {}
  }

  async #renew(): Promise<Address> {
    const offer = readOffer(await this.#sending.application.step('/renew', { token: this.#sending.token }))
    if (offer.method === 'MULTIPART') throw unexpected('expected an address for the whole file, received MULTIPART')
    this.#address = offer
    return offer
  }
}
