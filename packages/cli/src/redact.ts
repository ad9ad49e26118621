const SIGNED =
  /((?:X-(?:Amz|Goog)-(?:Signature|Credential|Security-Token)|Signature|AWSAccessKeyId|Policy|token)=)[^&\s"'<>]+/gi
const USER_INFO = /(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/?#@"']+@/gi
const ACCESS_KEY = /\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b/g
const BEARER = /\beyJ[\w-]+\.[\w-]+\.[\w-]+/g
const SECRET_VARIABLES = ['AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_ACCESS_KEY_ID']

/**
 * Takes out of a message whatever could sign, open or authorise something: signatures and tokens of addresses, passwords
 * before an `@`, and the secrets that the environment holds, wherever they come from.
 */
export function redact(text: string, env: Readonly<Record<string, string | undefined>>): string {
  const secrets = [
    ...SECRET_VARIABLES.map((name) => env[name]),
    ...(env.BRIGADE_SECRETS?.split(',').map((secret) => secret.trim()) ?? []),
  ]
  let clean = text
  for (const secret of secrets) if (secret !== undefined && secret.length >= 8) clean = clean.replaceAll(secret, '…')
  return clean.replace(USER_INFO, '$1…@').replace(SIGNED, '$1…').replace(BEARER, '…').replace(ACCESS_KEY, '…')
}
