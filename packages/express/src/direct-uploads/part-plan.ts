import type { UploadedPart } from '@bucket-brigade/core'
import { invalidRequest } from '../forms/form-problems.js'
import { MAX_PARTS, MIN_PART_BYTES } from './upload-options.js'
import { outOfOrder, tooLarge } from './upload-problems.js'
import type { UploadTicket } from './upload-ticket.js'

const MEBIBYTE = 1024 ** 2

/** Bytes of a part for a file of this size: as configured, or what keeps the parts at 10 000. */
export function partBytesFor(bytes: number, configured: number): number {
  const needed = Math.ceil(bytes / MAX_PARTS / MEBIBYTE) * MEBIBYTE
  return Math.max(configured, needed)
}

/**
 * The length that a part must have, or `any` where the client cuts the file as it likes.
 *
 * @throws HttpProblem `invalid-request` for a number that the file does not have; `file-too-large` where a file with that
 *   many parts would be larger than allowed
 */
export function partLength(ticket: UploadTicket, partNumber: number, maxBytes: number): number | 'any' {
  const { bytes = maxBytes, multipart } = ticket
  const partBytes = multipart?.partBytes
  // Services want 5 MiB in every part but the last.
  const count = Math.min(MAX_PARTS, Math.ceil(bytes / (partBytes ?? MIN_PART_BYTES)))
  if (partNumber > count) {
    if (partBytes === undefined) throw tooLarge(bytes)
    throw invalidRequest(`expected a part from 1 to ${count}, as this file has; received ${partNumber}`)
  }
  return partBytes === undefined ? 'any' : Math.min(partBytes, bytes - (partNumber - 1) * partBytes)
}

/**
 * Checks, before an upload is completed, that the parts which arrived are the whole file and nothing else.
 *
 * @param named What the client believes to have sent; it may be absent.
 * @throws HttpProblem `step-out-of-order` where parts are still missing or others than named: the client may go on
 */
export function checkParts(
  ticket: UploadTicket,
  arrived: readonly UploadedPart[],
  named: readonly NamedPart[] | undefined,
): void {
  const missing = missingNumbers(ticket, arrived)
  if (missing.length > 0) {
    throw outOfOrder(`Not all parts have arrived: send part ${missing.slice(0, 20).join(', ')}, then complete.`)
  }
  if (named === undefined) return
  const etags = new Map(arrived.map(({ partNumber, etag }) => [partNumber, bare(etag)]))
  const other = named.find(({ partNumber, etag }) => etags.get(partNumber) !== bare(etag))
  if (other !== undefined) {
    throw outOfOrder(`Part ${other.partNumber} with this ETag is not what arrived: send it again, then complete.`)
  }
  if (new Set(named.map(({ partNumber }) => partNumber)).size !== arrived.length) {
    throw outOfOrder(`Expected each of the ${arrived.length} parts that arrived to be named once.`)
  }
}

/** A part as a client names it. */
export interface NamedPart {
  readonly partNumber: number
  /** With or without quotes. */
  readonly etag: string
}

function missingNumbers({ bytes, multipart }: UploadTicket, arrived: readonly UploadedPart[]): number[] {
  const there = new Set(arrived.map(({ partNumber }) => partNumber))
  const partBytes = multipart?.partBytes
  const known = bytes === undefined || partBytes === undefined ? 1 : Math.ceil(bytes / partBytes)
  const count = Math.max(known, ...there)
  return Array.from({ length: count }, (_, index) => index + 1).filter((number) => !there.has(number))
}

function bare(etag: string): string {
  return etag.replace(/^"|"$/g, '')
}
