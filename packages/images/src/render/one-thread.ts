import sharp from 'sharp'

let running = 0
let threadsBefore = 1

/**
 * Runs work with libvips on one thread, because the bytes of an AVIF depend on the thread count.
 *
 * The setting belongs to the whole process and an application may have set its own: it is put back when the last work
 * ends, unless the application has changed it meanwhile.
 */
export async function withOneThread<T>(work: () => Promise<T>): Promise<T> {
  const threads = sharp.concurrency()
  if (running === 0 || threads !== 1) threadsBefore = threads
  sharp.concurrency(1)
  running += 1
  try {
    return await work()
  } finally {
    running -= 1
    if (running === 0 && sharp.concurrency() === 1) sharp.concurrency(threadsBefore)
  }
}
