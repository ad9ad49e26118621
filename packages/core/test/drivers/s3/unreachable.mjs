// Listens and never accepts: once the queue of the system is full, nobody can connect any more.
import { createServer } from 'node:net'

createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function listening() {
  process.stdout.write(`${this.address().port}\n`, () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0))
})
