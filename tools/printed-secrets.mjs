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
 * What may stand between a name and its value: in addresses and headers, also encoded ones, in JSON, also in JSON in a string, in
 * what `inspect` makes of maps and lists, and in the fields of a form.
 */
const IS = String.raw`(?:\\*["']|&quot;|%22)?(?:\s*(?:=>|[:=]|%3[ad])\s*|["'],\s*|\s+value=)(?:\\*["']|&quot;|%22)?`

/**
 * Each matches with enough of the value that the bare name, as documentation and messages use it, is none.
 *
 * @type {readonly { readonly kind: string, readonly finds: RegExp }[]}
 */
const KINDS = [
  { kind: 'a signed token (JWT)', finds: /eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{16,}/ },
  {
    kind: 'part of a presigned request (X-Amz-…)',
    finds: new RegExp(String.raw`\bX-Amz-(?:Signature|Credential|Security-Token)${IS}(?!X-Amz-)[\w%/+.-]{16,}`, 'i'),
  },
  { kind: 'the signature of a request', finds: /\bSignature(?:=|%3D)[0-9a-f]{64}\b/i },
  { kind: 'a POST policy', finds: new RegExp(String.raw`\bpolicy${IS}eyJ[\w+/=-]{20,}`, 'i') },
  { kind: 'a signature of the disk driver', finds: new RegExp(String.raw`\bx-brigade-signature${IS}[\w%-]{16,}`, 'i') },
  // Who it is, until when, and 32 bytes of a signature, whatever stands before them.
  { kind: 'the cookie of a sign-in', finds: /[\w-]{2,}\.\d{10}\.[\w-]{43}(?![\w-])/ },
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
  for (const value of values) {
    if (spellingsOf(value).some((spelling) => line.includes(spelling))) kinds.add('a secret from the environment')
  }
  return [...kinds]
}

/** @type {Map<string, readonly string[]>} */
const spellings = new Map()

/**
 * A secret as it is, in an address, and as bytes: encoded by itself, and as `inspect` and JSON show a buffer. Of bytes, the first
 * ones tell enough.
 *
 * @param {string} secret
 * @returns {readonly string[]}
 */
function spellingsOf(secret) {
  const known = spellings.get(secret)
  if (known) return known
  const bytes = Buffer.from(secret)
  const first = bytes.subarray(0, 12)
  const found = [
    secret,
    encodeURIComponent(secret),
    // The last characters depend on what comes behind.
    bytes.toString('base64url').slice(0, 16),
    bytes.toString('base64').slice(0, 16),
    first.toString('hex'),
    [...first].map((byte) => byte.toString(16).padStart(2, '0')).join(' '),
    [...first].join(','),
    [...first].join(', '),
  ]
  spellings.set(secret, found)
  return found
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
