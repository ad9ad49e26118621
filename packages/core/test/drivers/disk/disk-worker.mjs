// One process of many over one bucket, started by disk-processes.test.ts with the built driver.
import { DiskDriver } from '../../../dist/drivers/disk/index.js'
import { DriverError } from '../../../dist/index.js'

const [, , directory, work, count] = process.argv
const driver = new DiskDriver({ directory })
const at = { bucket: 'shared', key: 'folder/counter.json' }
const attributes = { contentType: 'application/json', metadata: {} }

const works = {
  /** Adds one `count` times, and tells about each addition that was acknowledged. */
  async increment() {
    for (let done = 0; done < Number(count); ) {
      const { body, etag, metadata } = await driver.get(at, {})
      const value = Number(Buffer.concat(await body.toArray()).toString())
      if (metadata.value !== String(value)) tell({ torn: [metadata.value, value] })
      if (!(await write(String(value + 1), { ifMatch: etag }, { value: String(value + 1) }))) continue
      done += 1
      tell({ added: value + 1 })
    }
  },
  /** Creates and deletes the one key in turn, and tells about what was acknowledged. */
  async takeTurns() {
    for (let done = 0; done < Number(count); ) {
      if (!(await write(String(process.pid), 'create', {}))) continue
      done += 1
      tell({ created: process.pid })
      const { body } = await driver.get(at, {})
      const owner = Buffer.concat(await body.toArray()).toString()
      if (owner !== String(process.pid)) tell({ stolenBy: owner })
      await driver.delete(at, {})
    }
  },
  /** Creates `count` keys, each of which the other processes want too. */
  async create() {
    for (let index = 0; index < Number(count); index++) {
      const body = { kind: 'bytes', bytes: Buffer.from(`${process.pid}`) }
      const key = `created/${index}`
      const options = { attributes, mode: 'create' }
      await driver.put({ bucket: at.bucket, key }, body, options).then(() => tell({ created: key }), ignoreLoss)
    }
  },
  /** Replaces a large object over and over. */
  async replace() {
    for (let round = 0; round < Number(count); round++) {
      const body = { kind: 'bytes', bytes: Buffer.alloc(300_000, 97 + (round % 26)) }
      const options = { attributes: { ...attributes, metadata: { letter: String.fromCharCode(97 + (round % 26)) } } }
      await driver.put({ bucket: at.bucket, key: 'large' }, body, { ...options, mode: 'overwrite' })
      tell({ replaced: round })
    }
  },
}

async function write(text, mode, metadata) {
  try {
    const body = { kind: 'bytes', bytes: Buffer.from(text) }
    await driver.put(at, body, { attributes: { ...attributes, metadata }, mode })
    return true
  } catch (error) {
    ignoreLoss(error)
    return false
  }
}

function ignoreLoss(error) {
  if (!(error instanceof DriverError) || !['precondition-failed', 'already-exists'].includes(error.code)) throw error
}

/** Synchronous, so that nothing that was told is lost when this process is killed. */
function tell(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`)
}

await works[work]()
