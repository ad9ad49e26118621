import { randomBytes } from 'node:crypto'
import { parsePrefix } from '@bucket-brigade/core'

/** What one server needs to know. Read once, at the start, from the environment. */
export interface Settings {
  /** `file:./data` or `s3://bucket?…`: see `openDriver` of the core package. */
  readonly bucketUrl: string
  /** Put before every key, for several applications in one bucket. Ends in `/`, or is empty. */
  readonly bucketPrefix: string
  /** Where browsers read objects: scheme, host and path above the keys. */
  readonly bucketPublicUrl: string | undefined
  /** The S3 endpoint that browsers can reach, where it differs from the one that servers use. */
  readonly bucketBrowserEndpoint: string | undefined
  /** The first one signs, all verify. Each has at least 32 bytes. */
  readonly secrets: readonly string[]
  /** The balancer's port; the servers take the next ones. */
  readonly port: number
  /** How many server processes there are. */
  readonly servers: number
  /** How pictures travel: in a form to a server, or straight to the bucket. */
  readonly uploads: 'form' | 'direct'
  /** What the pages speak where a browser asks for no language that they know. */
  readonly language: PageLanguage
  /** Whether a line tells of each avatar that was saved. */
  readonly log: 'on' | 'off'
  /** How many uploads one server takes at the same time; more are refused until one is over. */
  readonly uploadsAtOnce: number
  /** How many crops and saves may be worked on, or wait for it, in one server; more are refused. */
  readonly rendersInLine: number
  /** How long a crop or save may wait for its turn in a server. */
  readonly renderWaitSeconds: number
  /** How long a server that is asked to stop goes on taking requests, so that balancers hear of it first. */
  readonly drainNoticeSeconds: number
}

const PAGE_LANGUAGES = ['en', 'de'] as const
/** A language that the pages speak. */
export type PageLanguage = (typeof PAGE_LANGUAGES)[number]

/** Variables of a process, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>

/** A variable that cannot be used. The message names it, says what was expected and what came. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
}

const MIN_SECRET_BYTES = 32
const MAX_SERVERS = 16
const HIGHEST_PORT = 65_535

/**
 * Reads the environment and checks every variable.
 *
 * @throws SettingsError that names the variable
 */
export function readSettings(env: Environment): Settings {
  const bucketUrl = readBucketUrl(env)
  const servers = readInteger(env, 'SERVERS', { default: 3, min: 1, max: MAX_SERVERS })
  return {
    bucketUrl,
    bucketPrefix: readPrefix(env, 'BUCKET_PREFIX'),
    bucketPublicUrl: readHttpUrl(env, 'BUCKET_PUBLIC_URL'),
    bucketBrowserEndpoint: readHttpUrl(env, 'BUCKET_BROWSER_ENDPOINT'),
    secrets: readSecrets(env),
    port: readInteger(env, 'PORT', { default: 3000, min: 1, max: HIGHEST_PORT - servers }),
    servers,
    uploads: readChoice(env, 'UPLOADS', ['form', 'direct']),
    language: readLanguage(env),
    log: readChoice(env, 'LOG', ['on', 'off']),
    uploadsAtOnce: readInteger(env, 'UPLOADS_AT_ONCE', { default: 128, min: 1, max: 10_000 }),
    rendersInLine: readInteger(env, 'RENDERS_IN_LINE', { default: 128, min: 1, max: 10_000 }),
    renderWaitSeconds: readInteger(env, 'RENDER_WAIT_SECONDS', { default: 10, min: 1, max: 50 }),
    drainNoticeSeconds: readInteger(env, 'DRAIN_NOTICE_SECONDS', { default: 2, min: 0, max: 10 }),
  }
}

/**
 * The environment that all servers share. Where objects lie on this machine's disk nobody has to invent a secret: one is
 * made for this run. Elsewhere servers may start on other machines, which must know the same secret.
 *
 * @throws SettingsError where `BRIGADE_SECRETS` is missing and the bucket is not on disk
 */
export function completeEnvironment(env: Environment): Environment {
  if (textOf(env, 'BRIGADE_SECRETS') !== undefined || !isOnDisk(readBucketUrl(env))) return env
  return { ...env, BRIGADE_SECRETS: randomBytes(MIN_SECRET_BYTES).toString('base64url') }
}

/** True where objects are files of this machine, which a server then serves itself. */
export function isOnDisk(bucketUrl: string): boolean {
  return bucketUrl.startsWith('file:')
}

function readBucketUrl(env: Environment): string {
  const url = textOf(env, 'BUCKET_URL') ?? 'file:./data'
  if (url.startsWith('file:') || url.startsWith('s3:')) return url
  const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(url)?.[0] ?? 'no scheme'
  const hint = scheme === 'memory:' ? '; memory is not shared between server processes' : ''
  throw new SettingsError(
    `BUCKET_URL: expected a file: or s3: URL such as file:./data or s3://my-bucket?region=eu-central-1; received ${scheme}${hint}`,
  )
}

/** Secrets are never shown: the message counts them instead. */
function readSecrets(env: Environment): readonly string[] {
  const text = textOf(env, 'BRIGADE_SECRETS')
  if (text === undefined) {
    throw new SettingsError(
      'BRIGADE_SECRETS: expected one or more secrets, separated by commas, the same on every server; it is not set. Make one with: openssl rand -base64 48',
    )
  }
  const secrets = text.split(',').map((secret) => secret.trim())
  const short = secrets.findIndex((secret) => Buffer.byteLength(secret) < MIN_SECRET_BYTES)
  if (short !== -1) {
    const bytes = Buffer.byteLength(secrets[short] ?? '')
    throw new SettingsError(
      `BRIGADE_SECRETS: expected secrets of at least ${MIN_SECRET_BYTES} bytes; number ${short + 1} has ${bytes}. Make one with: openssl rand -base64 48`,
    )
  }
  return secrets
}

function readPrefix(env: Environment, name: string): string {
  const text = textOf(env, name) ?? ''
  try {
    return parsePrefix(text)
  } catch (error) {
    throw new SettingsError(`${name}: ${error instanceof Error ? error.message : error}`)
  }
}

function readHttpUrl(env: Environment, name: string): string | undefined {
  const text = textOf(env, name)
  if (text === undefined) return undefined
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url && (url.protocol === 'http:' || url.protocol === 'https:') && url.username === '' && url.search === '') {
    return text.replace(/\/+$/, '')
  }
  throw new SettingsError(
    `${name}: expected an http: or https: URL without user and query, such as https://cdn.example.com/avatars; received something else`,
  )
}

/** The first one is the default. */
function readChoice<Choice extends string>(env: Environment, name: string, choices: readonly [Choice, ...Choice[]]) {
  const text = textOf(env, name)
  const chosen = text === undefined ? choices[0] : choices.find((choice) => choice === text)
  if (chosen !== undefined) return chosen
  throw new SettingsError(
    `${name}: expected one of ${choices.join(', ')}; received ${JSON.stringify(text?.slice(0, 40))}`,
  )
}

/** Desktops set this variable too, as in `pt_BR:pt:en`: the first of them that the pages speak. */
function readLanguage(env: Environment): PageLanguage {
  const wanted = (textOf(env, 'LANGUAGE') ?? '').split(':').map((locale) => locale.split(/[-_.]/, 1)[0]?.toLowerCase())
  return wanted.flatMap((tag) => PAGE_LANGUAGES.find((language) => language === tag) ?? [])[0] ?? 'en'
}

export interface IntegerRange {
  readonly default: number
  readonly min: number
  readonly max: number
}

export function readInteger(env: Environment, name: string, range: IntegerRange): number {
  const text = textOf(env, name)
  if (text === undefined) return range.default
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (value >= range.min && value <= range.max) return value
  throw new SettingsError(
    `${name}: expected a whole number from ${range.min} to ${range.max}; received ${JSON.stringify(text.slice(0, 40))}`,
  )
}

/** An empty variable counts as absent: that is how shells and compose files leave one out. */
function textOf(env: Environment, name: string): string | undefined {
  const text = env[name]?.trim()
  return text === '' ? undefined : text
}
