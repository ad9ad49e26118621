import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { UsageError } from '../errors.js'
import type { Selection } from './selection.js'

/** A file below a folder. */
export interface TreeFile {
  readonly path: string
  /** Relative to the folder, with `/`. */
  readonly name: string
  readonly bytes: number
}

/** Every regular file below a folder. Symbolic links are not followed: they may lead out, or round in a circle. */
export async function* filesBelow(folder: string, isMeant: Selection, below = ''): AsyncGenerator<TreeFile> {
  const entries = await readdir(join(folder, below), { withFileTypes: true })
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const name = below === '' ? entry.name : `${below}/${entry.name}`
    const path = join(folder, name)
    if (entry.isDirectory()) yield* filesBelow(folder, isMeant, name)
    else if (entry.isFile() && isMeant(name)) yield { path, name, bytes: (await stat(path)).size }
  }
}

/** What stands at a path. */
export async function kindOf(path: string): Promise<'file' | 'folder' | 'nothing'> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file'
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return 'nothing'
    throw error
  }
}

/**
 * The file for a name that came out of a bucket. Other people wrote such names: one that leads out of the folder, or
 * cannot be a file's, is refused.
 */
export function fileBelow(folder: string, name: string): string {
  const segments = name.split('/')
  const isSafe = segments.every((segment) => !['', '.', '..'].includes(segment) && !/[\\\p{Cc}]/u.test(segment))
  if (!isSafe) throw new UsageError(`expected a key that can be a file's name; ${JSON.stringify(name)} leads elsewhere`)
  return join(folder, ...segments)
}
