import { describe, expect, it } from 'vitest'
import { explainFailure } from '../../../src/drivers/s3/explain-failure.js'

function sdkError(name: string, status: number | undefined, message = 'm'): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status } })
}

function systemError(code: string, message = code): Error {
  return Object.assign(new Error(message), { code })
}

describe('the cause of an error', () => {
  it.each([
    [sdkError('NoSuchKey', 404), 'not-found'],
    [sdkError('NotFound', 404), 'not-found'],
    [sdkError('NoSuchUpload', 404), 'not-found'],
    [sdkError('NoSuchBucket', 404), 'bucket-not-found'],
    [sdkError('Forbidden', 403), 'permission-denied'],
    [sdkError('SignatureDoesNotMatch', 403), 'permission-denied'],
    [sdkError('RequestTimeTooSkewed', 403), 'permission-denied'],
    [sdkError('304', 304), 'precondition-failed'],
    [sdkError('SlowDown', 503), 'unavailable'],
    [sdkError('UnknownError', 500), 'unavailable'],
    [sdkError('RequestTimeout', 400), 'unavailable'],
    [sdkError('TimeoutError', undefined), 'unavailable'],
    [sdkError('EntityTooSmall', 400), 'invalid-argument'],
    [sdkError('KeyTooLongError', 400), 'invalid-key'],
    [sdkError('XAmzContentSHA256Mismatch', 400), 'integrity'],
    [sdkError('NotImplemented', 501, 'A header you provided implies functionality: x-amz-acl'), 'acl-unsupported'],
    [sdkError('InvalidArgument', 400, 'Unsupported ACL'), 'acl-unsupported'],
    [systemError('ECONNREFUSED'), 'unavailable'],
    [systemError('ENOTFOUND'), 'unavailable'],
    [systemError('DEPTH_ZERO_SELF_SIGNED_CERT'), 'unavailable'],
    [systemError('ECONNRESET', 'aborted'), 'unavailable'],
    [new Error('Region is missing'), 'invalid-argument'],
    [new Error('something new'), 'unknown'],
    ['thrown text', 'unknown'],
  ])('%s is %s', (error, code) => {
    expect(explainFailure(error).code).toBe(code)
  })

  it.each([
    [200, 'application/xml', false],
    [302, 'application/octet-stream', true],
    [400, 'text/html; charset=utf-8', true],
    [400, 'application/xml', false],
    [404, 'text/html', true],
    [503, 'text/html', false],
  ])('an answer of status %d and type %s, without a code, comes from no S3 service: %s', (status, type, expected) => {
    const error = Object.assign(sdkError('UnknownError', status), { $response: { headers: { 'content-type': type } } })
    expect(/no S3 service: check the endpoint/.test(explainFailure(error).message)).toBe(expected)
  })

  it('a page that is no XML comes from no S3 service', () => {
    const error = sdkError('Error', 404, '@aws-sdk XML parse error: mismatched tags <hr> and </body>.')
    Object.assign(error, { $response: { headers: { 'content-type': 'text/html' } } })
    expect(explainFailure(error)).toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('no S3 service'),
    })
  })

  it.each([
    [413, 'invalid-argument', /a proxy before it/],
    [429, 'unavailable', /slow down/],
  ])('the page with which a gateway answers %d says what the status says', (status, code, message) => {
    const error = sdkError('Error', status, '@aws-sdk XML parse error: mismatched tags <hr> and </body>.')
    Object.assign(error, { $response: { headers: { 'content-type': 'text/html' } } })
    expect(explainFailure(error)).toMatchObject({ code, message: expect.stringMatching(message) })
  })

  it('is no access control list because a word looks like one', () => {
    expect(explainFailure(sdkError('InvalidRequest', 400, 'The oracle said no')).code).toBe('unknown')
  })

  it('shows no secret of an unforeseen message', () => {
    const message =
      'GET https://s3/x?X-Amz-Credential=AKIAEXAMPLE%2F2026&X-Amz-Signature=0123abcd&x=1 AKIAIOSFODNN7EXAMPLE'
    const explained = explainFailure(sdkError('Strange', 400, message)).message
    expect(explained).not.toMatch(/0123abcd|AKIA/)
    expect(explained).toContain('Strange')
  })
})
