import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FOLDER_VARIABLE, PrintedRun, secretsIn, secretsOf } from '../../tools/printed-secrets.mjs'
import { ROOT, run } from '../house/run.js'

const HEX = '0123456789abcdef'.repeat(4)

describe('what nobody may print', () => {
  it.each([
    ['a token', `token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.${HEX}`],
    ['a token in a cookie', `avatar-${HEX.slice(0, 32)}=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.${HEX}; Path=/`],
    ['a presigned address', `GET http://127.0.0.1:1/b/k?X-Amz-Expires=60&X-Amz-Signature=${HEX}`],
    ['the credential of a form', '"x-amz-credential": "0123456789ABCDEF0123/20260101/eu-central-1/s3/aws4_request"'],
    ['a session token', `x-amz-security-token: ${HEX}`],
    ['the header of a request', `Authorization: AWS4-HMAC-SHA256 SignedHeaders=host, Signature=${HEX}`],
    ['a policy', `policy: 'eyJleHBpcmVzIjoxNzYzNjk2${HEX}'`],
    ['a policy in a form', `<input name="policy" value="eyJleHBpcmVzIjoxNzYzNjk2${HEX}">`],
    ['an address of the disk driver', `/objects/b/k?x-brigade-expires=1&x-brigade-signature=${HEX.slice(0, 43)}`],
    ['a sign-in', `Cookie: brigade_user=MTA.1763696123.${HEX.slice(0, 43)}`],
    ['a token in an encoded address', `/sign-in?next=%2Fx%3Ftoken%3DeyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.${HEX}`],
    ['an encoded presigned address', `%26X-Amz-Signature%3D${HEX}`],
    ['a presigned request in JSON in a string', `{"body":"{\\"X-Amz-Signature\\":\\"${HEX}\\"}"}`],
    ['a presigned request in a form', `<input type="hidden" name="X-Amz-Signature" value="${HEX}">`],
    ['a map', inspect(new Map([['x-brigade-signature', HEX.slice(0, 43)]]))],
    ['the query of an address', inspect(new URLSearchParams({ 'X-Amz-Security-Token': HEX }))],
    ['the raw headers of a request', inspect(['x-amz-credential', '0123456789ABCDEF0123/20260101/eu/s3/aws4_request'])],
    ['cookies in a map', inspect(new Map([['brigade_user', `MTA.1763696123.${HEX.slice(0, 43)}`]]))],
    ['a password in an address', 'https://me:pass-word@example.com/bucket'],
    ['a secret of a test', 'BRIGADE_SECRETS=an-older-secret-that-is-still-being-accepted'],
    ['a private key', '-----BEGIN EC PRIVATE'.concat(' KEY-----')],
  ])('%s', (_, line) => {
    expect(secretsIn(line)).not.toEqual([])
  })

  it.each([
    'Expected BRIGADE_SECRETS: one or more secrets of at least 32 bytes',
    'the query holds X-Amz-Signature, X-Amz-Credential and a policy',
    `${inspect(['X-Amz-Signature', 'X-Amz-Credential', 'X-Amz-Security-Token'])} are left out`,
    'refused: x-brigade-signature= is empty',
    '/objects/avatars/uploads/users/10/0123456789abcdef0123456789abcdef-64.jpg',
    'http://127.0.0.1:3000/avatars?user=a:b@c',
    'eyJ is how tokens begin',
    `key.pem:1: "${'-----BEGIN PRIVATE'.concat(' KEY-----')}": this looks like a private key`,
  ])('but this is none: %s', (line) => {
    expect(secretsIn(line)).toEqual([])
  })

  it('the secrets that processes are given, whatever they look like', () => {
    const secrets = secretsOf({
      AWS_SECRET_ACCESS_KEY: 'q8Jz0vN4tR7w',
      BRIGADE_SECRETS: `short, ${HEX}`,
      HOME: '/home/somebody',
    })
    expect(secrets).toEqual(['q8Jz0vN4tR7w', HEX])
    expect(secretsIn('the key was q8Jz0vN4tR7w', secrets)).toEqual(['a secret from the environment'])
  })

  it('the same secrets in other spellings', () => {
    const secret = 'q8Jz0vN4tR7w/+ q8Jz0vN4tR7w'
    const bytes = Buffer.from(secret)
    const printed = [
      encodeURIComponent(secret),
      bytes.toString('base64'),
      bytes.toString('base64url'),
      bytes.toString('hex'),
      inspect({ bytes }),
      JSON.stringify({ bytes }),
      JSON.stringify([...bytes]),
    ]
    for (const line of printed) expect(secretsIn(line, [secret])).toEqual(['a secret from the environment'])
  })
})

describe('a run', () => {
  let folder = ''
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'brigade-printed-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('is told the place and the kind of what it has printed, not the secret', async () => {
    const printed = new PrintedRun(folder)
    printed.addSecrets(['q8Jz0vN4tR7w'])
    printed.addPrinted('all is well\nthe key was q8Jz')
    printed.addPrinted('0vN4tR7w\n')
    expect(await printed.lookThrough()).toEqual({
      findings: [{ where: 'the test run, line 2', kind: 'a secret from the environment' }],
      lines: 2,
      childLines: 0,
    })
  })

  it('hears of what a process says to the test that started it, which hears it too', async () => {
    const parent = join(folder, 'parent.mjs')
    const child = join(folder, 'child.mjs')
    await writeFile(
      child,
      `console.log('ready'); console.error('fails with ' + process.env.SOME_SECRET.slice(0, 5) + process.env.SOME_SECRET.slice(5))`,
    )
    await writeFile(
      parent,
      `import { execFile } from 'node:child_process'
      execFile(process.execPath, ['${child}'], { env: { SOME_SECRET: 'q8Jz0vN4tR7w' } }, (error, stdout, stderr) => {
        console.log(stdout.length, stderr.length)
      })`,
    )
    const recorder = join(ROOT, 'tools/record-children.mjs')
    const env = { PATH: process.env.PATH, [FOLDER_VARIABLE]: folder }
    const { stdout } = await run(process.execPath, ['--import', recorder, parent], folder, env)
    expect(stdout).toBe('6 24\n')
    const { findings, childLines } = await new PrintedRun(folder).lookThrough()
    expect(findings).toEqual([{ where: 'node child.mjs, stderr, line 1', kind: 'a secret from the environment' }])
    expect(childLines).toBe(2)
  })
})
