export type { Capability, Clause, ClauseContext } from './clause.js'
export { checkClause, conformanceClauses, describeConformance, type TestRunner } from './conformance.js'
export { type FaultDriver, faultDriver } from './faults/fault-driver.js'
export type {
  Fault,
  FaultOperation,
  FaultPlan,
  FaultReport,
  FaultRule,
  FaultTarget,
  RandomFaults,
} from './faults/fault-plan.js'
export { type ConformanceHarness, type Departure, type EmptyBucket, LAYOUTS, type Layout } from './harness.js'
