/** Whose work it is. All strangers together are one person, whose sessions are theirs. */
export interface WorkOf {
  readonly user: string
  readonly session: string
}

type Enter = () => void

/** Works that wait for a place: people take turns, and among the works of one person their sessions do. */
export class WaitingLine {
  /** By person and session, each in the order of their turns; none is empty. */
  readonly #people = new Map<string, Map<string, Enter[]>>()

  get length(): number {
    return sum([...this.#people.values()].map(worksIn))
  }

  push({ user, session }: WorkOf, enter: Enter): void {
    const sessions = this.#people.get(user) ?? new Map<string, Enter[]>()
    sessions.set(session, [...(sessions.get(session) ?? []), enter])
    this.#people.set(user, sessions)
  }

  /** Takes out whose turn it is. Their next work waits until all others had a turn. */
  shift(): Enter | undefined {
    const [person] = this.#people
    if (person === undefined) return undefined
    const [user, sessions] = person
    this.#people.delete(user)
    const enter = nextOf(sessions)
    if (sessions.size > 0) this.#people.set(user, sessions)
    return enter
  }

  remove({ user, session }: WorkOf, enter: Enter): void {
    const sessions = this.#people.get(user)
    const rest = sessions?.get(session)?.filter((other) => other !== enter) ?? []
    if (rest.length > 0) sessions?.set(session, rest)
    else sessions?.delete(session)
    if (sessions?.size === 0) this.#people.delete(user)
  }

  /** How many works have their turn before a new one. */
  before({ user, session }: WorkOf): number {
    const sessions = this.#people.get(user) ?? new Map<string, Enter[]>()
    const works = [...sessions].map(([name, { length }]) => ({ name, length }))
    const people = [...this.#people].map(([name, waiting]) => ({ name, length: worksIn(waiting) }))
    return withTurns(people, user, withTurns(works, session, sessions.get(session)?.length ?? 0))
  }
}

function nextOf(sessions: Map<string, Enter[]>): Enter | undefined {
  const [first] = sessions
  if (first === undefined) return undefined
  const [session, [enter, ...rest]] = first
  sessions.delete(session)
  if (rest.length > 0) sessions.set(session, rest)
  return enter
}

/** Each of the other lines has a turn before each of one's own; those that are ahead have one before the new work, too. */
function withTurns(lines: readonly { name: string; length: number }[], own: string, ownTurns: number): number {
  const position = lines.findIndex(({ name }) => name === own)
  const isAhead = (at: number): boolean => position === -1 || at < position
  const others = lines.filter((_, at) => at !== position)
  return ownTurns + sum(others.map(({ length }, at) => Math.min(length, isAhead(at) ? ownTurns + 1 : ownTurns)))
}

function worksIn(sessions: ReadonlyMap<string, readonly Enter[]>): number {
  return sum([...sessions.values()].map(({ length }) => length))
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
