/** Columns of text; the last one is not padded. Numbers go to the right. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = []
  for (const row of rows)
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length)
    })
  return rows.map((row) => lineOf(row, widths)).join('\n')
}

function lineOf(row: readonly string[], widths: readonly number[]): string {
  const cells = row.map((cell, column) => {
    if (column === row.length - 1) return cell
    const width = widths[column] ?? 0
    return /^\d/.test(cell) ? cell.padStart(width) : cell.padEnd(width)
  })
  return cells.join('  ').trimEnd()
}
