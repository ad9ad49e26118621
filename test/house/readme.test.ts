import { existsSync, readdirSync } from 'node:fs'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { portrait } from '../../examples/express-app/test/portrait.js'
import { ROOT, run } from './run.js'
import { readFirstSnippet, readSnippets, toJavaScript } from './snippets.js'

const PACKAGES = readdirSync(join(ROOT, 'packages')).filter((name) =>
  existsSync(join(ROOT, 'packages', name, 'package.json')),
)

describe('what a README prints', () => {
  let folder = ''

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bucket-brigade-readme-'))
    await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  })

  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('runs in the README of the house, every snippet, the first one within thirty lines', async () => {
    const readme = join(ROOT, 'README.md')
    const snippets = await readSnippets(readme)
    const { BUCKET_URL: _, ...env } = process.env
    await writeFile(join(folder, 'leo.jpg'), await portrait())
    for (const snippet of snippets) {
      await writeFile(join(folder, 'snippet.js'), toJavaScript(snippet))
      const result = await run(process.execPath, ['snippet.js'], folder, env)
      expect(result).toEqual({ exitCode: 0, stderr: '', stdout: expect.stringMatching(/\S/) })
    }
    expect(snippets.length).toBeGreaterThan(1)
    expect((await readFile(readme, 'utf8')).split('\n').slice(0, 30).join('\n')).toContain(snippets[0]?.code)
  })

  it('type-checks in the READMEs of the packages, the first snippet of each', async () => {
    const files = PACKAGES.map((name) => `${name}.ts`)
    for (const name of PACKAGES) {
      const { code } = await readFirstSnippet(join(ROOT, 'packages', name, 'README.md'))
      // A module each, whatever they import.
      await writeFile(join(folder, `${name}.ts`), `${code}\nexport {}\n`)
    }
    const compilerOptions = {
      module: 'nodenext',
      target: 'es2023',
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: true,
      noEmit: true,
      types: ['node'],
    }
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }))
    const { stdout } = await run(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc')], folder)
    expect(stdout).toBe('')
  }, 300_000)
})
