/**
 * Looks through what processes print whose output the tests read themselves, so that it never reaches the terminal. Loaded into the
 * processes of vitest by vitest.config.ts, where `npm test` asks for it; what the tests see stays as it is.
 */
import { ChildProcess } from 'node:child_process'
import { basename } from 'node:path'
import { FOLDER_VARIABLE, Lines, PrintedRun, secretsIn, secretsOf } from './printed-secrets.mjs'

/**
 * Programs whose answer is a secret that was asked for. Each has a reason; what they print to stderr is looked through all the same.
 *
 * @type {readonly { readonly command: RegExp, readonly why: string }[]}
 */
const ANSWERS_ARE_SECRETS = [
  { command: /\bradosgw-admin\b/, why: 'makes the keys of the tests’ users, and shows them to the test alone' },
]

const folder = process.env[FOLDER_VARIABLE]
if (folder !== undefined) watchChildren(new PrintedRun(folder))

/** @typedef {{ readonly envPairs?: readonly string[] }} Spawned */

/** @param {PrintedRun} run */
function watchChildren(run) {
  /** @type {Set<string>} */
  const secrets = new Set()
  // What every way to start a process comes to; Node's types leave it out.
  const prototype = /** @type {{ spawn(options: Spawned): unknown }} */ (
    /** @type {unknown} */ (ChildProcess.prototype)
  )
  const { spawn } = prototype
  /**
   * @this {ChildProcess}
   * @param {Spawned} options
   */
  prototype.spawn = function (options) {
    const fresh = secretsOf(environmentOf(options.envPairs ?? [])).filter((secret) => !secrets.has(secret))
    for (const secret of fresh) secrets.add(secret)
    run.addSecrets(fresh)
    const result = spawn.call(this, options)
    const command = nameOf(this)
    if (!ANSWERS_ARE_SECRETS.some((known) => known.command.test(command))) watch(this.stdout, `${command}, stdout`)
    watch(this.stderr, `${command}, stderr`)
    return result
  }

  /**
   * @param {import('node:stream').Readable | null | undefined} stream
   * @param {string} name
   */
  function watch(stream, name) {
    if (!stream) return
    const lines = new Lines()
    const report = (/** @type {string} */ line, /** @type {number} */ number) => {
      for (const kind of secretsIn(line, secrets)) run.addFinding({ where: `${name}, line ${number}`, kind })
    }
    // A listener would set it flowing before its reader is there.
    const push = stream.push.bind(stream)
    stream.push = (chunk, encoding) => {
      if (chunk !== null) {
        const complete = lines.add(Buffer.from(chunk).toString('latin1'))
        for (const [index, line] of complete.entries()) report(line, lines.count - complete.length + index + 1)
      }
      return push(chunk, encoding)
    }
    stream.once('close', () => {
      report(lines.end(), lines.count + 1)
      run.addCount(lines.count)
    })
  }
}

/** @param {readonly string[]} pairs */
function environmentOf(pairs) {
  return Object.fromEntries(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]))
}

/**
 * The program and the files that it was given: no other arguments, which may be secrets themselves.
 *
 * @param {ChildProcess} child
 */
function nameOf({ spawnfile, spawnargs }) {
  const files = spawnargs
    .slice(1)
    .filter((arg) => /^[\w./@-]+\.(?:m?js|ts|sh)$/.test(arg) || /^\/\S+\/[\w.-]+$/.test(arg))
  return [spawnfile, ...files].map((file) => basename(file)).join(' ')
}
