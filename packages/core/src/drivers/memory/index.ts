/**
 * Objects in the memory of one process: `@bucket-brigade/core/memory`.
 *
 * @module memory
 */
export { MemoryDriver } from './memory-driver.js'
