/**
 * Makes the one file that a page embeds without a bundler: packages/browser/dist/avatar-form.js. `npm run build` and everything that
 * prepares a checkout runs it after the compiler.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'
import { isProgram, ROOT } from './child.mjs'

/** Servers that render pages import what pages import: there it defines nothing, as there is nothing to extend. */
const WITHOUT_DOCUMENT =
  'const HTMLElement=globalThis.HTMLElement??class{},customElements=globalThis.customElements??{get:()=>HTMLElement};'

export async function bundle() {
  await build({
    absWorkingDir: ROOT,
    entryPoints: [join(ROOT, 'packages/browser/src/avatar-form/index.ts')],
    outfile: join(ROOT, 'packages/browser/dist/avatar-form.js'),
    bundle: true,
    format: 'esm',
    minify: true,
    target: ['chrome123', 'edge123', 'firefox120', 'safari17.5'],
    banner: { js: WITHOUT_DOCUMENT },
    legalComments: 'inline',
    logLevel: 'warning',
  })
  await writeFile(join(ROOT, 'packages/browser/dist/avatar-form.d.ts'), "export * from './avatar-form/index.js'\n")
}

if (isProgram(import.meta.url)) await bundle()
