/**
 * Objects as plain files: `@bucket-brigade/core/disk`.
 *
 * @module disk
 */
export { DiskDriver, type DiskDriverOptions } from './disk-driver.js'
export type { FormPermission, UrlPermission } from './disk-permission.js'
export { DiskSigner, type DiskSignerOptions } from './disk-signer.js'
export type { DiskObject, DiskObjectHead } from './object-reader.js'
