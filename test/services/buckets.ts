import { randomBytes } from 'node:crypto'
import { CreateBucketCommand, PutBucketCorsCommand, PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3'
import { type CephCluster, createUser, type S3Credentials } from './ceph.js'

export interface BucketOptions {
  /** Origins whose pages may upload straight to the bucket. Default: none, so no CORS rule is set. */
  readonly browserOrigins?: readonly string[]
}

/** A client with the rights of the buckets' owner, or of `credentials`. Destroy it afterwards. */
export function cephClient(cluster: CephCluster, credentials: S3Credentials = cluster.credentials): S3Client {
  return new S3Client({
    endpoint: cluster.endpoints[0],
    region: cluster.region,
    forcePathStyle: true,
    credentials,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  })
}

/** Makes a bucket with a name of its own; it goes away with the cluster. */
export async function createBucket(cluster: CephCluster, options: BucketOptions = {}): Promise<string> {
  const Bucket = `test-${randomBytes(8).toString('hex')}`
  const client = cephClient(cluster)
  try {
    await client.send(new CreateBucketCommand({ Bucket }))
    if (options.browserOrigins) {
      const rule = {
        AllowedOrigins: [...options.browserOrigins],
        AllowedMethods: ['GET', 'HEAD', 'PUT', 'POST'],
        AllowedHeaders: ['*'],
        ExposeHeaders: ['ETag', 'Location'],
      }
      await client.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules: [rule] } }))
    }
    return Bucket
  } finally {
    client.destroy()
  }
}

/** A new user who may only do `s3:Put*`, `s3:Get*` and `s3:List*`, and only in this bucket. Nobody may delete but its owner. */
export function createPutGetListUser(cluster: CephCluster, bucket: string): Promise<S3Credentials> {
  return createUserUnder(cluster, bucket, (name) =>
    allowing({
      Principal: { AWS: [`arn:aws:iam:::user/${name}`] },
      Action: ['s3:Put*', 's3:Get*', 's3:List*'],
      Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`],
    }),
  )
}

/** A new user, with the rights that the policy of this bucket gives to their name. */
export async function createUserUnder(
  cluster: CephCluster,
  bucket: string,
  policyFor: (name: string) => string,
): Promise<S3Credentials> {
  const name = `writer-${randomBytes(6).toString('hex')}`
  const credentials = await createUser(cluster, name)
  await putPolicy(cluster, bucket, policyFor(name))
  return credentials
}

/** Lets anybody read what is below these prefixes (each ending in `/`), as a bucket policy for public pictures does. */
export async function openToPublic(cluster: CephCluster, bucket: string, prefixes: readonly string[]): Promise<void> {
  const Resource = prefixes.map((prefix) => `arn:aws:s3:::${bucket}/${prefix}*`)
  await putPolicy(cluster, bucket, allowing({ Principal: '*', Action: ['s3:GetObject'], Resource }))
}

interface Statement {
  readonly Principal: '*' | { readonly AWS: readonly string[] }
  readonly Action: readonly string[]
  readonly Resource: readonly string[]
}

function allowing(statement: Statement): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] })
}

async function putPolicy(cluster: CephCluster, bucket: string, policy: string): Promise<void> {
  const client = cephClient(cluster)
  try {
    await client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy: policy }))
  } finally {
    client.destroy()
  }
}
