import { describe, expect, it } from 'vitest'
import { redact } from '../src/redact.js'

const env = {
  AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG',
  BRIGADE_SECRETS: 'first-secret-of-32-bytes, second-secret-of-32-bytes',
}

describe('what a message never holds', () => {
  it.each([
    ['https://b.s3.example/k?X-Amz-Signature=abc123&X-Amz-Expires=300', 'abc123'],
    ['https://b.s3.example/k?X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F2026&x=1', 'AKIAIOSFODNN7EXAMPLE'],
    ['refused s3://user:hunter22@bucket', 'hunter22'],
    ['the key ASIAIOSFODNN7EXAMPLE is unknown', 'ASIAIOSFODNN7EXAMPLE'],
    ['signed with wJalrXUtnFEMI/K7MDENG', 'wJalrXUtnFEMI'],
    ['the secret second-secret-of-32-bytes', 'second-secret'],
    ['token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI2NTQifQ.c2lnbmF0dXJl', 'eyJzdWIi'],
    ['https://host/objects/k?signature=deadbeef', 'deadbeef'],
  ])('is taken out of %j', (text, secret) => {
    expect(redact(text, env)).not.toContain(secret)
    expect(redact(text, env)).toContain('…')
  })

  it('leaves all else as it is', () => {
    const text = 'there is no such object: uploads/users/654/leo@2x.jpg (HTTP 404)'
    expect(redact(text, env)).toBe(text)
  })
})
