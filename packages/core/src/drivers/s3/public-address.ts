import type { ObjectLocation } from '../../driver.js'
import { DriverError } from '../../errors.js'
import { encodeKey } from '../../object-key.js'
import type { S3Settings } from './s3-options.js'

/** The address of an object for people, where the bucket lets them read it. Needs no SDK and no request. */
export function publicAddress({ bucket, key }: ObjectLocation, settings: S3Settings): string {
  const origin = settings.browserEndpoint ?? settings.endpoint ?? awsOrigin(settings)
  const url = new URL(origin)
  // A dotted name is not covered by the service's wildcard certificate.
  const inHost = settings.urlStyle === 'virtual-host' && !(bucket.includes('.') && url.protocol === 'https:')
  const base = url.pathname.replace(/\/+$/, '')
  return inHost
    ? `${url.protocol}//${bucket}.${url.host}${base}/${encodeKey(key)}`
    : `${url.origin}${base}/${bucket}/${encodeKey(key)}`
}

function awsOrigin({ region, client }: S3Settings): string {
  if (region !== undefined) return `https://s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`
  const where = client ? 'beside `client`' : 'in the options, or AWS_REGION,'
  throw new DriverError(
    'unsupported',
    `a public address needs the region: set \`region\` or \`endpoint\` ${where} or \`publicBaseUrl\` in the store`,
  )
}
