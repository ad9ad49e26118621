/**
 * Objects in a bucket of AWS S3, or of a service that speaks its protocol: `@bucket-brigade/core/s3`.
 *
 * @module s3
 */
export { S3Driver } from './s3-driver.js'
export type { AwsHost, S3ClientLike, S3Credentials, S3DriverOptions } from './s3-options.js'
