import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ROOT, run } from './run.js'

const VITEST = join(ROOT, 'node_modules/vitest/vitest.mjs')
const REPORTER = join(ROOT, 'tools/totals-reporter.mjs')

describe('the totals that "npm test" prints last', () => {
  let folder = ''

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bucket-brigade-totals-'))
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  })

  afterEach(() => rm(folder, { recursive: true, force: true }))

  async function runOf(files: Readonly<Record<string, string>>) {
    for (const [name, source] of Object.entries(files)) await writeFile(join(folder, name), source)
    const env = { PATH: process.env.PATH, BRIGADE_TOTALS_FILE: join(folder, 'totals.json') }
    const { stdout } = await run(process.execPath, [VITEST, 'run', `--reporter=${REPORTER}`], folder, env)
    const totals: unknown = JSON.parse(await readFile(join(folder, 'totals.json'), 'utf8'))
    return { stdout, totals }
  }

  async function totalsOf(files: Readonly<Record<string, string>>): Promise<unknown> {
    return (await runOf(files)).totals
  }

  it('count each test by how it ended', async () => {
    const source = `import { expect, it } from 'vitest'
      it('passes', () => {})
      it('passes too', () => {})
      it('fails', () => expect(1).toBe(2))
      it.skip('is skipped', () => {})
      it.todo('is planned')`
    expect(await totalsOf({ 'some.test.js': source })).toEqual({ passed: 2, failed: 1, skipped: 2 })
  })

  it('name a test that passes at its second try only, with what went wrong at the first', async () => {
    const source = `import { expect, it } from 'vitest'
      let tries = 0
      it('is unsteady', { retry: 1 }, () => expect(++tries).toBe(2))
      it('never passes', { retry: 1 }, () => expect(1).toBe(2))`
    const { stdout, totals } = await runOf({ 'some.test.js': source })
    expect(totals).toEqual({ passed: 1, failed: 1, skipped: 0 })
    const named = stdout.split('\n').filter((line) => line.startsWith('  '))
    expect(named).toEqual(['  some.test.js > is unsteady: expected 1 to be 2 // Object.is equality'])
  })

  it('count a file that cannot be loaded as a failure', async () => {
    expect(await totalsOf({ 'some.test.js': `import './missing.js'` })).toMatchObject({
      passed: 0,
      failed: 1,
      skipped: 0,
    })
  })

  it('count a hook that throws as a failure', async () => {
    const source = `import { beforeAll, describe, it } from 'vitest'
      describe('a suite', () => {
        beforeAll(() => { throw new Error('no service') })
        it('never runs', () => {})
      })`
    expect(await totalsOf({ 'some.test.js': source })).toEqual({ passed: 0, failed: 1, skipped: 1 })
  })

  it('count a service that does not start as a failure', async () => {
    const totals = await totalsOf({
      'vitest.config.js': `export default { test: { globalSetup: './setup.js' } }`,
      'setup.js': `export default () => { throw new Error('no service') }`,
      'some.test.js': `import { it } from 'vitest'; it('never runs', () => {})`,
    })
    expect(totals).toMatchObject({ passed: 0, failed: 1 })
  })

  it('count an error that no test caught as a failure', async () => {
    const source = `import { it } from 'vitest'
      it('passes', () => { Promise.reject(new Error('nobody listens')) })`
    expect(await totalsOf({ 'some.test.js': source })).toEqual({ passed: 1, failed: 1, skipped: 0 })
  })
})
