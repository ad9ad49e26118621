export { EXIT, type ExitCode } from './exit-code.js'
export { runBrigade } from './run-brigade.js'
export type { Printer, Reader, Surroundings } from './surroundings.js'
