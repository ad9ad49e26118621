import { createHash } from 'node:crypto'
import { DriverError, type StoreErrorCode, show } from '../../errors.js'
import { checkInteger, checkOneOf } from '../../values/option-checks.js'

/** A call of a driver that makes a request. */
export type FaultOperation =
  | 'get'
  | 'head'
  | 'put'
  | 'copy'
  | 'delete'
  | 'deleteMany'
  | 'list'
  | 'createMultipart'
  | 'uploadPart'
  | 'completeMultipart'
  | 'abortMultipart'
  | 'listParts'
  | 'listMultipart'

/** What goes wrong with a call. */
export type Fault =
  /** It fails, and nothing happened. `code` is `unavailable` where none is named. */
  | { readonly kind: 'refuse'; readonly code?: StoreErrorCode | undefined }
  /** It happens, and then fails: `outcome-unknown` of a conditional write, else `unavailable`. */
  | { readonly kind: 'lose-reply' }
  /** It begins later. */
  | { readonly kind: 'delay'; readonly milliseconds: number }
  /** Its body breaks off: what is read fails after so many bytes, what is written is not stored. */
  | { readonly kind: 'truncate'; readonly afterBytes: number }
  /** Its body comes or goes in so small pieces, one at a time. */
  | { readonly kind: 'drip'; readonly chunkBytes: number; readonly everyMilliseconds: number }
  /** It never ends, but with its signal or the driver's `close`. */
  | { readonly kind: 'hang' }

/** Which calls a fault is for. */
export interface FaultTarget {
  /** Default: all that the fault can befall. */
  readonly operations?: readonly FaultOperation[] | undefined
  /** Keys that begin so, the store's `prefix` included; of a listing its prefix, of a copy the target. Default: all. */
  readonly keyPrefix?: string | undefined
}

/** A fault at one call, or at every one. */
export interface FaultRule extends FaultTarget {
  /** Which of the calls that the rule is for, from 1. Default: every one. */
  readonly nth?: number | undefined
  readonly fault: Fault
}

/** Faults now and then. */
export interface RandomFaults extends FaultTarget {
  /** The same calls of the same keys get the same faults, in whatever order they come. An integer from 0. */
  readonly seed: number
  /** Of how many calls one goes wrong: 0.1 is one in ten. */
  readonly rate: number
  /** One of these, by lot. Those with a body befall only calls that have one. */
  readonly faults: readonly Fault[]
}

/** What goes wrong, and when. The first rule that is for a call decides; random faults are for the rest. */
export interface FaultPlan {
  readonly rules?: readonly FaultRule[] | undefined
  readonly random?: RandomFaults | undefined
}

/** A fault that happened. */
export interface FaultReport {
  readonly operation: FaultOperation
  readonly key: string
  readonly fault: Fault
}

const OBJECT_OPERATIONS: readonly FaultOperation[] = ['get', 'head', 'put', 'copy', 'delete', 'deleteMany', 'list']
const MULTIPART_OPERATIONS: readonly FaultOperation[] = [
  ...(['createMultipart', 'uploadPart', 'completeMultipart', 'abortMultipart', 'listParts', 'listMultipart'] as const),
]
const OPERATIONS = [...OBJECT_OPERATIONS, ...MULTIPART_OPERATIONS]
const WITH_BODY: readonly FaultOperation[] = ['get', 'put', 'uploadPart']
const KINDS = ['refuse', 'lose-reply', 'delay', 'truncate', 'drip', 'hang'] as const

/** Decides what goes wrong, call by call. */
export class FaultPlanner {
  readonly #rules: readonly FaultRule[]
  readonly #random: RandomFaults | undefined
  /** How many calls each rule was for so far. */
  readonly #counts: number[]
  /** How often each operation was called for each key. */
  readonly #calls = new Map<string, number>()

  /** @throws DriverError `invalid-argument` where the plan is none */
  constructor({ rules = [], random }: FaultPlan) {
    this.#rules = rules
    this.#random = random
    this.#counts = rules.map(() => 0)
    for (const [index, rule] of rules.entries()) checkRule(`rules[${index}]`, rule)
    if (random) checkRandom(random)
  }

  /** @param keys What the call is about; only a bulk request has more than one, or none. */
  faultOf(operation: FaultOperation, keys: readonly string[]): FaultReport | undefined {
    const planned = this.#planned(operation, keys)
    return planned ?? this.#drawn(operation, keys)
  }

  #planned(operation: FaultOperation, keys: readonly string[]): FaultReport | undefined {
    let planned: FaultReport | undefined
    for (const [index, rule] of this.#rules.entries()) {
      const key = keyInReach(operation, keys, rule, rule.fault)
      if (key === undefined) continue
      const count = (this.#counts[index] ?? 0) + 1
      this.#counts[index] = count
      if (rule.nth === undefined || rule.nth === count) planned ??= { operation, key, fault: rule.fault }
    }
    return planned
  }

  #drawn(operation: FaultOperation, keys: readonly string[]): FaultReport | undefined {
    if (!this.#random) return undefined
    const { seed, rate, faults } = this.#random
    const name = JSON.stringify([seed, operation, keys])
    const count = (this.#calls.get(name) ?? 0) + 1
    this.#calls.set(name, count)
    // By a digest, and not by the next number of a row: calls overlap, and come in another order each time.
    const digest = createHash('sha256').update(`${name} ${count}`).digest()
    if (digest.readUInt32BE(0) / 2 ** 32 >= rate) return undefined
    const fault = faults[digest.readUInt32BE(4) % faults.length]
    const key = fault && keyInReach(operation, keys, this.#random, fault)
    return fault && key !== undefined ? { operation, key, fault } : undefined
  }
}

function keyInReach(
  operation: FaultOperation,
  keys: readonly string[],
  { operations, keyPrefix = '' }: FaultTarget,
  { kind }: Fault,
): string | undefined {
  if (operations && !operations.includes(operation)) return undefined
  if ((kind === 'truncate' || kind === 'drip') && !WITH_BODY.includes(operation)) return undefined
  return keys.find((key) => key.startsWith(keyPrefix))
}

function checkRule(name: string, rule: FaultRule): void {
  checkTarget(name, rule)
  if (rule.nth !== undefined) checkInteger(`${name}.nth`, rule.nth, 1, Number.MAX_SAFE_INTEGER)
  checkFault(`${name}.fault`, rule.fault)
}

function checkRandom(random: RandomFaults): void {
  const { seed, rate, faults } = random
  checkTarget('random', random)
  checkInteger('random.seed', seed, 0, Number.MAX_SAFE_INTEGER)
  if (!(rate >= 0 && rate <= 1)) throw refuse(`expected random.rate to be a number from 0 to 1; received ${show(rate)}`)
  if (faults.length === 0) throw refuse('expected random.faults to hold at least one fault')
  for (const [index, fault] of faults.entries()) checkFault(`random.faults[${index}]`, fault)
}

function checkTarget(name: string, { operations = [] }: FaultTarget): void {
  for (const operation of operations) checkOneOf(`each of ${name}.operations`, operation, OPERATIONS)
}

function checkFault(name: string, fault: Fault): void {
  checkOneOf(`${name}.kind`, fault.kind, KINDS)
  if (fault.kind === 'delay') checkInteger(`${name}.milliseconds`, fault.milliseconds, 0, 2 ** 31 - 1)
  if (fault.kind === 'truncate') checkInteger(`${name}.afterBytes`, fault.afterBytes, 0, Number.MAX_SAFE_INTEGER)
  if (fault.kind === 'drip') {
    checkInteger(`${name}.chunkBytes`, fault.chunkBytes, 1, Number.MAX_SAFE_INTEGER)
    checkInteger(`${name}.everyMilliseconds`, fault.everyMilliseconds, 0, 2 ** 31 - 1)
  }
}

function refuse(message: string): DriverError {
  return new DriverError('invalid-argument', message)
}
