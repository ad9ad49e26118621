import type { ObjectLocation } from '../../src/contract/driver.js'
import { MemoryDriver } from '../../src/drivers/memory/index.js'
import { encodeKey } from '../../src/keys/object-key.js'
import type { BrokenDriver } from './broken-drivers.js'

/** Memory that says where its objects would be. */
export class AddressedMemory extends MemoryDriver {
  override publicUrl({ bucket, key }: Partial<ObjectLocation> = {}): string {
    return `https://memory.example/${bucket}/${encodeKey(key ?? '')}`
  }
}

class EncodesTwice extends AddressedMemory {
  override publicUrl(at: Partial<ObjectLocation> = {}): string {
    return super.publicUrl({ ...at, key: encodeKey(at.key ?? '') })
  }
}

class TakesHostsInTurn extends AddressedMemory {
  #turn = 0

  override publicUrl(at: Partial<ObjectLocation> = {}): string {
    this.#turn++
    return super.publicUrl(at).replace('memory.', `memory-${this.#turn % 2}.`)
  }
}

export const BROKEN_PUBLIC_ADDRESSES: readonly BrokenDriver[] = [
  {
    flaw: 'encodes twice',
    caughtBy: 'gives an address whose path ends in the key, each segment encoded once',
    make: () => new EncodesTwice(),
  },
  {
    flaw: 'takes hosts in turn',
    caughtBy: 'gives the public address where the store is public',
    make: () => new TakesHostsInTurn(),
  },
]
