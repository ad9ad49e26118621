import type { Answer, Patient } from './patient.js'

/** What to do, and the command that does it. */
export type Remedy = [cure: string, command?: string]

const OPEN_UPLOADS =
  "open uploads/ alone, by a policy that takes the place of the bucket's own: add to it what that one grants besides"

/** Whether pictures are meant for everybody. */
export function isShown({ bucket, publicUrl }: Patient): boolean {
  return publicUrl !== undefined || bucket.store.acl === 'public-read'
}

/** What is forbidden is opened; what is not found is elsewhere. */
export async function opening({ bucket, remedies, signal }: Patient, answer: Answer | undefined): Promise<Remedy> {
  if (answer?.status !== 403) return ["correct BUCKET_PUBLIC_URL, or the CDN's origin: its path ends where keys begin"]
  if (bucket.kind !== 's3') return ['serve uploads/ to everybody: publicPrefixes of diskObjects()']
  const access = await bucket.store.settings.publicAccess({ signal }).catch(() => undefined)
  const unblock = access === 'blocked' || access === 'mixed'
  const command = remedies.openUploads()
  return [
    OPEN_UPLOADS,
    unblock ? `${remedies.brigade('bucket create', '--access', 'policy-only')} && ${command}` : command,
  ]
}

/** Closes what is open beyond `uploads/`. */
export function narrowing(patient: Patient): Remedy {
  const { bucket, remedies } = patient
  if (bucket.kind !== 's3') return ['take it out of the publicPrefixes of diskObjects()']
  if (isShown(patient)) {
    return [OPEN_UPLOADS, remedies.openUploads()]
  }
  return [
    "take out of the bucket's policy what it grants everybody, or, where it grants nothing else, all of it",
    remedies.dropPolicy(),
  ]
}
