import { describe, expect, it } from 'vitest'
import { S3Driver, type S3DriverOptions } from '../../../src/drivers/s3/index.js'

const address = (options: S3DriverOptions, key = 'users/léo +1.jpg', bucket = 'avatars'): string =>
  new S3Driver(options).publicUrl({ bucket, key })

describe('public addresses', () => {
  it.each<[string, S3DriverOptions, string]>([
    ['AWS', { region: 'eu-central-1' }, 'https://avatars.s3.eu-central-1.amazonaws.com/users/l%C3%A9o%20%2B1.jpg'],
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
