import type { Budget } from '../limits.js'

/** sharp's message when its own clock stopped a pipeline. */
const STOPPED = /^timeout: /

/**
 * Waits for a pipeline of sharp and says in our words when its time was over; other errors pass through.
 *
 * @throws ImageError `image-timeout`
 */
export async function explainTimeout<T>(pipeline: Promise<T>, budget: Budget): Promise<T> {
  try {
    return await pipeline
  } catch (error) {
    if (error instanceof Error && STOPPED.test(error.message)) throw budget.timeIsOver(error)
    throw error
  }
}
