import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { ROOT } from './child.mjs'

const LIST = 'test/services/debian-packages.json'

/**
 * Installs the Debian packages that the service tests need and that are not there yet, once somebody agreed to it.
 *
 * @param {'ask' | 'agreed'} consent `agreed` where --yes or CI already answered
 * @returns {Promise<'ready' | 'refused'>} refused also when the installation failed; why is on the terminal
 */
export async function installDebianPackages(consent) {
  /** @type {readonly string[]} */
  const needed = JSON.parse(readFileSync(join(ROOT, LIST), 'utf8'))
  const missing = needed.filter((name) => !isInstalled(name))
  if (missing.length === 0) return 'ready'
  const command = ['apt-get', 'install', '--yes', '--no-install-recommends', ...missing]
  if (spawnSync('apt-get', ['--version']).error) {
    console.error(`The service tests need these Debian packages (${LIST}), and there is no apt-get here:`)
    console.error(`  ${missing.join(' ')}`)
    return 'refused'
  }
  console.log('The service tests need Debian packages that are not installed. This will run, as root:')
  console.log(`  ${command.join(' ')}`)
  if (consent === 'ask' && !(await isAgreed())) return 'refused'
  return install(command, missing)
}

/** @param {string} name */
function isInstalled(name) {
  const { stdout } = spawnSync('dpkg-query', ['--status', name], { encoding: 'utf8' })
  return stdout?.includes('\nStatus: install ok installed\n') ?? false
}

async function isAgreed() {
  if (!process.stdin.isTTY) {
    console.error('Nobody is here to answer; say --yes to agree.')
    return false
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  const answer = await terminal.question('Go on? [y/N] ')
  terminal.close()
  return /^y(es)?$/i.test(answer.trim())
}

/**
 * @param {readonly string[]} command
 * @param {readonly string[]} packages
 */
function install(command, packages) {
  // A machine that never ran "apt-get update" doesn't know the packages; one that did needs no second time.
  const isKnown = packages.every((name) => spawnSync('apt-cache', ['show', name]).status === 0)
  if (!isKnown && runAsRoot(['apt-get', 'update']) !== 0) return 'refused'
  return runAsRoot(command) === 0 ? 'ready' : 'refused'
}

/** @param {readonly string[]} command */
function runAsRoot(command) {
  const isRoot = process.getuid?.() === 0
  const [program = '', ...args] = isRoot
    ? ['env', 'DEBIAN_FRONTEND=noninteractive', ...command]
    : ['sudo', 'env', 'DEBIAN_FRONTEND=noninteractive', ...command]
  const { status, error } = spawnSync(program, args, { stdio: 'inherit' })
  if (status !== 0) console.error(`${command.join(' ')} failed: ${error?.message ?? `exit code ${status}`}`)
  return status ?? 1
}
