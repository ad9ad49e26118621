import { type Finding, fail, note, ok } from './finding.js'
import type { Patient } from './patient.js'
import { setting } from './reach.js'

/** Whether access control lists count, and whether the store sends any. */
export async function checkOwnership(patient: Patient): Promise<Finding> {
  const { bucket, signal } = patient
  const { acl, settings } = bucket.store
  try {
    const ownership = (await settings.ownership({ signal })) ?? 'object-writer'
    if (ownership !== 'acls-disabled') return ok('acl-mode', `${ownership}: access control lists count`)
    if (acl === undefined) return ok('acl-mode', 'access control lists are disabled, and none is sent')
    return fail(
      'acl-mode',
      `access control lists are disabled, and the store sends "${acl}"`,
      'every write is refused with acl-unsupported',
      'leave `acl` unset, and open what is public by the bucket policy',
    )
  } catch (error) {
    return setting(patient, 'acl-mode', error, 's3:GetBucketOwnershipControls')
  }
}

/** Whether the account or the bucket keeps the public out, whatever else is said. */
export async function checkPublicAccess(patient: Patient): Promise<Finding> {
  const { bucket, publicUrl, remedies, signal } = patient
  const { acl, settings } = bucket.store
  try {
    const access = await settings.publicAccess({ signal })
    if (access === undefined || access === 'open') {
      return ok('public-access', 'nothing is blocked: lists and the bucket policy decide')
    }
    if (acl !== undefined && acl !== 'private' && access === 'blocked') {
      return fail(
        'public-access',
        `all public access is blocked, and the store sends "${acl}"`,
        'writes with a public list are refused, or nobody can read them',
        'take the block away, or leave `acl` unset',
        remedies.brigade('bucket create', '--access', 'open'),
      )
    }
    const cure = publicUrl === undefined ? undefined : 'a CDN with its own rights reads it all the same'
    return note('public-access', `${access}: ${MEANING[access]}`, cure)
  } catch (error) {
    return setting(patient, 'public-access', error, 's3:GetBucketPublicAccessBlock')
  }
}

const MEANING = {
  blocked: 'nothing can be public, whatever lists and policies say',
  'policy-only': 'public lists are refused; a bucket policy can open what is public',
  mixed: 'some kinds of public access are blocked',
}
