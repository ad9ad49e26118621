// One server of the article: a process with a folder of its own, which takes one step and ends. It is told the step and
// what the form carried; how to reach the bucket stands in its environment, as it stood in wp-config.php.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { BucketStore, openDriver, StoreError } from '@bucket-brigade/core'
import sharp from 'sharp'

const { BUCKET_URL, BUCKET, PUBLIC_BASE_URL, CONTENT_DIR = '' } = process.env

class AvatarCropperS3 extends BucketStore {
  bucket = BUCKET ?? ''
  /** @override */
  acl = /** @type {const} */ ('public-read')
  /** @override */
  contentDir = CONTENT_DIR
  /** @override */
  publicBaseUrl = PUBLIC_BASE_URL
}

const avatarCropper = new AvatarCropperS3(openDriver(BUCKET_URL))

/** @type {Record<string, (given: string) => Promise<unknown>>} */
const steps = {
  /** Step 1: the file was uploaded to this server; it goes to the bucket, and its relative path to the next step. */
  async upload(picture) {
    const file = path.join(CONTENT_DIR, 'uploads/users/654/leo.jpg')
    await mkdir(path.dirname(file), { recursive: true })
    await writeFile(file, Buffer.from(picture, 'base64'))
    await avatarCropper.upload(file)
    return avatarCropper.relativePath(avatarCropper.key(file))
  },

  /** Step 2: fetch the file, manipulate it, upload it again, and show it straight from the bucket. */
  async crop(fileRelativePath) {
    const file = avatarCropper.file(fileRelativePath)
    await avatarCropper.download(file)
    const square = await sharp(file).extract({ left: 0, top: 0, width: 100, height: 100 }).toBuffer()
    await writeFile(file, square)
    await avatarCropper.upload(file)
    return avatarCropper.publicUrl(avatarCropper.key(file))
  },

  /** Step 3: fetch the file and save it, whatever that means. */
  async save(fileRelativePath) {
    const file = avatarCropper.file(fileRelativePath)
    await avatarCropper.download(file)
    return (await readFile(file)).toString('base64')
  },

  async list(prefix) {
    return avatarCropper.urls(prefix)
  },
}

process.once('message', async (message) => {
  const { step, given } = /** @type {{ step: string, given: string }} */ (message)
  const found = await readdir(CONTENT_DIR, { recursive: true })
  const outcome = await Promise.resolve(steps[step]?.(given)).then(
    (result) => ({ result }),
    (error) => ({ error: error instanceof StoreError ? error.code : String(error) }),
  )
  const reply = { ...outcome, found, left: await readdir(CONTENT_DIR, { recursive: true }) }
  await avatarCropper.close()
  process.send?.(reply, () => process.disconnect())
})
