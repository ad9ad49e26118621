import { describe, expect, it } from 'vitest'
import { S3Driver, type S3DriverOptions } from '../../../src/drivers/s3/index.js'

const address = (options: S3DriverOptions, key = 'users/léo +1.jpg', bucket = 'avatars'): string =>
  new S3Driver(options).publicUrl({ bucket, key })

describe('public addresses', () => {
  it.each<[string, S3DriverOptions, string]>([
    ['AWS', { region: 'eu-central-1' }, 'https://avatars.s3.eu-central-1.amazonaws.com/users/l%C3%A9o%20%2B1.jpg'],
    [
      'AWS over IPv6',
      { region: 'eu-central-1', awsHost: 'dual-stack' },
      'https://avatars.s3.dualstack.eu-central-1.amazonaws.com/users/l%C3%A9o%20%2B1.jpg',
    ],
    [
      'AWS over IPv6 with names in paths',
      { region: 'us-east-1', awsHost: 'dual-stack', urlStyle: 'path' },
      'https://s3.dualstack.us-east-1.amazonaws.com/avatars/users/l%C3%A9o%20%2B1.jpg',
    ],
    [
      'AWS as it was named in 2018',
      { region: 'eu-central-1', awsHost: 'dash', urlStyle: 'path' },
      'https://s3-eu-central-1.amazonaws.com/avatars/users/l%C3%A9o%20%2B1.jpg',
    ],
    [
      'AWS where it began',
      { region: 'us-east-1', awsHost: 'dash', urlStyle: 'path' },
      'https://s3.amazonaws.com/avatars/users/l%C3%A9o%20%2B1.jpg',
    ],
    [
      'AWS as it was named in 2018, with names in hosts',
      { region: 'us-west-2', awsHost: 'dash' },
      'https://avatars.s3-us-west-2.amazonaws.com/users/l%C3%A9o%20%2B1.jpg',
    ],
    [
      'AWS in China',
      { region: 'cn-north-1' },
      'https://avatars.s3.cn-north-1.amazonaws.com.cn/users/l%C3%A9o%20%2B1.jpg',
    ],
    ['another service', { endpoint: 'http://ceph:8000/' }, 'http://ceph:8000/avatars/users/l%C3%A9o%20%2B1.jpg'],
    [
      'another service with names in hosts',
      { endpoint: 'https://r2.example:8443', urlStyle: 'virtual-host' },
      'https://avatars.r2.example:8443/users/l%C3%A9o%20%2B1.jpg',
    ],
    [
      'the endpoint that browsers reach',
      { endpoint: 'http://ceph:8000', browserEndpoint: 'https://files.example/s3' },
      'https://files.example/s3/avatars/users/l%C3%A9o%20%2B1.jpg',
    ],
  ])('%s', (_where, options, expected) => {
    expect(address(options)).toBe(expected)
  })

  it('of a dotted bucket avoid its name in the host, which no certificate covers', () => {
    expect(address({ region: 'eu-west-1' }, 'a', 'files.example.com')).toBe(
      'https://s3.eu-west-1.amazonaws.com/files.example.com/a',
    )
  })

  it('of a dotted bucket avoid it in http as well, which may be asked for in https', () => {
    const endpoint = 'http://r2.example'
    expect(address({ endpoint, urlStyle: 'virtual-host' }, 'a', 'files.example.com')).toBe(
      'http://r2.example/files.example.com/a',
    )
  })

  it.each(['dual-stack', 'dash', 'regional'] as const)(
    'name no host of AWS (%s) where there is an endpoint',
    (awsHost) => {
      expect(() => address({ endpoint: 'http://ceph:8000', awsHost })).toThrow(/expected awsHost to be absent/)
    },
  )

  it('are signed for both Internets where the driver uses both', async () => {
    const credentials = { accessKeyId: 'id', secretAccessKey: 'secret' }
    const driver = new S3Driver({ region: 'eu-central-1', awsHost: 'dual-stack', credentials })
    const url = new URL(
      await driver.signedUrl({ bucket: 'avatars', key: 'a' }, { method: 'GET', expiresInSeconds: 60 }),
    )
    expect(url.host).toBe('avatars.s3.dualstack.eu-central-1.amazonaws.com')
  })

  it('need a region, and say so', () => {
    const { AWS_REGION, AWS_DEFAULT_REGION } = process.env
    delete process.env.AWS_REGION
    delete process.env.AWS_DEFAULT_REGION
    try {
      expect(() => address({})).toThrow(/set `region`/)
    } finally {
      if (AWS_REGION !== undefined) process.env.AWS_REGION = AWS_REGION
      if (AWS_DEFAULT_REGION !== undefined) process.env.AWS_DEFAULT_REGION = AWS_DEFAULT_REGION
    }
  })
})
