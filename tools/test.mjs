/**
 * `npm test`: what needs no service. `npm run test:all`: everything, with the real services.
 *
 *   --all   also the tests that need Ceph, nginx and Chromium; installs their Debian packages after asking
 *   --yes   agrees to that installation (so does CI=true)
 *
 * Everything else goes to vitest: `npm test -- packages/core -t "empty body"`. The last line is the total. A secret in anything that was
 * printed is a failure (tools/printed-secrets.mjs).
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeModule, ROOT, runChild } from './child.mjs'
import { installDebianPackages } from './debian-packages.mjs'
import { prepare } from './prepare.mjs'
import { FOLDER_VARIABLE, PrintedRun } from './printed-secrets.mjs'

const TESTED_FOLDERS = ['packages', 'examples', 'test']

const own = new Set(['--all', '--yes'])
const forVitest = process.argv.slice(2).filter((arg) => !own.has(arg))
const isAll = process.argv.includes('--all')
const consent = process.argv.includes('--yes') || process.env.CI === 'true' ? 'agreed' : 'ask'

await prepare()
process.exitCode = isAll ? await testAll() : await testWithoutServices()

async function testAll() {
  if ((await installDebianPackages(consent)) === 'ready') return runVitest(['unit', 'journeys', 'services'])
  console.error('The service tests cannot run without these packages; "npm test" runs what needs no service.')
  return report({ passed: 0, failed: 1, skipped: 0 })
}

function testWithoutServices() {
  return runVitest(['unit', 'journeys'], () => {
    console.log('Left out, because they need real services (Ceph, nginx, Chromium):')
    for (const file of serviceTests()) console.log(`  ${file}`)
    console.log('They run with: npm run test:all')
  })
}

function serviceTests() {
  return TESTED_FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.service.test.ts') && !file.includes('node_modules'))
      .map((file) => join(folder, file)),
  ).sort()
}

/**
 * One run for all projects, so that every service starts once.
 *
 * @param {readonly string[]} projects
 * @param {() => void} [beforeTotals]
 */
async function runVitest(projects, beforeTotals) {
  const folder = mkdtempSync(join(tmpdir(), 'bucket-brigade-test-'))
  const totalsFile = join(folder, 'totals.json')
  const options = ['--reporter=default', `--reporter=${join(ROOT, 'tools/totals-reporter.mjs')}`]
  for (const project of projects) options.push(`--project=${project}`)
  const vitest = nodeModule('vitest/vitest.mjs')
  const printed = new PrintedRun(folder)
  try {
    const exitCode = await runChild(process.execPath, [vitest, 'run', ...options, ...forVitest], {
      env: {
        BRIGADE_TOTALS_FILE: totalsFile,
        [FOLDER_VARIABLE]: folder,
        ...(process.stdout.isTTY && { FORCE_COLOR: '1' }),
      },
      onPrint: (chunk) => printed.addPrinted(chunk),
    })
    beforeTotals?.()
    const totals = readTotals(totalsFile, exitCode)
    totals.failed += await reportSecrets(printed)
    return report(totals)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * @param {PrintedRun} printed
 * @returns how many were found
 */
async function reportSecrets(printed) {
  const { findings, lines, childLines } = await printed.lookThrough()
  console.log(
    `Looked through ${lines} printed lines, and ${childLines} that processes gave to tests: ${findings.length} secrets`,
  )
  for (const { where, kind } of findings) console.error(`  ${where}: ${kind}`)
  return findings.length
}

/**
 * @param {string} file
 * @param {number} exitCode vitest's own; where it failed without a failed test, that is one failure
 */
function readTotals(file, exitCode) {
  const totals = { passed: 0, failed: 0, skipped: 0 }
  try {
    Object.assign(totals, JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    console.error('vitest ended before it counted its tests')
    totals.failed += 1
  }
  if (exitCode !== 0 && totals.failed === 0) totals.failed = 1
  return totals
}

/** @param {{ readonly passed: number, readonly failed: number, readonly skipped: number }} totals */
function report({ passed, failed, skipped }) {
  const isIdle = passed + failed === 0
  if (isIdle) console.error('No test ran: does a file and a test match what was asked for?')
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
  return failed > 0 || isIdle ? 1 : 0
}
