import { conflict, type PendingRequest } from './stage.js'

/** A program that can be run again and again, the same way every time but for the choices. */
export interface Program {
  choices(): Promise<readonly PendingRequest[]>
  take(request: PendingRequest): Promise<void>
  /** Called when nobody has anything to do any more. */
  end(): Promise<void>
  /** Called instead where the rest is of no interest. */
  abandon(): Promise<void>
}

/** What a search has seen. */
export interface SearchCount {
  /** Schedules that were run to their end. */
  schedules: number
  /** Schedules that were left, since another one does the same. */
  cut: number
  requests: number
}

interface Turn {
  readonly options: readonly string[]
  /** Names of requests that need no trying here: each leads to what was seen already. */
  readonly asleep: Set<string>
  chosen: string
}

/**
 * Runs a program by every schedule: depth first, each run from the beginning.
 *
 * Of schedules that differ by the order of requests that have nothing to do with each other only one is run to its end
 * (sleep sets, Godefroid 1996); every state is reached all the same.
 *
 * @param preemptions How often a server may be kept waiting for another one (CHESS, Musuvathi 2007), for programs with
 *   more schedules than anybody can run. Default: any number. With 0, one does everything after the other.
 */
export async function searchSchedules(
  start: () => Promise<Program>,
  preemptions = Number.POSITIVE_INFINITY,
): Promise<SearchCount> {
  const search = new Search(preemptions)
  do {
    await search.run(await start())
  } while (search.advance())
  return search.count
}

class Search {
  readonly count: SearchCount = { schedules: 0, cut: 0, requests: 0 }
  readonly #turns: Turn[] = []
  readonly #preemptions: number

  constructor(preemptions: number) {
    this.#preemptions = preemptions
  }

  async run(program: Program): Promise<void> {
    try {
      await this.#follow(program)
    } catch (cause) {
      await program.abandon()
      const schedule = this.#turns.map(({ chosen }) => chosen).join('\n')
      throw new Error(`${cause instanceof Error ? cause.message : cause}\n\nwith this schedule:\n${schedule}`, {
        cause,
      })
    }
  }

  async #follow(program: Program): Promise<void> {
    let asleep = new Set<string>()
    let left = this.#preemptions
    let last: number | undefined
    for (let depth = 0; ; depth++) {
      const waiting = await program.choices()
      if (waiting.length === 0) {
        this.count.schedules++
        return program.end()
      }
      const turn = this.#turns[depth] ?? this.#newTurn(waiting, last, left, asleep)
      if (!turn) {
        this.count.cut++
        return program.abandon()
      }
      const taken = waiting.find(({ name }) => name === turn.chosen)
      if (!taken) throw new Error(`expected ${turn.chosen} to wait again, as in the schedule before`)
      if (isPreemption(waiting, last, taken)) left--
      last = taken.actor
      asleep = this.#stillAsleep(waiting, turn, taken)
      this.count.requests++
      await program.take(taken)
    }
  }

  /** Goes to the next schedule. False after the last one. */
  advance(): boolean {
    for (let turn = this.#turns.at(-1); turn; turn = this.#turns.at(-1)) {
      turn.asleep.add(turn.chosen)
      const next = nextOf(turn)
      if (next !== undefined) {
        turn.chosen = next
        return true
      }
      this.#turns.pop()
    }
    return false
  }

  #newTurn(
    waiting: readonly PendingRequest[],
    last: number | undefined,
    left: number,
    asleep: Set<string>,
  ): Turn | undefined {
    const affordable = left > 0 ? waiting : waiting.filter((each) => !isPreemption(waiting, last, each))
    // Whoever is at work goes on first: so the first schedules are those with the fewest turns.
    const options = affordable
      .toSorted((a, b) => Number(b.actor === last) - Number(a.actor === last))
      .map(({ name }) => name)
    const chosen = nextOf({ options, asleep })
    if (chosen === undefined) return undefined
    const turn = { options, asleep, chosen }
    this.#turns.push(turn)
    return turn
  }

  /**
   * With a bound, what another server takes wakes everybody: the schedule that shows the same may need more turns than
   * there are.
   */
  #stillAsleep(waiting: readonly PendingRequest[], { asleep }: Turn, taken: PendingRequest): Set<string> {
    const bounded = Number.isFinite(this.#preemptions)
    const still = waiting.filter(
      (each) => asleep.has(each.name) && !conflict(each, taken) && !(bounded && each.actor !== taken.actor),
    )
    return new Set(still.map(({ name }) => name))
  }
}

function nextOf({ options, asleep }: Pick<Turn, 'options' | 'asleep'>): string | undefined {
  return options.find((name) => !asleep.has(name))
}

function isPreemption(waiting: readonly PendingRequest[], last: number | undefined, next: PendingRequest): boolean {
  return next.actor !== last && waiting.some(({ actor }) => actor === last)
}
