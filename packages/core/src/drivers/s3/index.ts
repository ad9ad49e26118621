export { S3Driver } from './s3-driver.js'
export type { AwsHost, S3ClientLike, S3Credentials, S3DriverOptions } from './s3-options.js'
