/**
 * Makes a checkout ready to run: installs what package-lock.json names, when it is not there yet, and builds what changed.
 * Plain Node: it has to work on a fresh clone.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isProgram, mustRunChild, nodeModule, ROOT } from './child.mjs'

const OLDEST = { major: 20, minor: 19 }
/** Errors only: a client of others that the tests drive in a browser claims a newer Node, which does not matter there. */
const QUIETLY = ['--no-audit', '--no-fund', '--loglevel=error']

export async function prepare() {
  checkNode()
  const installed = packagesOf('node_modules/.package-lock.json')
  if (installed === undefined) {
    console.log('Installing what package-lock.json names with "npm ci" (there is no node_modules yet)')
    await mustRunChild('npm', ['ci', ...QUIETLY])
  } else {
    await updateModules(installed)
  }
  console.log('Building what changed with "tsc --build"')
  await mustRunChild(process.execPath, [nodeModule('typescript/bin/tsc'), '--build'])
  // After the installation, which brings what it needs.
  await mustRunChild(process.execPath, [join(ROOT, 'tools/bundle.mjs')])
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor)) return
  const { node } = process.versions
  console.error(`Expected Node ${OLDEST.major}.${OLDEST.minor} or newer; this is ${node}. See https://nodejs.org`)
  process.exit(1)
}

/**
 * Compares what npm wrote down about node_modules with the lockfile; times would lie after a checkout. "npm install" keeps what is
 * right, where "npm ci" would take node_modules away from whoever is using it.
 *
 * @param {Packages} installed
 */
async function updateModules(installed) {
  const wanted = packagesOf('package-lock.json') ?? {}
  const stale = Object.entries(wanted).find(([path, entry]) => {
    const isNeeded = path.includes('node_modules/') && !entry.optional && !entry.devOptional
    return isNeeded && installed[path]?.version !== entry.version
  })
  if (stale === undefined) return
  console.log(`Updating node_modules with "npm install" (${stale[0]} is not the one that package-lock.json names)`)
  await mustRunChild('npm', ['install', ...QUIETLY])
}

/** @typedef {Record<string, { version?: string, optional?: boolean, devOptional?: boolean }>} Packages */

/**
 * @param {string} lockfile
 * @returns {Packages | undefined} undefined where there is no such file
 */
function packagesOf(lockfile) {
  try {
    return JSON.parse(readFileSync(join(ROOT, lockfile), 'utf8')).packages
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

if (isProgram(import.meta.url)) await prepare()
