/** Addresses of pictures that lie in the memory of the page: each new one frees the one before. */
export class NewestAddress {
  #address: string | undefined

  of(picture: Blob): string {
    if (this.#address !== undefined) URL.revokeObjectURL(this.#address)
    this.#address = URL.createObjectURL(picture)
    return this.#address
  }
}
