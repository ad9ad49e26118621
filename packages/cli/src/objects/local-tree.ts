import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isNothingThere, UsageError } from '../errors.js'
import type { Selection } from './selection.js'

/** A file below a folder. */
export interface TreeFile {
  readonly path: string
  /** Relative to the folder, with `/`. */
  readonly name: string
}

/** What a walk through a folder does besides finding files. */
export interface TreeWalk {
  readonly isMeant: Selection
  /** Told of what is neither file nor folder. Links are not followed: they may lead out, or round in a circle. */
  onLeftOut(path: string): void
  /** Told of a folder that cannot be read; the rest is walked through. */
  onUnreadable(path: string, error: unknown): Promise<void>
}

/** Every regular file below a folder. */
export async function* filesBelow(folder: string, walk: TreeWalk, below = ''): AsyncGenerator<TreeFile> {
  const at = join(folder, below)
  const entries = await readdir(at, { withFileTypes: true }).catch((error: unknown) => walk.onUnreadable(at, error))
  for (const entry of entries?.toSorted((a, b) => (a.name < b.name ? -1 : 1)) ?? []) {
    const name = below === '' ? entry.name : `${below}/${entry.name}`
    const path = join(folder, name)
    if (entry.isDirectory()) yield* filesBelow(folder, walk, name)
    else if (!walk.isMeant(name)) continue
    else if (entry.isFile()) yield { path, name }
    else walk.onLeftOut(path)
  }
}

/** What stands at a path. */
export async function kindOf(path: string): Promise<'file' | 'folder' | 'nothing'> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file'
  } catch (error) {
    if (isNothingThere(error)) return 'nothing'
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
  if (!isSafe) throw new UsageError(`expected a key that can be a file's name; ${JSON.stringify(name)} cannot`)
  return join(folder, ...segments)
}
