import type { BigIntStats } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Acl, ObjectAttributes } from '../../contract/driver.js'
import type { BucketFolder } from './bucket-folder.js'
import { ifThere } from './disk-errors.js'
import { stampOf } from './file-version.js'

/** What is stored beside the bytes of an object on disk. */
export interface DiskAttributes extends ObjectAttributes {
  readonly acl?: Acl | undefined
  /** The upload in parts that the object was made of, so that whoever completes it again knows it. */
  readonly uploadId?: string | undefined
}

interface Version {
  /** Size and time of the file that these attributes belong to. */
  readonly stamp: string
  readonly attributes: DiskAttributes
}

/** The attributes of a key's two latest versions: the newer one's file may not be in place yet. */
interface AttributesFile {
  readonly key: string
  readonly versions: readonly Version[]
}

/** The attributes stored with exactly this version of a file; undefined where it came or was changed by other hands. */
export async function readAttributes(
  folder: BucketFolder,
  key: string,
  stats: BigIntStats,
): Promise<DiskAttributes | undefined> {
  const text = await ifThere(readFile(join(folder.root, folder.attributesPath(key)), 'utf8'))
  if (text === undefined) return undefined
  const file = parse(text)
  if (file?.key !== key) return undefined
  return file.versions.find((version) => version.stamp === stampOf(stats))?.attributes
}

export function attributesText(
  key: string,
  next: { readonly stats: BigIntStats; readonly attributes: DiskAttributes },
  current: { readonly stats: BigIntStats; readonly attributes: DiskAttributes } | undefined,
): string {
  const versions = [next, current]
    .filter((version) => version !== undefined)
    .map(({ stats, attributes }) => ({ stamp: stampOf(stats), attributes }))
  return JSON.stringify({ key, versions } satisfies AttributesFile)
}

/** A file that a power cut left half-written says nothing: the attributes are then rebuilt from the content. */
function parse(text: string): AttributesFile | undefined {
  try {
    const file: unknown = JSON.parse(text)
    if (typeof file !== 'object' || file === null || !('versions' in file) || !Array.isArray(file.versions)) return
    return file as AttributesFile
  } catch {
    return undefined
  }
}
