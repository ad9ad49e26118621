import { createHmac } from 'node:crypto'
import { SECRETS } from './fleet.js'

const WEEK_IN_SECONDS = 7 * 24 * 3600

/** A token as the same servers would have made it a week ago: genuine in everything, but its time is over. */
export function expired(token: string): string {
  const [head, payload = ''] = token.split('.')
  const claims: { iat: number; exp: number } = JSON.parse(Buffer.from(payload, 'base64url').toString())
  const old = { ...claims, iat: claims.iat - WEEK_IN_SECONDS, exp: claims.exp - WEEK_IN_SECONDS }
  return signed(`${head}.${Buffer.from(JSON.stringify(old)).toString('base64url')}`, SECRETS[0])
}

/** A token that says the same, signed with another secret. */
export function signedByStrangers(token: string): string {
  return signed(token.slice(0, token.lastIndexOf('.')), 'a-secret-that-none-of-these-servers-knows')
}

function signed(claims: string, secret: string): string {
  return `${claims}.${createHmac('sha256', secret).update(claims).digest('base64url')}`
}
