import { type Capability, type Clause, conformanceClauses } from '@bucket-brigade/core/testing'

const OVER_HTTP: readonly Capability[] = [
  'public-url',
  'signed-url',
  'presigned-post',
  'presigned-redirect',
  'presigned-put',
  'presigned-create',
  'presigned-part',
]

/** What the contract says about addresses. The rest of it is held by the disk driver's own tests. */
export const addressClauses: readonly Clause[] = conformanceClauses().filter(({ capability }) =>
  OVER_HTTP.includes(capability),
)
