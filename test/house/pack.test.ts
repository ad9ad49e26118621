import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PackedProject } from './packed-project.js'
import { mustRun, ROOT, run } from './run.js'

describe('the packages, from their tarballs in an empty project', () => {
  let project: PackedProject

  beforeAll(async () => {
    project = await PackedProject.install()
  }, 300_000)

  afterAll(() => project.remove())

  it('hold what they promise and nothing else', () => {
    for (const { name, files } of project.packages) {
      const missing = ['LICENSE', 'README.md', 'dist/index.js', 'dist/index.d.ts'].filter(
        (file) => !files.includes(file),
      )
      expect(missing, name).toEqual([])
      const foreign = files.filter((file) => !/^(dist|src)\/|^(LICENSE|README\.md|package\.json)$/.test(file))
      expect(foreign, name).toEqual([])
      expect(
        files.filter((file) => /\.test\.|^dist\/test\/|\.tsbuildinfo$/.test(file)),
        name,
      ).toEqual([])
    }
  })

  it('bring the types of every module', () => {
    for (const { name, files } of project.packages) {
      const modules = files.filter((file) => /^dist\/.*\.js$/.test(file))
      const untyped = modules.filter((file) => !files.includes(file.replace(/\.js$/, '.d.ts')))
      expect(untyped, name).toEqual([])
    }
  })

  it('are imported, by every subpath, where no AWS SDK is installed', async () => {
    const source = project.specifiers.map((specifier) => `await import('${specifier}')`).join('\n')
    expect(await project.runFile('import.mjs', source)).toMatchObject({ exitCode: 0, stderr: '' })
  })

  it('are required, by every subpath, where no AWS SDK is installed', async () => {
    const source = project.specifiers.map((specifier) => `require('${specifier}')`).join('\n')
    expect(await project.runFile('require.cjs', source)).toMatchObject({ exitCode: 0 })
  })

  it('type-check strictly under node16 resolution', async () => {
    await project.link('@types/node', '@aws-sdk')
    const names = project.specifiers.map((specifier, index) => [`module${index}`, specifier] as const)
    const imports = names.map(([name, specifier]) => `import * as ${name} from '${specifier}'`)
    const uses = names.map(([name]) => name).join(', ')
    expect(await project.typeCheck('stranger.ts', `${imports.join('\n')}\nexport default [${uses}]\n`)).toBe('')
  }, 300_000)

  it('bring a command that npx runs', async () => {
    const folder = await project.installCommand()
    const doctor = await run('npx', ['--no', 'brigade', 'doctor', 'memory:', '--json'], folder)
    expect(doctor).toMatchObject({ exitCode: 0 })
    expect(JSON.parse(doctor.stdout)).toMatchObject({ bucket: 'memory', verdict: 'ok' })
    const policy = await run('npx', ['--no', 'brigade', 'policy', 's3://avatars'], folder)
    expect(policy.stdout).toContain('arn:aws:s3:::avatars/uploads/*')
  }, 300_000)
})

describe('@bucket-brigade/core, where the AWS SDK is installed', () => {
  it.each(['', '/s3', '/disk', '/memory', '/tokens'])(
    'loads none of it by importing "@bucket-brigade/core%s"',
    async (subpath) => {
      const specifier = `@bucket-brigade/core${subpath}`
      const recorder = fileURLToPath(new URL('record-modules.mjs', import.meta.url))
      const printed = await mustRun(process.execPath, ['--import', recorder, '--eval', `import('${specifier}')`], ROOT)
      const loaded = printed.split('\n')
      expect(loaded).toContainEqual(expect.stringContaining('/packages/core/dist/'))
      expect(loaded.filter((url) => /@aws-sdk|@smithy/.test(url))).toEqual([])
    },
  )
})
