/**
 * What must never be printed, and where it was: `npm test` looks through everything that vitest and the processes of its tests have
 * printed. A finding names the place and the kind of secret, never the secret.
 */
import { appendFileSync, createReadStream, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** Names the folder in which a run collects what it has to look through. Unset: nothing is collected. */
export const FOLDER_VARIABLE = 'BRIGADE_PRINTED_FOLDER'

/** Beyond that a line is no text for people: its rest counts as the next line. */
const LONGEST_LINE = 64 * 1024

/**
 * Each matches with enough of the value that the bare name, as documentation and messages use it, is none.
 *
 * @type {readonly { readonly kind: string, readonly finds: RegExp }[]}
 */
const KINDS = [
  { kind: 'a signed token (JWT)', finds: /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{16,}/ },
  {
    kind: 'part of a presigned request (X-Amz-…)',
    finds: /\bX-Amz-(?:Signature|Credential|Security-Token)["']?\s*[:=]\s*["']?[\w%/+.-]{16,}/i,
  },
  { kind: 'the signature of a request', finds: /\bSignature=[0-9a-f]{64}\b/i },
  { kind: 'a POST policy', finds: /\bpolicy["']?(?:\s*[:=]\s*|\s+value=)["']?eyJ[\w+/=-]{20,}/i },
  { kind: 'a signature of the disk driver', finds: /\bx-brigade-signature["']?\s*[:=]\s*["']?[\w%-]{16,}/i },
  { kind: 'the cookie of a sign-in', finds: /\bbrigade_user=[\w-]+\.\d+\.[\w-]{16,}/ },
  { kind: 'a password in an address', finds: /\bhttps?:\/\/[^\s/?#@"'<>]+:[^\s/?#@"'<>]+@/i },
  // Its first line, or all of it in one line; who warns of such a line may quote it.
  { kind: 'a private key', finds: /^-----BEGIN [A-Z ]*PRIVATE KEY-----\s*$|PRIVATE KEY-----(?:\\n|\s)*[\w+/]{16}/ },
  { kind: 'a secret of the tests', finds: /\b(?:an?|first|second)-(?:[a-z]+-)?secret-(?:of|that)-[a-z0-9]/ },
  { kind: 'a secret of the tests', finds: /\ba secret of (?:(?:at least )?thirty-two bytes|these tests that)/ },
  { kind: 'a secret key of the tests', finds: /\bwJalrXUtnFE[M]I\/K7MDENG|\bsecret-of-the-exampl[e]\b/ },
]

/** Variables whose values are secrets, several of them parted by commas. */
const SECRET_VARIABLE = /SECRET|TOKEN|PASSWORD/

/**
 * The secrets in an environment. What is short or nearly one character is left out: it is found everywhere.
 *
 * @param {Readonly<Record<string, string | undefined>>} env
 * @returns {string[]}
 */
export function secretsOf(env) {
  const values = Object.entries(env).flatMap(([name, value]) =>
    SECRET_VARIABLE.test(name) ? (value ?? '').split(',') : [],
  )
  return values.map((value) => value.trim()).filter((value) => value.length >= 12 && new Set(value).size >= 6)
}

/**
 * The kinds of secrets in a line.
 *
 * @param {string} line
 * @param {Iterable<string>} [values] secrets that are known to the letter
 * @returns {string[]}
 */
export function secretsIn(line, values = []) {
  const kinds = new Set(KINDS.filter(({ finds }) => finds.test(line)).map(({ kind }) => kind))
  for (const value of values) if (line.includes(value)) kinds.add('a secret from the environment')
  return [...kinds]
}

/** Cuts what comes in chunks into lines. */
export class Lines {
  #rest = ''
  count = 0

  /**
   * @param {string} text
   * @returns {string[]} lines that are complete now
   */
  add(text) {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop() ?? ''
    if (this.#rest.length > LONGEST_LINE) lines.push(this.end())
    this.count += lines.length
    return lines
  }

  /** What came behind the last line end. */
  end() {
    const rest = this.#rest
    this.#rest = ''
    return rest
  }
}

/** @typedef {{ readonly where: string, readonly kind: string }} Finding */

/** What a run has printed: collected in a folder, by several processes at once, and looked through at its end. */
export class PrintedRun {
  /** @param {string} folder private to this user, as it holds secrets until the run is over */
  constructor(folder) {
    this.folder = folder
    this.log = join(folder, 'printed.log')
    this.findingsFile = join(folder, 'findings.jsonl')
    this.secretsFile = join(folder, 'secrets.jsonl')
    this.countsFile = join(folder, 'counts.jsonl')
  }

  /** @param {Uint8Array | string} chunk of what the run itself prints */
  addPrinted(chunk) {
    appendFileSync(this.log, chunk)
  }

  /** @param {Finding} finding in what a process of the tests has printed */
  addFinding(finding) {
    appendFileSync(this.findingsFile, `${JSON.stringify(finding)}\n`)
  }

  /** @param {number} lines that a process of the tests has printed */
  addCount(lines) {
    appendFileSync(this.countsFile, `${lines}\n`)
  }

  /** @param {readonly string[]} secrets that a process of the tests was given */
  addSecrets(secrets) {
    for (const secret of secrets) appendFileSync(this.secretsFile, `${JSON.stringify(secret)}\n`, { mode: 0o600 })
  }

  /** @returns {Promise<{ readonly findings: readonly Finding[], readonly lines: number, readonly childLines: number }>} */
  async lookThrough() {
    const secrets = new Set(this.#read(this.secretsFile))
    /** @type {Finding[]} */
    const findings = this.#read(this.findingsFile)
    let lines = 0
    if (existsSync(this.log)) {
      for await (const line of createInterface({ input: createReadStream(this.log) })) {
        lines += 1
        for (const kind of secretsIn(line, secrets)) findings.push({ where: `the test run, line ${lines}`, kind })
      }
    }
    const childLines = this.#read(this.countsFile).reduce((sum, count) => sum + count, 0)
    return { findings, lines, childLines }
  }

  /**
   * @param {string} file
   * @returns {any[]}
   */
  #read(file) {
    if (!existsSync(file)) return []
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line))
  }
}
