import { existsSync, readdirSync } from 'node:fs'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readFirstSnippet, toJavaScript } from './first-snippet.js'
import { ROOT, run } from './run.js'

const PACKAGES = readdirSync(join(ROOT, 'packages')).filter((name) =>
  existsSync(join(ROOT, 'packages', name, 'package.json')),
)

describe('the first snippet of a README', () => {
  let folder = ''

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bucket-brigade-readme-'))
    await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  })

  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('runs as printed in the README of the house', async () => {
    const snippet = await readFirstSnippet(join(ROOT, 'README.md'))
    await writeFile(join(folder, 'snippet.js'), toJavaScript(snippet))
    const { BUCKET_URL: _, ...env } = process.env
    const result = await run(process.execPath, ['snippet.js'], folder, env)
    expect(result).toEqual({ exitCode: 0, stderr: '', stdout: expect.stringMatching(/\S/) })
  })

  it.each(PACKAGES)('type-checks in the README of packages/%s', async (name) => {
    const { code } = await readFirstSnippet(join(ROOT, 'packages', name, 'README.md'))
    await writeFile(join(folder, 'snippet.ts'), code)
    const compilerOptions = {
      module: 'nodenext',
      target: 'es2023',
      strict: true,
      skipLibCheck: true,
      noEmit: true,
      types: ['node'],
    }
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['snippet.ts'] }))
    const { stdout } = await run(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc')], folder)
    expect(stdout).toBe('')
  })
})
