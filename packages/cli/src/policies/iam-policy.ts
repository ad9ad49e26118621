import type { Bucket } from '../buckets/buckets.js'

/** Rights beyond those of the steps: what else these credentials are used for. */
export type Right = 'sweep' | 'doctor' | 'fix'

export const RIGHTS: readonly Right[] = ['sweep', 'doctor', 'fix']

/** One statement of a policy. */
export interface Statement {
  readonly Sid: string
  readonly Effect: 'Allow'
  readonly Principal?: '*'
  readonly Action: readonly string[]
  readonly Resource: readonly string[]
}

/** A policy as AWS and its relatives take it. */
export interface Policy {
  readonly Version: '2012-10-17'
  readonly Statement: readonly Statement[]
}

/** What the application writes: nothing else in the bucket can be touched with it. */
const PARTS = ['uploads/*', 'tmp/*', 'state/*']
const OBJECT_ACTIONS = ['s3:PutObject', 's3:GetObject', 's3:DeleteObject']
/** Where uploads and copies may be so large that they go in parts. */
const LARGE_PARTS = ['uploads/*', 'tmp/*']
const LARGE_ACTIONS = ['s3:AbortMultipartUpload', 's3:ListMultipartUploadParts']
/** Without it, S3 answers 403 instead of 404 for what is missing. A condition on its prefix would bring that back. */
const LIST = 's3:ListBucket'
const READ_SETTINGS = [
  's3:GetBucketLocation',
  's3:GetBucketCORS',
  's3:GetLifecycleConfiguration',
  's3:GetBucketPublicAccessBlock',
]
/** Others have no such setting, and Ceph RGW refuses a policy that names a right which it does not know. */
const READ_AWS_SETTINGS = ['s3:GetBucketOwnershipControls']
/** Ceph RGW 16 asks for this right, and not for its own, where the public access block is read. */
const READ_RELATIVES_SETTINGS = ['s3:GetBucketPolicy']
const WRITE_SETTINGS = ['s3:PutBucketCORS', 's3:PutLifecycleConfiguration']

/** Ceph RGW asks for this right on the bucket itself where many objects are deleted by one request; AWS knows it on objects. */
const DELETE_MANY = 's3:DeleteObject'

/** The smallest policy for what the application does, and for what else is wanted. */
export function iamPolicy(given: Bucket, rights: readonly Right[]): Policy {
  const { name, store, isOnAws } = given
  const bucket = `arn:aws:s3:::${name}`
  const onObjects = store.acl === undefined ? OBJECT_ACTIONS : [...OBJECT_ACTIONS, 's3:PutObjectAcl']
  const looks = rights.includes('doctor') || rights.includes('fix')
  const onBucket = [
    LIST,
    ...(isOnAws ? [] : [DELETE_MANY]),
    ...(rights.includes('sweep') ? ['s3:ListBucketMultipartUploads'] : []),
    ...(looks ? READ_SETTINGS : []),
    ...(looks ? (isOnAws ? READ_AWS_SETTINGS : READ_RELATIVES_SETTINGS) : []),
    ...(rights.includes('fix') ? WRITE_SETTINGS : []),
  ]
  const below = (parts: readonly string[]): readonly string[] => parts.map((part) => `${bucket}/${store.prefix}${part}`)
  return {
    Version: '2012-10-17',
    Statement: [
      { Sid: 'BrigadeObjects', Effect: 'Allow', Action: onObjects, Resource: below(PARTS) },
      { Sid: 'BrigadeLargeObjects', Effect: 'Allow', Action: LARGE_ACTIONS, Resource: below(LARGE_PARTS) },
      { Sid: 'BrigadeBucket', Effect: 'Allow', Action: onBucket, Resource: [bucket] },
    ],
  }
}

/** The bucket policy that lets anybody read what is below `uploads/`, and nothing else. */
export function publicPolicy({ name, store }: Pick<Bucket, 'name' | 'store'>, part = 'uploads/'): Policy {
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'BrigadePublicPictures',
        Effect: 'Allow',
        Principal: '*',
        Action: ['s3:GetObject'],
        Resource: [`arn:aws:s3:::${name}/${store.prefix}${part}*`],
      },
    ],
  }
}
