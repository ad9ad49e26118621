import { utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { type Application, openApplication, picture } from './avatars.js'
import { brigade, diskBucket, type Given, type Said } from './brigade.js'

let application: Application
let folder: string
let env: Record<string, string>
const run = (line: readonly string[], given: Given = {}): Promise<Said> => brigade(line, { env, ...given })

beforeEach(async () => {
  const bucket = await diskBucket()
  folder = bucket.folder
  env = bucket.env
  application = await openApplication('avatars', `file:${folder}/data`)
})

const picturesOf = async (user: string): Promise<readonly string[]> =>
  (await application.store.list(`uploads/users/${user}/`).toArray()).map(({ key }) => key)

describe('avatars list and show', () => {
  it('tell who has which, the current one first', async () => {
    const [older, newer] = [await application.save('654', 40), await application.save('654', 50)]
    await application.save('leo@example.com', 40)
    const listed = await run(['avatars', 'list', '--json'])
    expect(listed.json).toEqual([
      expect.objectContaining({ user: '654', avatars: 2, current: newer }),
      expect.objectContaining({ user: expect.stringMatching(/^~[0-9a-f]{32}$/), avatars: 1 }),
    ])
    const told = await run(['avatars', 'list'])
    expect(told).toMatchObject({
      stderr: '2 users\n',
      stdout: expect.stringMatching(/^654 +2 avatars {3}saved \d{4}-/),
    })
    const shown = await run(['avatars', 'show', '654', '--json'])
    expect(shown.json.map(({ id, current }) => [id, current])).toEqual([
      [newer, true],
      [older, false],
    ])
    expect((await run(['avatars', 'show', 'leo@example.com'])).stdout).toMatch(
      /^ {4}32 px {2}.* B {2}uploads\/users\/~/m,
    )
    expect((await run(['avatars', 'show', 'nobody'])).code).toBe(1)
  })
})

describe('avatars verify', () => {
  it('finds everything there, or says what is missing, cut or unreadable, and named by whom', async () => {
    await application.save('654', 40)
    await application.save('mia', 40)
    expect(await run(['avatars', 'verify'])).toMatchObject({
      code: 0,
      stderr: '2 pointers, 2 avatars, 4 pictures: all there\n',
    })
    const [small = '', large = ''] = await picturesOf('654')
    await application.store.delete(small)
    await application.store.put(large, 'cut')
    await application.store.put('state/avatars/tom/avatar.json', '{"version":1')
    await application.store.put('state/avatars/notes.txt', 'somebody else keeps this')
    const found = await run(['avatars', 'verify', '--json'])
    expect(found.code).toBe(1)
    expect(found.json).toEqual([
      expect.objectContaining({ kind: 'wrong-size', key: large }),
      expect.objectContaining({ kind: 'missing', key: small, pointer: 'state/avatars/654/avatar.json' }),
      expect.objectContaining({ kind: 'pointer-corrupt', key: 'state/avatars/tom/avatar.json' }),
      { outcome: 'summary', pointers: 3, avatars: 2, pictures: 4, problems: 3 },
    ])
    expect((await run(['avatars', 'verify', 'mia'])).code).toBe(0)
    expect((await run(['avatars', 'verify', '654'])).stdout).toContain(`missing  ${small}: there is no such object`)
  })
})

describe('avatars prune and forget', () => {
  it('take away what is asked for, and nothing of anybody else', async () => {
    for (const edge of [40, 44, 48]) await application.save('654', edge)
    const kept = await application.save('mia', 40)
    expect((await run(['avatars', 'prune', '654'])).code).toBe(2)
    expect((await run(['avatars', 'prune', '654', '--keep', '1'])).stderr).toBe('took away 1 avatar of 654\n')
    expect((await application.cropper.list('654')).avatars).toHaveLength(2)
    expect((await run(['avatars', 'forget', '654'])).code).toBe(2)
    expect((await run(['avatars', 'forget', '654', '--yes'])).code).toBe(0)
    expect(await picturesOf('654')).toEqual([])
    expect((await application.cropper.list('mia')).current?.id).toBe(kept)
    expect((await run(['avatars', 'verify'])).code).toBe(0)
  })

  it('want the id itself: by the digest of another one they would find nobody, and say that all is gone', async () => {
    await application.save('leo@example.com', 40)
    const [shown = ''] = (await run(['avatars', 'list'])).lines.filter((line) => line.startsWith('~'))
    const [digest = ''] = shown.split(' ')
    expect((await run(['avatars', 'show', digest])).code).toBe(0)
    const refused = await run(['avatars', 'forget', digest, '--yes'])
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("expected the user's id")])
    expect((await run(['avatars', 'forget', 'leo@example.com', '--yes'])).code).toBe(0)
    expect((await run(['avatars', 'show', digest])).code).toBe(1)
  })
})

describe('sweep', () => {
  it('shows its progress and its findings, and removes nothing that is young', async () => {
    await application.cropper.upload('654', await picture(20))
    const swept = await run(['sweep', '--json'])
    expect(swept.code).toBe(0)
    expect(swept.json.at(0)).toMatchObject({ outcome: 'progress', kind: 'temporary', seen: 1 })
    expect(swept.json.at(-1)).toMatchObject({ outcome: 'summary', mode: 'delete', deleted: 0, skipped: [] })
    const cursor = String(swept.json[0]?.cursor)
    const resumed = await run(['sweep', '--dry-run', '--resume-after', cursor])
    expect(resumed.stderr).toContain('looked at 0 objects')
    expect((await run(['sweep', '--resume-after', 'nonsense'])).stderr).toContain('cursor')
    expect((await run(['sweep', '--resume-after', 'uploads:nonsense'])).stderr).toContain('cursor')
    expect((await run(['sweep', '--session-seconds', '5'])).code).toBe(2)
    expect((await run(['sweep', '--upload-session-seconds', '604801'])).code).toBe(2)
  })

  it('removes what direct uploads have left, and counts it for itself', async () => {
    const key = `tmp/uploads/leo/${'0'.repeat(32)}/film.mp4`
    await application.store.put(key, 'a film')
    await application.store.multipart(key)
    const longAgo = new Date(Date.now() - 26 * 3_600_000)
    await utimes(join(folder, 'data', 'avatars', key), longAgo, longAgo)
    const [, uploads] = (await run(['sweep', '--dry-run'])).stderr.split('\n')
    expect(uploads).toBe('uploads: looked at 2 objects; left behind: 1 temporary (6 B); nothing was removed')
    const shown = await run(['sweep', '--dry-run', '--json'])
    expect(shown.json.filter(({ outcome }) => outcome === 'found')).toEqual([
      expect.objectContaining({ of: 'uploads', kind: 'temporary', key }),
    ])
    const swept = await run(['sweep', '--json', '--resume-after', 'uploads:'])
    expect(swept.json.filter(({ outcome }) => outcome === 'summary')).toEqual([
      expect.objectContaining({ of: 'uploads', seen: 2, found: { temporary: 1, 'unfinished-upload': 0 }, deleted: 1 }),
    ])
    expect(await application.store.unfinishedUploads()).toHaveLength(1)
    expect(await application.store.list('tmp/uploads/').toArray()).toEqual([])
    expect((await run(['sweep'])).stderr).toBe(
      'avatars: looked at 0 objects; nothing was left behind\nuploads: looked at 1 object; nothing was left behind\n',
    )
  })
})
