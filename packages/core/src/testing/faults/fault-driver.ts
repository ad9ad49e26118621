import { setTimeout as sleep } from 'node:timers/promises'
import type {
  Cancellable,
  DriverBody,
  ObjectLocation,
  StorageDriver,
  StoredObject,
  WriteMode,
} from '../../contract/driver.js'
import { DriverError } from '../../errors.js'
import { type Fault, type FaultOperation, type FaultPlan, FaultPlanner, type FaultReport } from './fault-plan.js'
import { dripping, drippingBody, takeStart, truncated } from './faulty-body.js'

/** A driver that fails as it was told, and tells what it did. */
export interface FaultDriver extends StorageDriver {
  /** The faults that happened, in their order. */
  readonly faults: readonly FaultReport[]
}

/**
 * A driver around a driver, for tests of applications: its calls fail, come late, break off or hang by a plan.
 *
 * ```ts
 * const driver = faultDriver(new MemoryDriver(), {
 *   rules: [{ operations: ['put'], keyPrefix: 'avatars/', nth: 1, fault: { kind: 'lose-reply' } }],
 * })
 * ```
 *
 * Its errors are those that a driver owes for such an event, so that whatever stands the faults stands a service that is
 * broken in the same way. Addresses are made without a request, so nothing befalls them. With an empty plan, nothing
 * befalls anything.
 *
 * @throws DriverError `invalid-argument` where the plan names an unknown operation or fault, or a number out of its range
 */
export function faultDriver(inner: StorageDriver, plan: FaultPlan): FaultDriver {
  const calls = new FaultyCalls(plan)
  const on = (operation: FaultOperation, at: ObjectLocation, { signal }: Cancellable, mode?: WriteMode) => ({
    ...{ operation, keys: [at.key], signal, isConditional: mode !== undefined && mode !== 'overwrite' },
  })
  const below = (operation: FaultOperation, keys: readonly string[], { signal }: Cancellable) => ({
    ...{ operation, keys, signal, isConditional: false },
  })
  return {
    name: inner.name,
    bucket: inner.bucket,
    settings: inner.settings,
    get learned() {
      return inner.learned
    },
    get faults() {
      return calls.faults
    },
    get: (at, options) => calls.read(on('get', at, options), () => inner.get(at, options)),
    head: (at, options) => calls.run(on('head', at, options), () => inner.head(at, options)),
    put: (at, body, options) =>
      calls.write(on('put', at, options, options.mode), body, (sent) => inner.put(at, sent, options)),
    copy: (from, to, options) => calls.run(on('copy', to, options), () => inner.copy(from, to, options)),
    delete: (at, options) => calls.run(on('delete', at, options), () => inner.delete(at, options)),
    deleteMany: (bucket, keys, options) =>
      calls.run(below('deleteMany', keys, options), () => inner.deleteMany(bucket, keys, options)),
    list: (bucket, prefix, options) =>
      calls.run(below('list', [prefix], options), () => inner.list(bucket, prefix, options)),
    createMultipart: (at, options) =>
      calls.run(on('createMultipart', at, options), () => inner.createMultipart(at, options)),
    uploadPart: (at, id, part, body, options) =>
      calls.write(on('uploadPart', at, options), body, (sent) => inner.uploadPart(at, id, part, sent, options)),
    completeMultipart: (at, id, parts, options) =>
      calls.run(on('completeMultipart', at, options, options.mode), () =>
        inner.completeMultipart(at, id, parts, options),
      ),
    abortMultipart: (at, id, options) =>
      calls.run(on('abortMultipart', at, options), () => inner.abortMultipart(at, id, options)),
    listParts: (at, id, options) => calls.run(on('listParts', at, options), () => inner.listParts(at, id, options)),
    listMultipart: (bucket, prefix, options) =>
      calls.run(below('listMultipart', [prefix], options), () => inner.listMultipart(bucket, prefix, options)),
    publicUrl: (at) => inner.publicUrl(at),
    signedUrl: (...given) => inner.signedUrl(...given),
    presignUpload: (...given) => inner.presignUpload(...given),
    explain: (error) => inner.explain(error),
    close: async () => {
      calls.endHanging()
      await inner.close()
    },
  }
}

interface Call extends Cancellable {
  readonly operation: FaultOperation
  readonly keys: readonly string[]
  /** Whether nobody knows the outcome where the reply is lost. */
  readonly isConditional: boolean
}

class FaultyCalls {
  readonly faults: FaultReport[] = []
  readonly #planner: FaultPlanner
  #closing = new AbortController()

  constructor(plan: FaultPlan) {
    this.#planner = new FaultPlanner(plan)
  }

  run<T>(call: Call, work: () => Promise<T>): Promise<T> {
    return this.#befall(call, this.#faultOf(call), work)
  }

  async read(call: Call, work: () => Promise<StoredObject>): Promise<StoredObject> {
    const fault = this.#faultOf(call)
    if (fault?.kind === 'lose-reply') {
      return this.#befall(call, fault, async () => {
        const { body } = await work()
        body.destroy()
      })
    }
    const object = await this.#befall(call, fault, work)
    if (fault?.kind === 'truncate') return { ...object, body: truncated(object.body, fault, brokenOff) }
    if (fault?.kind === 'drip') return { ...object, body: dripping(object.body, fault) }
    return object
  }

  async write<T>(call: Call, body: DriverBody, work: (body: DriverBody) => Promise<T>): Promise<T> {
    const fault = this.#faultOf(call)
    if (fault?.kind === 'drip') return work(drippingBody(body, fault))
    if (fault?.kind !== 'truncate') return this.#befall(call, fault, () => work(body))
    await takeStart(body, fault)
    throw lost(call)
  }

  endHanging(): void {
    this.#closing.abort(new DriverError('unavailable', 'the driver was closed while a call hung, as planned'))
    this.#closing = new AbortController()
  }

  #faultOf(call: Call): Fault | undefined {
    const report = this.#planner.faultOf(call.operation, call.keys)
    if (report) this.faults.push(report)
    return report?.fault
  }

  async #befall(
    call: Call,
    fault: Extract<Fault, { readonly kind: 'lose-reply' }>,
    work: () => Promise<unknown>,
  ): Promise<never>
  async #befall<T>(call: Call, fault: Fault | undefined, work: () => Promise<T>): Promise<T>
  async #befall<T>(call: Call, fault: Fault | undefined, work: () => Promise<T>): Promise<T> {
    const { signal } = call
    if (fault?.kind === 'refuse') throw new DriverError(fault.code ?? 'unavailable', 'the call was refused, as planned')
    if (fault?.kind === 'hang')
      return hang(signal ? AbortSignal.any([signal, this.#closing.signal]) : this.#closing.signal)
    if (fault?.kind === 'delay') await pause(fault.milliseconds, signal)
    if (fault?.kind !== 'lose-reply') return work()
    // A refusal is a reply, too, and gets lost like the others.
    await work().catch(() => signal?.throwIfAborted())
    throw lost(call)
  }
}

function lost({ isConditional }: Call): DriverError {
  const code = isConditional ? 'outcome-unknown' : 'unavailable'
  return new DriverError(code, 'the connection was lost before the reply, as planned')
}

function brokenOff(): DriverError {
  return new DriverError('unavailable', 'the connection closed before the end of the body, as planned')
}

async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(milliseconds, undefined, signal ? { signal } : {}).catch((error: unknown) => {
    signal?.throwIfAborted()
    throw error
  })
}

function hang(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const end = () => reject(signal.reason)
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
  })
}
