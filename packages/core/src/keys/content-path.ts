import { isAbsolute, join, relative, resolve, sep } from 'node:path'
import { DriverError, show } from '../errors.js'
import { parseKey } from './object-key.js'

/*
 * Three names for one thing: the key `uploads/users/654/leo.jpg`, the relative path `/uploads/users/654/leo.jpg` that
 * forms and WordPress carry, and the file `<contentDir>/uploads/users/654/leo.jpg`. They are converted here only.
 */

/** The relative path of a key: the same with one leading slash. */
export function keyToRelativePath(key: string): string {
  return `/${parseKey(key)}`
}

/** Where a key's file is, or would be, below `contentDir`. */
export function keyToFile(contentDir: string, key: string): string {
  return join(resolve(contentDir), ...parseKey(key).split('/'))
}

/**
 * The key of a file below `contentDir`. What is above stays on the server.
 *
 * @throws DriverError `invalid-argument` where the file is not below `contentDir` (`/srv/content-old` is not below `/srv/content`)
 */
export function fileToKey(contentDir: string, file: string): string {
  const root = resolve(contentDir)
  const path = relative(root, resolve(root, file))
  if (path === '' || path === '..' || path.startsWith(`..${sep}`) || isAbsolute(path)) {
    throw new DriverError('invalid-argument', `expected a file below contentDir ${show(root)}; received ${show(file)}`)
  }
  return parseKey(path.split(sep).join('/'))
}
