/**
 * Makes a checkout ready to run: installs what package-lock.json names, when it is not there yet, and builds what changed.
 * Plain Node: it has to work on a fresh clone.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isProgram, mustRunChild, nodeModule, ROOT } from './child.mjs'

const OLDEST_NODE = [20, 19]

export async function prepare() {
  checkNode()
  const missing = whatIsMissing()
  if (missing !== undefined) {
    console.log(`Installing what package-lock.json names with "npm ci" (${missing})`)
    await mustRunChild('npm', ['ci', '--no-audit', '--no-fund'])
  }
  console.log('Building what changed with "tsc --build"')
  await mustRunChild(process.execPath, [nodeModule('typescript/bin/tsc'), '--build'])
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const [oldestMajor, oldestMinor] = OLDEST_NODE
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return
  console.error(
    `Expected Node ${OLDEST_NODE.join('.')} or newer; this is ${process.versions.node}. See https://nodejs.org`,
  )
  process.exit(1)
}

/** Compares what npm wrote down about node_modules with the lockfile; times would lie after a checkout. */
function whatIsMissing() {
  const wanted = packagesOf('package-lock.json') ?? {}
  const installed = packagesOf('node_modules/.package-lock.json')
  if (installed === undefined) return 'there is no node_modules yet'
  const stale = Object.entries(wanted).find(([path, entry]) => {
    const isNeeded = path.startsWith('node_modules/') && !entry.optional && !entry.devOptional
    return isNeeded && installed[path]?.version !== entry.version
  })
  return stale && `${stale[0]} is not the one that it names`
}

/**
 * @param {string} lockfile
 * @returns {Record<string, { version?: string, optional?: boolean, devOptional?: boolean }> | undefined}
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
