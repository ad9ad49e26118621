/**
 * A vitest reporter that counts every project's tests into the file that `BRIGADE_TOTALS_FILE` names, and prints which passed at a second
 * try only.
 */
import { writeFileSync } from 'node:fs'

export default class TotalsReporter {
  /**
   * @param {readonly import('vitest/node').TestModule[]} modules
   * @param {readonly unknown[]} unhandledErrors each counts as a failure
   * @param {import('vitest/node').TestRunEndReason} reason
   */
  onTestRunEnd(modules, unhandledErrors, reason) {
    const totals = { passed: 0, failed: unhandledErrors.length, skipped: 0 }
    const unsteady = []
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state, errors } = test.result()
        totals[state === 'pending' ? 'failed' : state] += 1
        if (test.diagnostic()?.flaky)
          unsteady.push(`${module.relativeModuleId} > ${test.fullName}: ${errors?.[0]?.message.split('\n', 1)}`)
      }
      // A file that can't be loaded, or a hook that throws, is a failure even where every counted test is fine.
      totals.failed += brokenSuites(module)
    }
    // A service that did not start, or Ctrl-C, ends the run without a failed test.
    if (reason !== 'passed' && totals.failed === 0) totals.failed = 1
    if (unsteady.length > 0) {
      console.log('Passed at the second try only, which is a mistake of the test or of what it tests:')
      for (const name of unsteady) console.log(`  ${name}`)
    }
    const file = process.env.BRIGADE_TOTALS_FILE
    if (file !== undefined) writeFileSync(file, JSON.stringify(totals))
  }
}

/** @param {import('vitest/node').TestModule} module */
function brokenSuites(module) {
  const suites = [...module.children.allSuites()].filter((suite) => suite.errors().length > 0)
  return suites.length + (module.errors().length > 0 ? 1 : 0)
}
