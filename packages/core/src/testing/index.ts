export type { Capability, Clause, ClauseContext } from './clause.js'
export { checkClause, conformanceClauses, describeConformance, type TestRunner } from './conformance.js'
export { type ConformanceHarness, type Departure, type EmptyBucket, LAYOUTS, type Layout } from './harness.js'
