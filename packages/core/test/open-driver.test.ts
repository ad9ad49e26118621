import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { StoreError } from '../src/errors.js'
import { type OpenDriverOptions, openDriver } from '../src/open-driver.js'
import { BucketStore } from '../src/store/bucket-store.js'

function refusal(url: string | undefined, options?: OpenDriverOptions): string {
  try {
    openDriver(url, options)
  } catch (error) {
    if (StoreError.is(error, 'invalid-argument')) return error.message
    throw error
  }
  throw new Error('expected a refusal')
}

describe('addresses of S3', () => {
  it('name the bucket, the region and the service', () => {
    const driver = openDriver('s3://avatars?region=eu-central-1')
    expect([driver.name, driver.bucket]).toEqual(['s3', 'avatars'])
    expect(driver.publicUrl({ bucket: 'avatars', key: 'a.jpg' })).toBe(
      'https://avatars.s3.eu-central-1.amazonaws.com/a.jpg',
    )
    const other = openDriver('s3://avatars?endpoint=http://127.0.0.1:8000&browserEndpoint=https%3A%2F%2Ffiles.example')
    expect(other.publicUrl({ bucket: 'avatars', key: 'a.jpg' })).toBe('https://files.example/avatars/a.jpg')
  })

  it('may leave the bucket to the store', () => {
    expect(openDriver('s3:').bucket).toBeUndefined()
    expect(openDriver('s3://?region=eu-central-1').bucket).toBeUndefined()
  })

  it('take every option that is documented', () => {
    const query = new URLSearchParams({
      region: 'eu-central-1',
      endpoint: 'http://127.0.0.1:8000',
      browserEndpoint: 'http://127.0.0.1:8000',
      urlStyle: 'path',
      checksums: 'when-required',
      ifMatchQuotes: 'unquoted',
      conditionalMultipart: 'supported',
      connectTimeoutInSeconds: '3',
      stallTimeoutInSeconds: '20',
      maxSockets: '10',
      maxAttempts: '1',
    })
    expect(openDriver(`s3://avatars?${query}`).name).toBe('s3')
    const dashed = openDriver('s3://avatars?region=us-west-2&awsHost=dash')
    expect(dashed.publicUrl({ bucket: 'avatars', key: 'a' })).toBe('https://avatars.s3-us-west-2.amazonaws.com/a')
  })

  it('honour the SDK’s own variable for the endpoint', () => {
    const before = process.env.AWS_ENDPOINT_URL_S3
    process.env.AWS_ENDPOINT_URL_S3 = 'http://127.0.0.1:8000'
    try {
      expect(openDriver('s3://avatars').publicUrl({ bucket: 'avatars', key: 'a' })).toBe(
        'http://127.0.0.1:8000/avatars/a',
      )
    } finally {
      if (before === undefined) delete process.env.AWS_ENDPOINT_URL_S3
      else process.env.AWS_ENDPOINT_URL_S3 = before
    }
  })

  it('hold no credentials, and a message does not repeat them', () => {
    for (const url of ['s3://AKIAX:hunter2@avatars', 's3://avatars?endpoint=http://u:hunter2@127.0.0.1']) {
      expect(refusal(url)).not.toMatch(/hunter2|AKIAX/)
    }
    expect(refusal('s3://AKIAX:hunter2@avatars')).toContain('AWS_ACCESS_KEY_ID')
    expect(refusal('s3://avatars?secretAccessKey=hunter2')).not.toContain('hunter2')
  })

  it('have no path', () => {
    expect(refusal('s3://avatars/users/')).toContain('`prefix`')
  })
})

describe('addresses of folders', () => {
  it('are relative to the working directory, or absolute', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'open-driver-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    class Notes extends BucketStore {
      readonly bucket = 'notes'
    }
    const relative = path.relative(process.cwd(), folder)
    const addresses = [
      `file:${relative}/my%20data`,
      `file:${folder}/my%20data`,
      `file://${folder}/my%20data?bucket=notes`,
    ]
    for (const [index, url] of addresses.entries()) await new Notes(openDriver(url)).put(`${index}.txt`, 'abc')
    expect((await readdir(path.join(folder, 'my data', 'notes'))).filter((name) => name.endsWith('.txt'))).toEqual([
      '0.txt',
      '1.txt',
      '2.txt',
    ])
  })

  it('take what signs addresses from the options', () => {
    const driver = openDriver('file:./data', { baseUrl: '/objects', secrets: ['x'.repeat(32)] })
    expect(driver.publicUrl({ bucket: 'avatars', key: 'a b' })).toBe('/objects/avatars/a%20b')
  })

  it.each(['file:', 'file://', 'file://host/data', 'file:%zz'])('%s is none', (url) => {
    expect(refusal(url)).toMatch(/file:\.\/directory|percent-encoding/)
  })
})

describe('addresses of memory', () => {
  it('work at once', async () => {
    class Notes extends BucketStore {
      readonly bucket = 'notes'
    }
    const notes = new Notes(openDriver('memory:'))
    expect(await notes.put('a', 'abc')).toMatchObject({ size: 3 })
    expect(openDriver('memory:?bucket=notes').bucket).toBe('notes')
  })
})

describe('refusals', () => {
  it.each([undefined, '', '  ', 'avatars', '/srv/data', './data'])(
    '%j is no address, and the message shows some',
    (url) => {
      expect(refusal(url)).toMatch(/s3:\/\/bucket\?region=.*file:\.\/data.*memory:/)
    },
  )

  it('name what is unknown, and what is known', () => {
    expect(refusal('gs://avatars')).toContain('"gs"')
    expect(refusal('s3://avatars?regoin=eu')).toMatch(/unknown option "regoin".*known are region, endpoint/)
    expect(refusal('memory:?region=eu')).toMatch(/unknown option "region".*known are bucket/)
    expect(refusal('file:./data', { credentials: { accessKeyId: 'a', secretAccessKey: 'b' } })).toMatch(
      /unknown option "credentials" in the options of file: addresses; known are baseUrl, secrets/,
    )
    expect(refusal('memory:', { baseUrl: '/x' })).toContain('there are none')
  })

  it.each([
    ['urlStyle=virtual', 'expected urlStyle to be "path" or "virtual-host"; received "virtual"'],
    ['maxSockets=many', 'expected maxSockets to be an integer; received "many"'],
    ['maxSockets=0', 'expected maxSockets to be an integer from 1 to 1000; received 0'],
    ['endpoint=127.0.0.1:8000', 'expected endpoint to be an http or https URL'],
    ['endpoint=ftp://x', 'expected endpoint to be an http or https URL'],
    ['region=eu%20central', 'expected region to be a name without spaces and slashes; received "eu central"'],
    ['region=a&region=b', 'names the option "region" twice'],
  ])('%s: %s', (query, message) => {
    expect(refusal(`s3://avatars?${query}`)).toContain(message)
  })

  it('of a store that names another bucket', async () => {
    class Other extends BucketStore {
      readonly bucket = 'others'
    }
    await expect(new Other(openDriver('memory:?bucket=avatars')).head('a')).rejects.toThrow(/"others".*"avatars"/)
  })
})
