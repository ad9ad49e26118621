import { ratio, short, withSpread } from './figures.js'

/** What a piece of work took of the clock, and of the processor in this process. */
export interface Cost {
  readonly milliseconds: number
  readonly cpuMilliseconds: number
}

export async function costOf(run: () => Promise<unknown>): Promise<Cost> {
  const before = process.cpuUsage()
  const start = performance.now()
  await run()
  const milliseconds = performance.now() - start
  const { user, system } = process.cpuUsage(before)
  return { milliseconds, cpuMilliseconds: (user + system) / 1000 }
}

/** The costs of one contender, round by round. */
export interface Costs {
  readonly name: string
  readonly rounds: readonly Cost[]
}

/** Prints what each contender took, and what the first of them took of each other one. */
export function printCosts(contenders: readonly Costs[]): void {
  const rows = contenders.map(({ name, rounds }) => ({
    name,
    times: rounds.map(({ milliseconds }) => milliseconds),
    cpu: rounds.map(({ cpuMilliseconds }) => cpuMilliseconds),
  }))
  const table = rows.map(({ name, times, cpu }) => [name, { ms: withSpread(times), 'CPU ms': withSpread(cpu) }])
  console.table(Object.fromEntries(table))
  const [first, ...others] = rows
  for (const { name, times, cpu } of others) {
    if (first)
      console.log(
        `${first.name} / ${name}: time ${short(ratio(first.times, times))}, CPU ${short(ratio(first.cpu, cpu))}`,
      )
  }
}
