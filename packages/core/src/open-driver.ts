import type { StorageDriver } from './driver.js'
export function openDriver(_url: string): StorageDriver {
  throw new Error()
}
