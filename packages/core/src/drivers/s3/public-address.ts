import type { ObjectLocation } from '../../contract/driver.js'
import { DriverError } from '../../errors.js'
import { encodeKey } from '../../keys/object-key.js'
import type { AwsHost, S3Settings } from './s3-options.js'

/** The address of an object for people, where the bucket lets them read it. Needs no SDK and no request. */
export function publicAddress({ bucket, key }: ObjectLocation, settings: S3Settings): string {
  const origin = settings.browserEndpoint ?? settings.endpoint ?? awsOrigin(settings)
  const url = new URL(origin)
  // A dotted name is not covered by the service's wildcard certificate, and any address may be asked for in https.
  const inHost = settings.urlStyle === 'virtual-host' && !bucket.includes('.')
  const base = url.pathname.replace(/\/+$/, '')
  return inHost
    ? `${url.protocol}//${bucket}.${url.host}${base}/${encodeKey(key)}`
    : `${url.origin}${base}/${encodeKey(bucket)}/${encodeKey(key)}`
}

const HOSTS: Readonly<Record<AwsHost, (region: string) => string>> = {
  regional: (region) => `s3.${region}`,
  'dual-stack': (region) => `s3.dualstack.${region}`,
  dash: (region) => (region === 'us-east-1' ? 's3' : `s3-${region}`),
}

function awsOrigin({ region, client, awsHost }: S3Settings): string {
  if (region !== undefined) {
    return `https://${HOSTS[awsHost](region)}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`
  }
  const where = client ? 'beside `client`' : 'in the options, or AWS_REGION,'
  throw new DriverError(
    'unsupported',
    `a public address needs the region: set \`region\` or \`endpoint\` ${where} or \`publicBaseUrl\` in the store`,
  )
}
