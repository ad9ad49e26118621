import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

/** Hides the AWS SDK from a process, as if it were not installed, and tells when somebody asks for it. */
const HIDE_THE_SDK = `
export async function resolve(specifier, context, next) {
  if (!/^@(aws-sdk|smithy)\\//.test(specifier)) return next(specifier, context)
  throw Object.assign(new Error('asked for ' + specifier), { code: 'ERR_MODULE_NOT_FOUND' })
}`

async function run(script: string): Promise<string> {
  const hooks = `data:text/javascript,${encodeURIComponent(HIDE_THE_SDK)}`
  const register = `import { register } from 'node:module'; register(${JSON.stringify(hooks)})`
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(register)}`, '--input-type=module', '--eval', script],
    { cwd: import.meta.dirname },
  )
  return stdout.trim()
}

describe('the AWS SDK', () => {
  it('is loaded by nothing before the first request', async () => {
    const script = `
      const { openDriver } = await import('@bucket-brigade/core')
      const { S3Driver } = await import('@bucket-brigade/core/s3')
      const driver = openDriver('s3://avatars?region=eu-central-1')
      console.log(driver instanceof S3Driver, driver.publicUrl({ bucket: 'avatars', key: 'a' }))
      await driver.close()`
    expect(await run(script)).toBe('true https://avatars.s3.eu-central-1.amazonaws.com/a')
  })

  it('is asked for with the line that installs it, where it is missing', async () => {
    const script = `
      const { openDriver, BucketStore } = await import('@bucket-brigade/core')
      class Avatars extends BucketStore { bucket = 'avatars' }
      const avatars = new Avatars(openDriver('s3://avatars?region=eu-central-1'))
      await avatars.head('a').catch((error) => console.log(error.code, error.message))`
    expect(await run(script)).toMatch(/^unsupported .*npm install @aws-sdk\/client-s3/)
  })
})
