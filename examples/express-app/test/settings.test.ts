import { describe, expect, test } from 'vitest'
import { completeEnvironment, readSettings, SettingsError } from '../src/settings.js'

const SECRET = 'a-secret-of-these-tests-that-is-long-enough'

const USUAL = {
  uploads: 'form',
  language: 'en',
  log: 'on',
  uploadsAtOnce: 128,
  renderWaitSeconds: 10,
  rendersInLine: 128,
  drainNoticeSeconds: 2,
}

describe('readSettings', () => {
  test('with nothing but a secret: three servers, port 3000, objects on disk', () => {
    expect(readSettings({ BRIGADE_SECRETS: SECRET })).toEqual({
      bucketUrl: 'file:./data',
      bucketPrefix: '',
      bucketPublicUrl: undefined,
      bucketBrowserEndpoint: undefined,
      secrets: [SECRET],
      port: 3000,
      servers: 3,
      ...USUAL,
    })
  })

  test('takes what is set, and leaves out spaces and final slashes', () => {
    const settings = readSettings({
      BUCKET_URL: ' s3://avatars?region=eu-central-1 ',
      BUCKET_PREFIX: 'people/',
      BUCKET_PUBLIC_URL: 'https://cdn.example.com/pictures//',
      BUCKET_BROWSER_ENDPOINT: 'https://s3.example.com/',
      BRIGADE_SECRETS: `${SECRET}, ${SECRET}-older`,
      PORT: '8080',
      SERVERS: '5',
    })
    expect(settings).toEqual({
      bucketUrl: 's3://avatars?region=eu-central-1',
      bucketPrefix: 'people/',
      bucketPublicUrl: 'https://cdn.example.com/pictures',
      bucketBrowserEndpoint: 'https://s3.example.com',
      secrets: [SECRET, `${SECRET}-older`],
      port: 8080,
      servers: 5,
      ...USUAL,
    })
  })

  test('how pictures travel, the language, the log and the limits', () => {
    const env = { UPLOADS: 'direct', LANGUAGE: 'pt_BR:de_DE.UTF-8:en', LOG: 'off', UPLOADS_AT_ONCE: '3' }
    const times = { RENDER_WAIT_SECONDS: '5', DRAIN_NOTICE_SECONDS: '0' }
    const settings = readSettings({ ...env, BRIGADE_SECRETS: SECRET, RENDERS_IN_LINE: '4', ...times })
    expect(settings).toMatchObject({
      uploads: 'direct',
      language: 'de',
      log: 'off',
      uploadsAtOnce: 3,
      rendersInLine: 4,
      renderWaitSeconds: 5,
    })
    expect(settings.drainNoticeSeconds).toBe(0)
    expect(readSettings({ BRIGADE_SECRETS: SECRET, LANGUAGE: 'tlh' }).language).toBe('en')
  })

  test('an empty variable counts as absent', () => {
    expect(readSettings({ BRIGADE_SECRETS: SECRET, PORT: '', BUCKET_URL: ' ' })).toMatchObject({
      port: 3000,
      bucketUrl: 'file:./data',
    })
  })

  test.each([
    [{ PORT: 'three thousand' }, /^PORT: expected a whole number from 1 to \d+; received "three thousand"$/],
    [{ PORT: '65535' }, /^PORT: expected a whole number from 1 to 65532; received "65535"$/],
    [{ PORT: '-1' }, /^PORT: /],
    [{ SERVERS: '0' }, /^SERVERS: expected a whole number from 1 to 16; received "0"$/],
    [{ SERVERS: '2.5' }, /^SERVERS: /],
    [{ UPLOADS: 'pigeon' }, /^UPLOADS: expected one of form, direct; received "pigeon"$/],
    [{ DRAIN_NOTICE_SECONDS: '11' }, /^DRAIN_NOTICE_SECONDS: /],
    [{ BUCKET_URL: 'http://example.com' }, /^BUCKET_URL: expected a file: or s3: URL .*received http:$/],
    [{ BUCKET_URL: 'memory:' }, /^BUCKET_URL: .*memory is not shared between server processes$/],
    [{ BUCKET_URL: 'data' }, /^BUCKET_URL: .*received no scheme$/],
    [{ BUCKET_PREFIX: 'people' }, /^BUCKET_PREFIX: a prefix must end in "\/" \(write "people\/"\)/],
    [{ BUCKET_PUBLIC_URL: 'cdn.example.com' }, /^BUCKET_PUBLIC_URL: expected an http: or https: URL/],
    [{ BUCKET_BROWSER_ENDPOINT: 'ftp://example.com' }, /^BUCKET_BROWSER_ENDPOINT: expected an http: or https: URL/],
  ])('%o is refused with its name, what was expected and what came', (env, message) => {
    expect(() => readSettings({ BRIGADE_SECRETS: SECRET, ...env })).toThrow(SettingsError)
    expect(() => readSettings({ BRIGADE_SECRETS: SECRET, ...env })).toThrow(message)
  })

  test('a short secret is refused by its place, and never shown', () => {
    const env = { BRIGADE_SECRETS: `${SECRET},hunter2` }
    expect(() => readSettings(env)).toThrow(/^BRIGADE_SECRETS: expected secrets of at least 32 bytes; number 2 has 7\./)
    expect(() => readSettings(env)).not.toThrow(/hunter2/)
  })

  test('credentials in an address are refused, and never shown', () => {
    const env = { BRIGADE_SECRETS: SECRET, BUCKET_PUBLIC_URL: 'https://me:hunter2@example.com' }
    expect(() => readSettings(env)).toThrow(/^BUCKET_PUBLIC_URL: /)
    expect(() => readSettings(env)).not.toThrow(/hunter2/)
  })
})

describe('completeEnvironment', () => {
  test('on disk, a secret is made for this run, another one each time', () => {
    const first = completeEnvironment({}).BRIGADE_SECRETS
    const second = completeEnvironment({}).BRIGADE_SECRETS
    expect(Buffer.byteLength(first ?? '')).toBeGreaterThanOrEqual(32)
    expect(second).not.toBe(first)
  })

  test('a secret that is set stays', () => {
    const env = { BRIGADE_SECRETS: SECRET }
    expect(completeEnvironment(env)).toBe(env)
  })

  test('elsewhere nothing is made up: other machines could not know it', () => {
    const env = completeEnvironment({ BUCKET_URL: 's3://avatars' })
    expect(() => readSettings(env)).toThrow(/^BRIGADE_SECRETS: .*openssl rand/)
  })
})
