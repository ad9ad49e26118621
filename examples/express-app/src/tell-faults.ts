import { StoreError } from '@bucket-brigade/core'
import type { ProblemsOptions } from '@bucket-brigade/express'

/**
 * Writes what became a 5xx to stderr, for whoever has to look into it. Not that there was too much to do: that is no
 * fault, and telling of each refusal would make more of it.
 */
export const tellFaults: NonNullable<ProblemsOptions['onError']> = (error, { status, code }, { method, url }) => {
  if (status < 500 || code === 'overloaded') return
  // What the bucket did is said in a line, with the cure; only what nobody foresaw needs its stack.
  const told = StoreError.is(error) ? error.message : error
  // The path alone: a query may be signed.
  console.error(`${method} ${url?.split('?', 1)[0]} answered ${status} ${code}:`, told)
}
