import { spawn } from 'node:child_process'
import { realpathSync } from 'node:fs'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'

/** The root of the checkout; every tool works from there. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** Who is gone prints no more; a process of its own that outlives it would keep its outputs open. */
const LAST_WORDS_MS = 5_000

/**
 * Runs a program in the checkout, sharing this terminal, and passes on the signals that ask it to stop.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ readonly env?: Readonly<Record<string, string>>, readonly onPrint?: (chunk: Buffer) => void }} [options]
 *   `onPrint` hears everything that it prints, which is then no terminal to it.
 * @returns {Promise<number>} its exit code; 128 + signal number if a signal ended it, as shells say
 */
export function runChild(program, args, options = {}) {
  const { onPrint, env } = options
  const output = onPrint ? 'pipe' : 'inherit'
  const child = spawn(program, args, { cwd: ROOT, stdio: ['inherit', output, output], env: { ...process.env, ...env } })
  for (const [from, to] of /** @type {const} */ ([
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ])) {
    from?.on('data', (chunk) => {
      to.write(chunk)
      onPrint?.(chunk)
    })
    child.once('exit', () => setTimeout(() => from?.destroy(), LAST_WORDS_MS).unref())
  }
  const passOn = (/** @type {NodeJS.Signals} */ signal) => {
    // A terminal sends Ctrl-C to the child as well: once is enough.
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
  }
  const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])
  for (const signal of signals) process.on(signal, passOn)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      for (const name of signals) process.off(name, passOn)
      resolve(code ?? 128 + constants.signals[/** @type {NodeJS.Signals} */ (signal)])
    })
  })
}

/**
 * Runs a program that has to succeed: when it does not, this process ends with the same exit code.
 *
 * @param {string} program
 * @param {readonly string[]} args
 */
export async function mustRunChild(program, args) {
  const exitCode = await runChild(program, args)
  if (exitCode === 0) return
  console.error(`${[program, ...args].join(' ')} ended with exit code ${exitCode}`)
  process.exit(exitCode)
}

/**
 * A tool of node_modules, to be run by this very Node.
 *
 * @param {string} path for example `typescript/bin/tsc`
 */
export function nodeModule(path) {
  return fileURLToPath(new URL(`../node_modules/${path}`, import.meta.url))
}

/**
 * True in the module that was named on the command line.
 *
 * @param {string} moduleUrl `import.meta.url`
 */
export function isProgram(moduleUrl) {
  return process.argv[1] !== undefined && fileURLToPath(moduleUrl) === realpathSync(process.argv[1])
}
