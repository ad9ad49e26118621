// Loaded into servers beside their own program, with --expose-gc: tells on request what they hold on to.
process.on('message', (message) => {
  if (message !== 'report') return
  globalThis.gc?.()
  const { heapUsed, external, rss } = process.memoryUsage()
  process.send?.({ heapUsed, external, rss, active: process.getActiveResourcesInfo() })
})
// An unhandled rejection ends a server by Node's own default: whoever started it sees that.
