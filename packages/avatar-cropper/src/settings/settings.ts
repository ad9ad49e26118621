import { availableParallelism } from 'node:os'
import { type BucketStore, show } from '@bucket-brigade/core'
import {
  type CheckedLimits,
  checkLimits,
  type ImageLimits,
  OUTPUT_FORMATS,
  type OutputFormat,
} from '@bucket-brigade/images'
import { CropperError } from '../errors.js'
import type { PointerWrites } from '../pointer/write-rules.js'
import { FORMATS } from './formats.js'
import type { BeforeAccept, OnSaved } from './hooks.js'
import { type AvatarLayout, defaultLayout } from './layout.js'

/** An object that should be gone, but that the rights did not allow to remove: left to the lifecycle rule. */
export interface Leftover {
  readonly key: string
  readonly cause: unknown
}

/** What one user may have below `tmp/` at a time. What is past its session's deadline does not count. */
export interface UserLimits {
  /** Sessions that can still be saved, from 1. Default: any number. */
  readonly openSessions?: number | undefined
  /** Bytes of originals and previews, from 1. Default: any number. */
  readonly temporaryBytes?: number | undefined
}

/** What an application says once, the same on every server. */
export interface CropperOptions {
  readonly store: BucketStore
  /** Shared by all servers, at least 32 bytes each. The first signs, all verify: put a new one in front to rotate. */
  readonly secrets: readonly (string | Uint8Array)[]
  /** Edge lengths of the saved pictures in pixels, 1 to 2048, at most 16 of them. */
  readonly edges: readonly number[]
  /** Default `auto`: JPEG, or PNG where there is transparency. */
  readonly format?: 'auto' | OutputFormat | undefined
  /** Further formats of each saved picture, for `<picture>`; best first. Default: none. */
  readonly extraFormats?: readonly OutputFormat[] | undefined
  /** Quality of `format`, 1 to 100. Default, and that of `extraFormats`: what `renderImage` takes for the format. */
  readonly quality?: number | undefined
  /** Edge length of the preview in pixels, 1 to 2048. Default 512. */
  readonly previewEdge?: number | undefined
  /** Largest upload in bytes. Default 20 MiB. */
  readonly maxUploadBytes?: number | undefined
  /** What a picture may be: types, pixels, frames, time. Default: those of `packages/images`. */
  readonly limits?: Omit<ImageLimits, 'signal'> | undefined
  /** From upload to the last save, in seconds, at most 72000 (20 h). Default 7200 (2 h). */
  readonly sessionSeconds?: number | undefined
  /** How long a preview's signed URL works, in seconds, at most 3600. Default 300. */
  readonly previewExpiresInSeconds?: number | undefined
  /** How long an offered direct upload may begin, in seconds, at most 3600. Default 300. */
  readonly offerExpiresInSeconds?: number | undefined
  /** How browsers upload directly. Default `auto`: a form with a size limit where the service has it, else one PUT. */
  readonly directUploads?: 'auto' | 'POST' | 'PUT' | undefined
  /** Pictures that are decoded at the same time in this process, 1 to 1024; others wait. Default: one per processor, with one of libuv's threads to spare. */
  readonly rendersAtOnce?: number | undefined
  /** Longest wait of a picture for its turn, in seconds, 1 to 600; then the step is refused as `overloaded`. Default 10. */
  readonly maxRenderWaitSeconds?: number | undefined
  /** Default `compare-and-swap`. `last-writer-wins` is for services without conditional writes. */
  readonly pointerWrites?: PointerWrites | undefined
  /** Where saved pictures lie. Default: `defaultLayout`. */
  readonly layout?: AvatarLayout | undefined
  /** What one user may have below `tmp/` at a time. Default: any number of sessions and bytes. */
  readonly userLimits?: UserLimits | undefined
  /** Decides about every picture before a token for it is given. Default: all are accepted. */
  readonly beforeAccept?: BeforeAccept | undefined
  /** Told about every save that took effect, before its answer. */
  readonly onSaved?: OnSaved | undefined
  /** How long a hook may take, in seconds, 1 to 600. Default 30. */
  readonly hookTimeoutSeconds?: number | undefined
  /** Told about every object that could not be removed. */
  readonly onLeftover?: ((leftover: Leftover) => void) | undefined
}

/** Every option, checked and filled in. */
export type CropperSettings = Required<Omit<CropperOptions, 'store' | 'secrets' | Unfilled | 'limits'>> &
  Pick<CropperOptions, Unfilled> & { readonly limits: CheckedLimits }

/** Options whose absence means something. */
type Unfilled = 'quality' | 'beforeAccept' | 'onSaved'

/** Pixels. */
export const MAX_EDGE = 2048
const MAX_EDGES = 16
/** All are made from one decoding. */
const MAX_PICTURES = 32
/** Of libuv, where `UV_THREADPOOL_SIZE` says nothing. */
const DEFAULT_THREADS = 4
const MAX_SESSION_SECONDS = 72_000
const MAX_SIGNED_SECONDS = 3600
const POINTER_WRITES = ['compare-and-swap', 'last-writer-wins'] as const
const DIRECT_UPLOADS = ['auto', 'POST', 'PUT'] as const

/** Every name that an option has. */
const OPTIONS: Readonly<Record<keyof CropperOptions, true>> = {
  store: true,
  secrets: true,
  edges: true,
  format: true,
  extraFormats: true,
  quality: true,
  previewEdge: true,
  maxUploadBytes: true,
  limits: true,
  sessionSeconds: true,
  previewExpiresInSeconds: true,
  offerExpiresInSeconds: true,
  directUploads: true,
  rendersAtOnce: true,
  maxRenderWaitSeconds: true,
  pointerWrites: true,
  layout: true,
  userLimits: true,
  beforeAccept: true,
  onSaved: true,
  hookTimeoutSeconds: true,
  onLeftover: true,
}

/** @throws CropperError `invalid-option`, naming the option, what was expected and what came */
export function checkOptions(options: CropperOptions): CropperSettings {
  refuseUnknown('options', options, OPTIONS)
  const edges = checkEdges(options.edges)
  const format = checkChoice('format', options.format ?? 'auto', FORMATS)
  return {
    edges,
    format,
    extraFormats: checkExtraFormats(options.extraFormats ?? [], format, edges),
    quality: options.quality === undefined ? undefined : checkInteger('quality', options.quality, 1, 100),
    previewEdge: checkInteger('previewEdge', options.previewEdge ?? 512, 1, MAX_EDGE),
    maxUploadBytes: checkInteger('maxUploadBytes', options.maxUploadBytes ?? 20 * 1024 ** 2, 1, 1024 ** 3),
    limits: checkImageLimits(options.limits),
    sessionSeconds: checkInteger('sessionSeconds', options.sessionSeconds ?? 7200, 60, MAX_SESSION_SECONDS),
    previewExpiresInSeconds: checkSigned('previewExpiresInSeconds', options.previewExpiresInSeconds),
    offerExpiresInSeconds: checkSigned('offerExpiresInSeconds', options.offerExpiresInSeconds),
    directUploads: checkChoice('directUploads', options.directUploads ?? 'auto', DIRECT_UPLOADS),
    rendersAtOnce: checkInteger('rendersAtOnce', options.rendersAtOnce ?? defaultRendersAtOnce(), 1, 1024),
    maxRenderWaitSeconds: checkInteger('maxRenderWaitSeconds', options.maxRenderWaitSeconds ?? 10, 1, 600),
    pointerWrites: checkChoice('pointerWrites', options.pointerWrites ?? 'compare-and-swap', POINTER_WRITES),
    layout: checkLayoutShape(options.layout ?? defaultLayout),
    userLimits: checkUserLimits(options.userLimits ?? {}),
    beforeAccept: checkHook('beforeAccept', options.beforeAccept),
    onSaved: checkHook('onSaved', options.onSaved),
    hookTimeoutSeconds: checkInteger('hookTimeoutSeconds', options.hookTimeoutSeconds ?? 30, 1, 600),
    onLeftover: checkHook('onLeftover', options.onLeftover) ?? (() => undefined),
  }
}

/**
 * Pictures, files and names of hosts are worked on by the same threads. Where pictures have them all, a health check waits
 * behind pictures for every file that it reads.
 */
function defaultRendersAtOnce(): number {
  const threads = Number(process.env.UV_THREADPOOL_SIZE ?? DEFAULT_THREADS) || DEFAULT_THREADS
  return Math.max(1, Math.min(availableParallelism(), threads - 1))
}

function checkImageLimits(limits: CropperOptions['limits']): CheckedLimits {
  try {
    return checkLimits(limits)
  } catch (cause) {
    throw new CropperError('invalid-option', `limits: ${cause instanceof Error ? cause.message : cause}`, { cause })
  }
}

/** Largest first, so that every record lists its pictures in the same order. */
function checkEdges(edges: readonly number[]): readonly number[] {
  if (!Array.isArray(edges) || edges.length === 0 || edges.length > MAX_EDGES) {
    const came = Array.isArray(edges) ? `${edges.length} lengths` : show(edges)
    throw new CropperError(
      'invalid-option',
      `expected edges to be a list of 1 to ${MAX_EDGES} lengths; received ${came}`,
    )
  }
  edges.forEach((edge, index) => {
    checkInteger(`edges[${index}]`, edge, 1, MAX_EDGE)
  })
  if (new Set(edges).size < edges.length) {
    throw new CropperError('invalid-option', `expected edges to differ from each other; received ${edges.join(', ')}`)
  }
  return edges.toSorted((a, b) => b - a)
}

/** `auto` becomes JPEG or PNG, so that these two would then be the same picture twice. */
function checkExtraFormats(
  extra: readonly OutputFormat[],
  format: CropperSettings['format'],
  edges: readonly number[],
): readonly OutputFormat[] {
  const main: readonly string[] = format === 'auto' ? ['jpeg', 'png'] : [format]
  const choices = OUTPUT_FORMATS.filter((known) => !main.includes(known))
  if (!Array.isArray(extra) || new Set(extra).size < extra.length) {
    const came = Array.isArray(extra) ? extra.map(show).join(', ') : show(extra)
    throw new CropperError(
      'invalid-option',
      `expected extraFormats to be a list of different formats; received ${came}`,
    )
  }
  for (const each of extra) checkChoice('each of extraFormats', each, choices)
  const pictures = edges.length * (extra.length + 1)
  if (pictures <= MAX_PICTURES) return [...extra]
  throw new CropperError(
    'invalid-option',
    `expected edges times formats to be at most ${MAX_PICTURES} pictures; received ${pictures}`,
  )
}

/** What a misspelt name would have changed stays as it is, and nobody notices. */
function refuseUnknown<T extends object>(name: string, given: T, known: Readonly<Record<keyof T, true>>): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new CropperError('invalid-option', `expected ${name} to be an object; received ${show(given)}`)
  }
  const unknown = Object.keys(given).find((each) => !Object.hasOwn(known, each))
  if (unknown === undefined) return
  throw new CropperError(
    'invalid-option',
    `expected names in ${name} to be ${Object.keys(known).join(', ')}; received ${show(unknown)}`,
  )
}

/** What it makes of users and pictures is tried once the edges are known. */
function checkLayoutShape(layout: AvatarLayout): AvatarLayout {
  if (typeof layout?.key === 'function' && typeof layout.userPrefix === 'function') return layout
  throw new CropperError(
    'invalid-option',
    `expected layout to have the functions key and userPrefix; received ${show(layout)}`,
  )
}

function checkUserLimits(limits: UserLimits): UserLimits {
  refuseUnknown('userLimits', limits, { openSessions: true, temporaryBytes: true })
  const { openSessions, temporaryBytes } = limits
  const check = (name: string, value: number | undefined) =>
    value === undefined ? undefined : checkInteger(`userLimits.${name}`, value, 1, Number.MAX_SAFE_INTEGER)
  return {
    openSessions: check('openSessions', openSessions),
    temporaryBytes: check('temporaryBytes', temporaryBytes),
  }
}

function checkHook<T>(name: string, hook: T | undefined): T | undefined {
  if (hook === undefined || typeof hook === 'function') return hook
  throw new CropperError('invalid-option', `expected ${name} to be a function; received ${show(hook)}`)
}

function checkSigned(name: string, seconds = 300): number {
  return checkInteger(name, seconds, 1, MAX_SIGNED_SECONDS)
}

function checkInteger(name: string, value: number, min: number, max: number): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value
  throw new CropperError(
    'invalid-option',
    `expected ${name} to be an integer from ${min} to ${max}; received ${show(value)}`,
  )
}

function checkChoice<T extends string>(name: string, value: T, choices: readonly T[]): T {
  if (choices.includes(value)) return value
  throw new CropperError(
    'invalid-option',
    `expected ${name} to be ${choices.map(show).join(', ')}; received ${show(value)}`,
  )
}
