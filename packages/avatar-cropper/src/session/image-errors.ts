import { ImageError } from '@bucket-brigade/images'
import { CropperError } from '../errors.js'

/** Runs work on a picture, so that what is wrong with the picture is told in this package's words. */
export async function onImage<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (!ImageError.is(cause)) throw cause
    const { code, message, field } = cause
    throw new CropperError(code === 'invalid-recipe' ? 'invalid-request' : code, message, { field, cause })
  }
}
