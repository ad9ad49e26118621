import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROOT, run } from './run.js'

const BIOME = join(ROOT, 'node_modules/.bin/biome')

/** Every way to name a module; each line of a generated source file is one of them. */
const FORMS: Readonly<Record<string, (specifier: string) => string>> = {
  static: (specifier) => `import { a } from '${specifier}'`,
  'side effect': (specifier) => `import '${specifier}'`,
  type: (specifier) => `import type { A } from '${specifier}'`,
  're-export': (specifier) => `export { b } from '${specifier}'`,
  'type re-export': (specifier) => `export type { B } from '${specifier}'`,
  'star re-export': (specifier) => `export * from '${specifier}'`,
  dynamic: (specifier) => `void import('${specifier}')`,
}

/** A form of its own: these rules cannot say what may be imported so, so it is refused whatever it names. */
const INSIDE_A_TYPE = `export type C = import('mime-types').C`

const AWS = ['@aws-sdk/client-s3', '@smithy/types']
const HTTP = ['express', 'busboy']
const CORE = ['@bucket-brigade/core', '@bucket-brigade/core/s3']
const IMAGES = ['@bucket-brigade/images']
const EXPRESS = ['@bucket-brigade/express']
const STASH = ['@bucket-brigade/stash']
const CROPPER = ['@bucket-brigade/avatar-cropper', '@bucket-brigade/avatar-cropper/router']
const CLI = ['@bucket-brigade/cli']
const OTHER_SIBLINGS = ['browser', 'gallery', 'image-server', 'wordpress'].map((name) => `@bucket-brigade/${name}`)
const LIBRARY_SIBLINGS = [...CORE, ...IMAGES, ...EXPRESS, ...STASH, ...CROPPER, ...OTHER_SIBLINGS]
const RELATIVE = ['../../core/src/index.js', '../../core/dist/index.js']
const GUARDED = [...AWS, ...HTTP, 'sharp', 'sharp/lib/index.js', ...LIBRARY_SIBLINGS, ...CLI, ...RELATIVE]

const FREE = ['node:fs', 'mime-types', './errors.js', '../driver.js']
const DRIVERS = { s3: './drivers/s3/index.js', disk: './drivers/disk/index.js' }
const NEIGHBOURS = { s3: '../s3/s3-driver.js', disk: '../disk/disk-driver.js', memory: '../memory/memory-driver.js' }

interface Row {
  /** Which guarded modules the file may import, each in every form. */
  readonly may: readonly string[]
  /** Modules that only mean something in this file, and that it may not import. */
  readonly mayNot?: readonly string[]
}

/** The table of docs/design.md, "Who may import whom", one example file per row. */
const TABLE: Readonly<Record<string, Row>> = {
  'packages/core/src/store/bucket-store.ts': { may: [], mayNot: Object.values(DRIVERS) },
  'packages/core/src/testing/clauses.ts': { may: [], mayNot: ['../drivers/memory/index.js'] },
  'packages/core/src/open-driver.ts': { may: Object.values(DRIVERS) },
  'packages/core/src/drivers/memory/memory-driver.ts': { may: [], mayNot: [NEIGHBOURS.s3, NEIGHBOURS.disk] },
  'packages/core/src/drivers/disk/disk-driver.ts': { may: [], mayNot: [NEIGHBOURS.s3, NEIGHBOURS.memory] },
  'packages/core/src/drivers/disk/deep/file.ts': { may: [], mayNot: [`../${NEIGHBOURS.s3}`, '../../drivers/s3/x.js'] },
  'packages/core/src/drivers/s3/s3-driver.ts': { may: AWS, mayNot: [NEIGHBOURS.disk, NEIGHBOURS.memory] },
  'packages/images/src/render.ts': { may: ['sharp', 'sharp/lib/index.js'] },
  'packages/browser/src/upload.ts': { may: [] },
  'packages/brand-new/src/index.ts': { may: [] },
  'packages/express/src/form-upload.ts': { may: [...CORE, ...HTTP] },
  'packages/stash/src/stash.ts': { may: [...CORE, ...IMAGES] },
  'packages/avatar-cropper/src/crop.ts': { may: [...CORE, ...IMAGES, ...EXPRESS] },
  'packages/avatar-cropper/src/router/index.ts': { may: [...CORE, ...IMAGES, ...EXPRESS, ...HTTP] },
  'packages/gallery/src/events.ts': { may: [...CORE, ...IMAGES, ...EXPRESS] },
  'packages/gallery/src/router.ts': { may: [...CORE, ...IMAGES, ...EXPRESS, ...HTTP] },
  'packages/image-server/src/derive.ts': { may: [...CORE, ...IMAGES, ...EXPRESS, ...STASH] },
  'packages/image-server/src/router/index.ts': { may: [...CORE, ...IMAGES, ...EXPRESS, ...STASH, ...HTTP] },
  'packages/wordpress/src/layout.ts': { may: [...CORE, ...IMAGES, ...EXPRESS, ...CROPPER] },
  'packages/wordpress/src/router/index.ts': { may: [...CORE, ...IMAGES, ...EXPRESS, ...CROPPER, ...HTTP] },
  'packages/cli/src/brigade.ts': { may: [...LIBRARY_SIBLINGS, ...CLI] },
  'examples/express-app/src/server.ts': { may: [...LIBRARY_SIBLINGS, ...HTTP] },
  'packages/core/test/drivers/s3.service.test.ts': { may: GUARDED },
}

function specifiersOf({ may, mayNot = [] }: Row): readonly string[] {
  return [...new Set([...FREE, ...GUARDED, ...may, ...mayNot])]
}

function linesOf(row: Row): readonly { readonly name: string; readonly specifier: string; readonly code: string }[] {
  return specifiersOf(row).flatMap((specifier) =>
    Object.entries(FORMS).map(([form, write]) => ({
      name: `${form} ${specifier}`,
      specifier,
      code: write(specifier),
    })),
  )
}

/** As `npm run lint` does, which sees to the tree as it is. */
async function lint(folder: string) {
  const options = ['--reporter=json', '--max-diagnostics=none', '--vcs-enabled=false']
  const { stdout } = await run(BIOME, ['lint', ...options], folder)
  const report: unknown = JSON.parse(stdout)
  return diagnosticsOf(report)
}

function diagnosticsOf(report: unknown): readonly { readonly path: string; readonly line: number }[] {
  const { diagnostics } = report as {
    diagnostics: { category: string; location: { path: string; start: { line: number } } }[]
  }
  return diagnostics
    .filter(({ category }) => category === 'lint/style/noRestrictedImports' || category === 'plugin')
    .map(({ location }) => ({ path: location.path, line: location.start.line }))
}

describe('who may import whom', () => {
  let folder = ''
  let refusedAt: ReadonlySet<string> = new Set()

  beforeAll(async () => {
    // A tree of its own: a forbidden import in the real one would fail whoever lints at the same moment.
    folder = await mkdtemp(join(tmpdir(), 'bucket-brigade-imports-'))
    await mkdir(join(folder, 'tools'))
    for (const name of ['biome.json', 'import-rules.jsonc', 'tools/no-import-in-type.grit']) {
      await copyFile(join(ROOT, name), join(folder, name))
    }
    for (const [path, row] of Object.entries(TABLE)) {
      const source = [...linesOf(row).map(({ code }) => code), INSIDE_A_TYPE]
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await writeFile(join(folder, path), `${source.join('\n')}\n`)
    }
    const diagnostics = await lint(folder)
    refusedAt = new Set(diagnostics.map(({ path, line }) => `${path}:${line}`))
  }, 180_000)

  afterAll(() => rm(folder, { recursive: true, force: true }))

  it.each(Object.entries(TABLE))('holds in %s', (path, row) => {
    const lines = linesOf(row)
    const free = new Set([...FREE, ...row.may])
    const refused = lines.filter((_, index) => refusedAt.has(`${path}:${index + 1}`)).map(({ name }) => name)
    expect(refused).toEqual(lines.filter(({ specifier }) => !free.has(specifier)).map(({ name }) => name))
  })

  it('refuses an import inside a type, but in the S3 driver, which names the SDK so', () => {
    const mayDoSo = Object.entries(TABLE)
      .filter(([path, row]) => !refusedAt.has(`${path}:${linesOf(row).length + 1}`))
      .map(([path]) => path)
    expect(mayDoSo).toEqual([
      'packages/core/src/drivers/s3/s3-driver.ts',
      'packages/core/test/drivers/s3.service.test.ts',
    ])
  })
})
