/**
 * Ends this process with the one that started it and holds the other end of its standard input, however that one ends: a
 * run that is broken off leaves nothing behind.
 */
export function endWithParent(): void {
  process.stdin.once('close', () => process.exit(1)).resume()
  process.stdin.unref()
}
