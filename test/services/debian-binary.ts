import { accessSync, constants } from 'node:fs'
import path from 'node:path'
import packages from './debian-packages.json' with { type: 'json' }

/** Debian's own folders first: a version manager may have put a program of the same name into the PATH. */
const FOLDERS = ['/usr/sbin', '/usr/bin', '/sbin', ...(process.env.PATH ?? '').split(path.delimiter)]

/** The full path of a program of a Debian package. A missing one fails with the line that cures it. */
export function debianBinary(name: string): string {
  const found = FOLDERS.filter((folder) => folder !== '')
    .map((folder) => path.join(folder, name))
    .find(isExecutable)
  if (found !== undefined) return found
  throw new Error(
    `expected the program "${name}" for tests against real services; it is not installed. ` +
      `Cure, on Debian: apt-get install --no-install-recommends ${packages.join(' ')}`,
  )
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
