/**
 * Makes the one file that a page embeds without a bundler: packages/browser/dist/avatar-form.js. `npm run build` and everything that
 * prepares a checkout runs it after the compiler.
 */
import { join } from 'node:path'
import { build } from 'esbuild'
import { isProgram, ROOT } from './child.mjs'

export async function bundle() {
  await build({
    absWorkingDir: ROOT,
    entryPoints: [join(ROOT, 'packages/browser/src/avatar-form/index.ts')],
    outfile: join(ROOT, 'packages/browser/dist/avatar-form.js'),
    bundle: true,
    format: 'esm',
    minify: true,
    target: ['chrome123', 'edge123', 'firefox120', 'safari17.5'],
    legalComments: 'inline',
    logLevel: 'warning',
  })
}

if (isProgram(import.meta.url)) await bundle()
