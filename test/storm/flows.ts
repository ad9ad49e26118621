import { setTimeout as pause } from 'node:timers/promises'
import type { Crop, Problem } from '../journeys/person.js'
import { inTurns } from './in-turns.js'
import { type Attempt, type RawAnswer, StormClient } from './storm-client.js'
import type { StormPicture } from './storm-pictures.js'

/** One person's way through upload, crop and save, and how that person behaves. */
export interface FlowPlan {
  readonly number: number
  readonly user: string
  readonly picture: StormPicture
  readonly crop: Crop
  /** Sends each crop and save twice at once, as a double click does. */
  readonly isHasty: boolean
  /** Goes away so many milliseconds after one of the steps was sent. */
  readonly leaves?: { readonly step: FlowStep; readonly afterMilliseconds: number; readonly forGood: boolean }
}

export type FlowStep = 'upload' | 'crop' | 'save'

/** A save that a server answered with 200, and the keys that the person was told of. */
export interface AcknowledgedSave {
  readonly plan: FlowPlan
  readonly avatarId: string
  readonly sizes: Readonly<Record<string, string>>
  readonly temporaryPaths: readonly string[]
}

/** What all flows together met. */
export class FlowCounts {
  readonly saved: AcknowledgedSave[] = []
  /** Flows whose person went away for good. */
  left = 0
  /** Flows that met an answer which no patience cures. */
  readonly failed: string[] = []
  /** Answers other than the wanted ones, and broken connections, by what they said; each was followed by a repeat. */
  readonly repeated: Record<string, number> = {}
  readonly aborted: Record<FlowStep, number> = { upload: 0, crop: 0, save: 0 }
  hastySteps = 0

  note(reason: string): void {
    this.repeated[reason] = (this.repeated[reason] ?? 0) + 1
  }
}

const MAX_ATTEMPTS = 100
const PAUSE_MILLISECONDS = 150
/** What a repeat cures: the balancer's own answers while a server is down, a bucket that is away, a server that is full. */
const PASSING = new Set([429, 502, 503, 504])

class Refused extends Error {}

/** The person's whole flow. Repeats what was not answered, as people do; never throws. */
async function runFlow(origin: string, plan: FlowPlan, counts: FlowCounts): Promise<AcknowledgedSave | undefined> {
  try {
    const client = await signedIn(origin, plan.user, counts)
    const save = await new Flow(client, plan, counts).run()
    counts.saved.push(save)
    return save
  } catch (error) {
    if (error instanceof GoneAway) counts.left += 1
    else counts.failed.push(`flow ${plan.number}: ${error instanceof Error ? error.message : error}`)
    return undefined
  }
}

class GoneAway extends Error {}

class Flow {
  readonly #client: StormClient
  readonly #plan: FlowPlan
  readonly #counts: FlowCounts

  constructor(client: StormClient, plan: FlowPlan, counts: FlowCounts) {
    this.#client = client
    this.#plan = plan
    this.#counts = counts
  }

  async run(): Promise<AcknowledgedSave> {
    const { picture, crop } = this.#plan
    const uploaded = await this.#step('upload', (signal) => this.#client.upload(picture.file, signal))
    const { width, height } = uploaded.original
    if (width !== picture.width || height !== picture.height) throw new Refused(`uploaded ${width} x ${height}`)
    const cropped = await this.#step('crop', (signal) => this.#client.crop(uploaded.token, crop, signal))
    const { avatar } = await this.#step('save', (signal) => this.#client.save(cropped.token, signal))
    return {
      plan: this.#plan,
      avatarId: avatar.id,
      sizes: avatar.sizes,
      temporaryPaths: [uploaded.file_relative_path, cropped.file_relative_path],
    }
  }

  /** The first good answer. Where the person is hasty, a second one must say the same. */
  async #step<T extends object>(step: FlowStep, send: (signal?: AbortSignal) => Promise<Attempt<T>>): Promise<T> {
    await this.#maybeLeave(step, send)
    const isTwice = this.#plan.isHasty && step !== 'upload'
    const answers = await Promise.all([this.#insist(step, send), ...(isTwice ? [this.#insist(step, send)] : [])])
    const [first, second] = answers
    if (first === undefined) throw new Error('there is always a first answer')
    if (second !== undefined) {
      this.#counts.hastySteps += 1
      if (step === 'save' && JSON.stringify(avatarOf(first)) !== JSON.stringify(avatarOf(second))) {
        throw new Refused(`a double click saved ${JSON.stringify([avatarOf(first), avatarOf(second)])}`)
      }
    }
    return first
  }

  async #maybeLeave<T>(step: FlowStep, send: (signal?: AbortSignal) => Promise<Attempt<T>>): Promise<void> {
    const { leaves } = this.#plan
    if (leaves?.step !== step) return
    this.#counts.aborted[step] += 1
    await send(AbortSignal.timeout(leaves.afterMilliseconds))
    if (leaves.forGood) throw new GoneAway()
  }

  async #insist<T>(step: FlowStep, send: () => Promise<Attempt<T>>): Promise<T> {
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      const answer = await send()
      if (answer !== 'broken' && answer.status >= 200 && answer.status < 300) return answer.body
      this.#counts.note(reasonOf(step, answer))
      if (answer !== 'broken' && !isPassing(answer)) throw new Refused(JSON.stringify([step, answer]))
      await pause(answer === 'broken' ? PAUSE_MILLISECONDS : pauseBefore(answer))
    }
    throw new Refused(`${step}: ${MAX_ATTEMPTS} attempts were not enough`)
  }
}

async function signedIn(origin: string, user: string, counts: FlowCounts): Promise<StormClient> {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const client = await StormClient.signIn(origin, user)
    if (client) return client
    counts.note('sign-in broken')
    await pause(PAUSE_MILLISECONDS)
  }
  throw new Refused('nobody could sign in')
}

/** Addresses may be signed anew for each answer. */
function avatarOf(body: object): unknown {
  const { avatar } = body as { readonly avatar?: { readonly id: string; readonly savedAt: string } }
  return avatar && { id: avatar.id, savedAt: avatar.savedAt }
}

function isPassing({ status, body }: RawAnswer<unknown>): boolean {
  return PASSING.has(status) || (body as Partial<Problem>).code === 'pointer-conflict'
}

function pauseBefore({ retryAfterSeconds }: RawAnswer<unknown>): number {
  return retryAfterSeconds > 0 ? retryAfterSeconds * 1000 : PAUSE_MILLISECONDS
}

function reasonOf(step: FlowStep, answer: Attempt<unknown>): string {
  if (answer === 'broken') return `${step} broken`
  return `${step} ${answer.status} ${(answer.body as Partial<Problem>).code ?? 'of the balancer'}`
}

/** So many flows at a time; each that ends makes room for the next. */
export async function runFlows(
  origin: string,
  plans: readonly FlowPlan[],
  options: { readonly atOnce: number; readonly onEnd?: (ended: number, save: AcknowledgedSave | undefined) => void },
): Promise<FlowCounts> {
  const counts = new FlowCounts()
  let ended = 0
  await inTurns(plans, options.atOnce, async (plan) => {
    const save = await runFlow(origin, plan, counts)
    ended += 1
    options.onEnd?.(ended, save)
  })
  return counts
}
