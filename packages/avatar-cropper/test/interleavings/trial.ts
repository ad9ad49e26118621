import { type StorageDriver, StoreError } from '@bucket-brigade/core'
import { MemoryDriver } from '@bucket-brigade/core/memory'
import { type AvatarCropper, CropperError } from '../../src/index.js'
import { openCropper } from '../avatars.js'
import { ACTS, type ActName, type Scene } from './scenes.js'
import { type Program, type SearchCount, searchSchedules } from './search.js'
import { Stage } from './stage.js'
import { Witness } from './witness.js'

export interface TrialOptions {
  /** How often somebody may be kept waiting. Default: any number. */
  readonly preemptions?: number
  /** What the service of every server does wrong. */
  readonly impaired?: (driver: StorageDriver) => StorageDriver
}

/** Servers that are opened once; each act of a trial has one to itself, and every schedule a bucket of its own. */
export class Troupe {
  readonly #drivers: StorageDriver[]
  readonly #servers: readonly AvatarCropper[]

  private constructor(drivers: StorageDriver[], servers: readonly AvatarCropper[]) {
    this.#drivers = drivers
    this.#servers = servers
  }

  static async open(): Promise<Troupe> {
    const drivers = Array.from({ length: 3 }, (): StorageDriver => new MemoryDriver())
    const current = (actor: number) =>
      new Proxy({} as StorageDriver, {
        get: (_target, name) => {
          const driver = drivers[actor] as StorageDriver
          const value: unknown = Reflect.get(driver, name)
          return typeof value === 'function' ? value.bind(driver) : value
        },
      })
    return new Troupe(drivers, await Promise.all(drivers.map((_driver, actor) => openCropper(current(actor)))))
  }

  /**
   * Lets everybody act at once, by every schedule. What each is told, what is shown and what is kept afterwards has to
   * be what it would be had one acted after the other, in one order or another.
   *
   * @throws Error with the schedule that shows what must not be
   */
  async tryAll(scene: Scene, acts: readonly ActName[], options: TrialOptions = {}): Promise<SearchCount> {
    const orderly = new Set<string>()
    await searchSchedules(() => this.#begin(scene, acts, options, (ending) => void orderly.add(ending)), 0)
    const check = (ending: string) => {
      if (orderly.has(ending)) return
      const expected = [...orderly].join('\n\n')
      throw new Error(`expected what comes of one after the other:\n${expected}\n\nreceived:\n${ending}`)
    }
    return searchSchedules(() => this.#begin(scene, acts, options, check), options.preemptions)
  }

  async #begin(
    { bucket: snapshot, crops }: Scene,
    acts: readonly ActName[],
    { impaired = (driver) => driver }: TrialOptions,
    onEnd: (ending: string) => void,
  ): Promise<Program> {
    const witness = await Witness.of(await snapshot.restore())
    const stage = new Stage(witness.bucket, () => witness.check())
    const told: string[] = []
    for (const [actor, act] of acts.entries()) {
      this.#drivers[actor] = impaired(stage.gated(actor))
      stage.add(async () => {
        told[actor] = `${act}: ${await answerOf(ACTS[act](this.#servers[actor] as AvatarCropper, crops))}`
      })
    }
    const end = async () => {
      witness.checkRest()
      const names = Object.entries(crops).toReversed()
      const ending = [...told, witness.summary()].join('\n')
      onEnd(names.reduce((text, [name, { avatarId }]) => text.replaceAll(avatarId, name), ending))
    }
    return {
      choices: () => stage.choices(),
      take: (request) => stage.take(request),
      abandon: () => stage.abandon(),
      end,
    }
  }
}

async function answerOf(act: Promise<unknown>): Promise<string> {
  try {
    return JSON.stringify(await act) ?? 'done'
  } catch (error) {
    if (CropperError.is(error) || StoreError.is(error)) return error.code
    throw error
  }
}
