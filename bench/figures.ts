/** The middle of some figures; not a number where there are none. */
export function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2
}

/** The median, with the smallest and the largest: `12.3 (11.9-14)`. */
export function withSpread(figures: readonly number[]): string {
  return `${short(median(figures))} (${short(Math.min(...figures))}-${short(Math.max(...figures))})`
}

/** The median of the ratios, round by round, as the machine's speed drifts between rounds. */
export function ratio(figures: readonly number[], others: readonly number[]): number {
  return median(figures.map((figure, round) => figure / (others[round] ?? Number.NaN)))
}

/** Three digits say all that such figures know. */
export function short(figure: number): string {
  return figure >= 100 ? String(Math.round(figure)) : String(Number(figure.toPrecision(3)))
}
