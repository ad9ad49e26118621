import type { CorsRule, LifecycleRule } from '@bucket-brigade/core'

/** CORS rules as `aws s3api put-bucket-cors --cors-configuration` takes them. */
export function corsDocument(rules: readonly CorsRule[]): object {
  return {
    CORSRules: rules.map((rule) => ({
      ID: rule.id,
      AllowedOrigins: rule.origins,
      AllowedMethods: rule.methods,
      AllowedHeaders: rule.requestHeaders,
      ExposeHeaders: rule.exposedHeaders,
      MaxAgeSeconds: rule.maxAgeInSeconds,
    })),
  }
}

/** Lifecycle rules as `aws s3api put-bucket-lifecycle-configuration --lifecycle-configuration` takes them. */
export function lifecycleDocument(rules: readonly LifecycleRule[]): object {
  return {
    Rules: rules.map(({ id, prefix, expiresAfterDays, abortsUploadsAfterDays }) => ({
      ID: id,
      Status: 'Enabled',
      Filter: { Prefix: prefix },
      ...(expiresAfterDays !== undefined && { Expiration: { Days: expiresAfterDays } }),
      ...(abortsUploadsAfterDays !== undefined && {
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: abortsUploadsAfterDays },
      }),
    })),
  }
}

/** A document as people paste it. */
export function pretty(document: object): string {
  return JSON.stringify(document, undefined, 2)
}
