/**
 * Measures contenders in turn, round by round, so that what the machine does meanwhile meets them all. Every other round
 * goes backwards; the first one warms up and does not count.
 *
 * @returns What was measured of each, in the order of the rounds.
 */
export async function inTurn<C, M>(
  contenders: readonly C[],
  rounds: number,
  measure: (contender: C) => Promise<M>,
): Promise<ReadonlyMap<C, readonly M[]>> {
  const measured = new Map<C, M[]>(contenders.map((contender) => [contender, []]))
  for (let round = 0; round <= rounds; round += 1) {
    for (const contender of round % 2 === 0 ? contenders : contenders.toReversed()) {
      const result = await measure(contender)
      if (round > 0) measured.get(contender)?.push(result)
    }
  }
  return measured
}
