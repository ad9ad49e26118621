import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** The versions of Uppy that are tried, as they come from npm. */
export const VERSIONS = [5, 6] as const
export type UppyVersion = (typeof VERSIONS)[number]

const ENTRY = `
import Uppy from '@uppy/core'
import AwsS3 from '@uppy/aws-s3'
Object.assign(window, { Uppy, AwsS3 })
`

/** A script that puts `Uppy` and `AwsS3` on the page. */
export async function bundleUppy(version: UppyVersion): Promise<string> {
  const resolveDir = fileURLToPath(new URL(`../clients/uppy-${version}`, import.meta.url))
  const { outputFiles } = await build({
    stdin: { contents: ENTRY, resolveDir },
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    logLevel: 'error',
  })
  return outputFiles[0]?.text ?? ''
}
