import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { DiskDriver } from '@bucket-brigade/core/disk'
import { type DiskObjectsOptions, diskObjects } from '@bucket-brigade/express'
import express from 'express'
import { describe, expect, it, onTestFinished } from 'vitest'
import { brigade, type Said, temporaryFolder } from './brigade.js'
import { brokenService } from './broken-service.js'

const ORIGIN = 'https://www.example.com'
const SECRET = 'a-secret-of-at-least-32-bytes-for-this'

interface Found {
  readonly check: string
  readonly verdict: string
  readonly saw: string
  readonly why?: string
  readonly cure?: string
}

function findings({ json }: Said): readonly Found[] {
  return json[0]?.findings as readonly Found[]
}

/** The verdicts by check, those of notes left out. */
function verdicts(said: Said): Record<string, string> {
  const judged = findings(said).filter(({ verdict }) => verdict !== 'note')
  return Object.fromEntries(judged.map(({ check, verdict }) => [check, verdict]))
}

/** A bucket on disk that an application serves. */
async function servedDisk(
  options: DiskObjectsOptions,
): Promise<{ readonly env: Record<string, string>; readonly baseUrl: string }> {
  const directory = join(await temporaryFolder(), 'data')
  const app = express()
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/objects`
  app.use('/objects', diskObjects(new DiskDriver({ directory, baseUrl, secrets: [SECRET] }), options))
  const env = {
    BUCKET_URL: `file:${directory}?bucket=avatars`,
    BRIGADE_SECRETS: SECRET,
    BUCKET_PUBLIC_URL: `${baseUrl}/avatars`,
  }
  return { env, baseUrl }
}

describe('the doctor', () => {
  it('finds nothing wrong in memory and on a disk, and leaves nothing behind', async () => {
    for (const url of ['memory:', `file:${await temporaryFolder()}?bucket=avatars`]) {
      const said = await brigade(['doctor', url, '--json'])
      expect(said.code).toBe(0)
      expect(verdicts(said)).toMatchObject({
        'create-if-absent': 'ok',
        'if-match': 'ok',
        clock: 'ok',
        'list-order': 'ok',
      })
      expect((await brigade(['ls', '-r', '--bucket-url', url])).lines).toEqual([])
    }
  })

  it('finds nothing wrong where an application serves a disk well', async () => {
    const { env, baseUrl } = await servedDisk({ publicPrefixes: ['uploads/'], corsOrigins: [ORIGIN] })
    const said = await brigade(['doctor', '--base-url', baseUrl, '--origin', ORIGIN, '--json'], { env })
    expect(said.code).toBe(0)
    expect(verdicts(said)).toMatchObject({
      ...{ cors: 'ok', 'signed-get': 'ok', 'public-base': 'ok', 'private-tmp': 'ok', 'private-state': 'ok' },
      ...{ 'post-policy': 'ok', 'presigned-put': 'ok' },
    })
  })

  it('sees that everything is open, that pages are refused, and that nothing public is shown', async () => {
    const open = await servedDisk({ publicPrefixes: ['tmp/', 'state/'] })
    const said = await brigade(['doctor', '--base-url', open.baseUrl, '--origin', ORIGIN, '--json'], { env: open.env })
    expect(said.code).toBe(1)
    expect(verdicts(said)).toMatchObject({
      cors: 'fail',
      'public-base': 'fail',
      'private-tmp': 'fail',
      'private-state': 'fail',
    })
    for (const { verdict, why, cure } of findings(said)) {
      if (verdict === 'fail') expect([why, cure]).toEqual([expect.any(String), expect.any(String)])
    }
    expect(said.stdout).not.toContain(SECRET)
  })

  it('says for people what fails, why, and how it is cured', async () => {
    const env = await brokenService({ conditions: 'ignored', skewInSeconds: 600 })
    const { code, stdout, stderr } = await brigade(['doctor'], { env })
    expect(code).toBe(1)
    expect(stdout).toMatch(
      /^FAIL {2}clock +the service's clock is [56]\d\d s ahead of .*\n {6}why .*\n {6}cure {2}set the clocks of .* by NTP/m,
    )
    expect(stdout).toMatch(/^FAIL {2}create-if-absent .*\n {6}why .*\n {6}cure /m)
    expect(stdout).toMatch(/^FAIL {2}if-match /m)
    expect(stderr).toMatch(/^pictures: \d+ ok, \d+ failures, \d+ notes\n$/)
  })

  it('sees a bucket and a listing that are open to everybody', async () => {
    const said = await brigade(['doctor', '--json'], { env: await brokenService({ openTo: 'everybody' }) })
    expect(verdicts(said)).toMatchObject({
      'private-tmp': 'fail',
      'private-state': 'fail',
      'private-listing': 'fail',
      acl: 'fail',
    })
  })

  it('tells a service that has no such call from one that does not allow it', async () => {
    const unsupported = await brigade(['doctor', '--json'], { env: await brokenService() })
    const about = (said: Said, name: string) => findings(said).find(({ check }) => check === name)
    expect(about(unsupported, 'lifecycle')).toMatchObject({ verdict: 'note', saw: expect.stringContaining('no call') })
    const denied = await brigade(['doctor', '--json'], { env: await brokenService({ settings: 403 }) })
    expect(about(denied, 'lifecycle')).toMatchObject({ command: 'brigade policy --with doctor' })
    expect(about(denied, 'lifecycle')?.saw).toContain('s3:GetLifecycleConfiguration')
    // Sending lists is a right that the policy has to grant, too.
    const env = await brokenService({ settings: 403 })
    const listed = await brigade(['doctor', '--acl', 'public-read', '--json'], { env })
    expect(about(listed, 'lifecycle')).toMatchObject({ command: 'brigade policy --with doctor --acl public-read' })
  })

  it('goes on where the bucket may not be listed', async () => {
    const said = await brigade(['doctor', '--json'], { env: await brokenService({ lists: 'refused' }) })
    expect(verdicts(said)).toMatchObject({ listing: 'fail', 'if-match': 'ok', 'private-tmp': 'ok' })
    expect(said.code).toBe(1)
  })

  it.each([
    [403, 'SignatureDoesNotMatch', 'credentials', 'AWS_SECRET_ACCESS_KEY'],
    [403, 'RequestTimeTooSkewed', 'clock', 'NTP'],
    [400, 'ExpiredToken', 'credentials', 'fetch new credentials'],
    [404, 'NoSuchBucket', 'bucket', 'brigade bucket create'],
    [301, 'PermanentRedirect', 'region', 'region'],
    [503, 'SlowDown', 'service', 'endpoint'],
  ])('ends at once where the service says %i %s, with the cure', async (status, code, check, cure) => {
    const said = await brigade(['doctor', '--json'], { env: await brokenService({ refuses: { status, code } }) })
    expect(said.code).toBe(3)
    expect(verdicts(said)).toEqual({ [check]: 'fail' })
    expect(JSON.stringify(findings(said))).toContain(cure)
    expect(said.stdout).not.toMatch(/AKIA|wJalr/)
  })
})
