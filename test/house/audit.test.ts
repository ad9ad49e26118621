import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { mustRun, ROOT, run } from './run.js'

const AUDIT = join(ROOT, 'tools/audit.mjs')

/** Put together here, so that the audit of this repository does not find them in this file. */
const REFUSED: Readonly<Record<string, { readonly file: string; readonly text: string }>> = {
  'unfinished work': { file: 'tools/x.mjs', text: `// ${'TO'}${'DO'}: finish` },
  'a silenced compiler': { file: 'test/x.test.ts', text: `// @ts-${'ignore'}` },
  'a silenced linter': { file: 'packages/core/src/x.ts', text: `// biome-${'ignore'} lint: no` },
  'a type that says nothing': { file: 'packages/core/test/x.test.ts', text: `const x = y as ${'any'}` },
  'an access key': { file: 'docs/x.md', text: `AKIA${'Q3EGLZ6XKPTB7WNM'}` },
  'a private key': { file: 'test/key.pem', text: `-----BEGIN RSA ${'PRIVATE'} KEY-----` },
  'the host of a registry': { file: 'package-lock.json', text: '{ "resolved": "https://npm.example.com/x.tgz" }' },
}

describe('the audit of files', () => {
  let folder = ''

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bucket-brigade-audit-'))
    await mustRun('git', ['init', '--quiet'], folder)
  })

  afterEach(() => rm(folder, { recursive: true, force: true }))

  async function auditOf(file: string, text: string) {
    await mkdir(dirname(join(folder, file)), { recursive: true })
    await writeFile(join(folder, file), `first line\n${text}\n`)
    return run(process.execPath, [AUDIT, folder], ROOT)
  }

  it.each(Object.entries(REFUSED))('finds %s and says where', async (_, { file, text }) => {
    const { exitCode, stderr } = await auditOf(file, text)
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringContaining(`${file}:2: `) })
  })

  it('finds the folder of the checkout itself', async () => {
    expect((await auditOf('README.md', `cd ${folder}/packages`)).exitCode).toBe(1)
  })

  it('lets the documented example key, links of workspaces and plain words pass', async () => {
    const text = '"AKIAIOSFODNN7EXAMPLE" "resolved": "packages/core" as anyone'
    expect(await auditOf('package-lock.json', text)).toMatchObject({ exitCode: 0, stderr: '' })
  })
})
