import { once } from 'node:events'
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { beforeEach, describe, expect, it } from 'vitest'
import { brigade, diskBucket, type Given, type Said } from './brigade.js'
import { brokenService } from './broken-service.js'

let folder: string
let env: Record<string, string>
const run = (line: readonly string[], given: Given = {}): Promise<Said> => brigade(line, { env, ...given })

beforeEach(async () => {
  ;({ folder, env } = await diskBucket())
  await mkdir(join(folder, 'site/img'), { recursive: true })
  await writeFile(join(folder, 'site/index.html'), '<p>one</p>')
  await writeFile(join(folder, 'site/img/leo.jpg'), 'not really a picture')
  await writeFile(join(folder, 'site/img/mia.png'), 'nor this one')
})

const keys = async (place = ''): Promise<readonly string[]> => (await run(['ls', '-r', place])).lines

describe('put and get', () => {
  it('take a whole folder there and back, byte for byte', async () => {
    const sent = await run(['put', '-r', join(folder, 'site'), 'uploads/'])
    expect(sent).toMatchObject({ code: 0, stdout: '', stderr: 'uploaded 3 objects, 42 B\n' })
    expect(await keys()).toEqual(['uploads/img/leo.jpg', 'uploads/img/mia.png', 'uploads/index.html'])
    await run(['get', '-r', 'uploads/', join(folder, 'back')])
    expect(await readFile(join(folder, 'back/img/leo.jpg'), 'utf8')).toBe('not really a picture')
    expect(await readdir(join(folder, 'back'))).toEqual(['img', 'index.html'])
  })

  it('go on where they were, and leave what is there', async () => {
    await run(['put', join(folder, 'site/index.html'), 'uploads/index.html'])
    const rest = await run(['put', '-r', join(folder, 'site'), 'uploads/', '--skip-existing', '--json'])
    expect(rest.json.map(({ outcome, to }) => `${outcome} ${to}`).toSorted()).toEqual([
      'skipped uploads/index.html',
      'uploaded uploads/img/leo.jpg',
      'uploaded uploads/img/mia.png',
    ])
    await run(['get', 'uploads/index.html', join(folder, 'back/')])
    const again = await run(['get', '-r', 'uploads/', join(folder, 'back'), '--skip-existing'])
    expect(again.stderr).toBe('downloaded 2 objects, 32 B, 1 skipped\n')
  })

  it('send again what has another size', async () => {
    await run(['put', '-r', join(folder, 'site'), 'uploads/'])
    await writeFile(join(folder, 'site/index.html'), '<p>one more</p>')
    const again = await run(['put', '-r', join(folder, 'site'), 'uploads/', '--skip-existing'])
    expect(again.stderr).toBe('uploaded 1 object, 15 B, 2 skipped\n')
  })

  it('select by globs, on the last segment where the glob has no slash', async () => {
    const globs = ['--include', '*.jpg', '--include', '*.html', '--exclude', 'img/**']
    await run(['put', '-r', join(folder, 'site'), 'uploads/', ...globs])
    expect(await keys()).toEqual(['uploads/index.html'])
  })

  it('stream from standard input and to standard output', async () => {
    const stdin = Readable.from([Buffer.from('from '), Buffer.from('a pipe')])
    await run(['put', '-', 'logs/today.txt', '--type', 'text/plain'], { stdin })
    expect((await run(['get', 'logs/today.txt', '-'])).stdout).toBe('from a pipe')
  })

  it('find out types as the library does, also under another name', async () => {
    await run(['put', join(folder, 'site/index.html'), 'uploads/page'])
    const copied = join(folder, 'copy.html')
    expect((await run(['get', 'uploads/page', copied])).code).toBe(0)
    expect(await readFile(copied, 'utf8')).toBe('<p>one</p>')
  })

  it('follow no symbolic link out of the folder', async () => {
    const link = join(folder, 'site/passwords')
    await symlink('/etc/passwd', link)
    const said = await run(['put', '-r', join(folder, 'site'), 'uploads/'])
    expect(said).toMatchObject({ code: 0, stderr: expect.stringContaining(`${link}: left out`) })
    expect(await keys()).not.toContain('uploads/passwords')
  })

  it('take files whatever they are called, and whatever their key', async () => {
    // As on disks that came from a Mac: the letter and its dots are two characters.
    await writeFile(join(folder, 'site/u\u0308ber.txt'), 'over')
    await writeFile(join(folder, 'back\\slash.txt'), 'any name')
    expect((await run(['put', '-r', join(folder, 'site'), 'uploads/'])).code).toBe(0)
    expect((await run(['put', join(folder, 'back\\slash.txt'), 'uploads/plain.txt'])).code).toBe(0)
    expect(await keys()).toEqual(expect.arrayContaining(['uploads/plain.txt', 'uploads/\u00fcber.txt']))
  })

  it('name a file that cannot be sent, and send the rest', async () => {
    // No text has these bytes, so that nobody can ask for the file by its name.
    await writeFile(Buffer.concat([Buffer.from(join(folder, 'site/img/')), Buffer.from([0xff])]), 'lost')
    await writeFile(join(folder, 'site/back\\slash.txt'), 'no key')
    const said = await run(['put', '-r', join(folder, 'site'), 'uploads/', '--json'])
    expect(said.code).toBe(1)
    const failed = said.json.filter(({ outcome }) => outcome === 'failed').map(({ message }) => message)
    expect(failed.toSorted()).toEqual([expect.stringContaining('ENOENT'), expect.stringContaining('backslashes')])
    expect(await keys()).toEqual(['uploads/img/leo.jpg', 'uploads/img/mia.png', 'uploads/index.html'])
  })

  it('do nothing at all where one of several files is missing', async () => {
    expect((await run(['put', join(folder, 'site/index.html'), 'nowhere.txt', 'uploads/'])).code).toBe(2)
    expect(await keys()).toEqual([])
  })

  it.each([
    [['put', 'nowhere.txt', 'uploads/'], 'there is no "nowhere.txt"'],
    [['get', 'uploads/'], '--recursive'],
    [['put', '-', 'uploads/'], 'expected a key'],
    [['put', 'alone'], 'expected files'],
    [['get', '../../etc/passwd'], '".."'],
    [['put', '-r', '--concurrency', '99', '.', 'uploads/'], 'from 1 to 64'],
    [['url', 'uploads/leo.jpg'], '--base-url'],
    [['sign', 'uploads/leo.jpg'], '--base-url'],
    [['sign', 'uploads/'], 'expected a key'],
  ])('refuse %j, and say what to write', async (line, message) => {
    await run(['bucket', 'create'])
    const said = await run(line)
    expect(said.code).not.toBe(0)
    expect(said.stderr).toContain(message)
    expect(said.stdout).toBe('')
  })
})

describe('cp and mv', () => {
  beforeEach(() => run(['put', '-r', join(folder, 'site'), 'uploads/']))

  it('work within the bucket, one or many', async () => {
    await run(['cp', 'uploads/index.html', 'archive/'])
    await run(['mv', '-r', 'uploads/img/', 'archive/img/', '--exclude', '*.png'])
    expect(await keys()).toEqual([
      'archive/img/leo.jpg',
      'archive/index.html',
      'uploads/img/mia.png',
      'uploads/index.html',
    ])
  })

  it('work between two buckets of one service, and between two services', async () => {
    await run(['cp', '-r', 'uploads/', `file:${folder}/data?bucket=second`])
    await run(['mv', '-r', `file:${folder}/data?bucket=second#img/`, `file:${folder}/elsewhere?bucket=third#moved/`])
    expect((await run(['ls', '-r', `file:${folder}/data?bucket=second`])).lines).toEqual(['index.html'])
    expect((await run(['ls', '-r', `file:${folder}/elsewhere`])).lines).toEqual(['moved/leo.jpg', 'moved/mia.png'])
    const back = await run(['cp', '-r', `file:${folder}/elsewhere#moved/`, 'uploads/img/', '--skip-existing'])
    expect(back.stderr).toBe('copied 0 objects, 2 skipped\n')
  })

  it.each([
    [['cp', 'uploads/index.html', 'uploads/index.html']],
    [['cp', 'uploads/index.html', 'uploads/']],
    [['mv', '-r', 'uploads/', 'uploads/img/']],
    [['mv', '-r', 'uploads/', 'archive']],
  ])('refuse %j, which would meet itself or make one object of many', async (line) => {
    const before = await keys()
    expect((await run(line)).code).toBe(2)
    expect(await keys()).toEqual(before)
  })

  it.each([
    ['mv', 'uploads/index.html', 'uploads/index.html'],
    ['mv', 'uploads/index.html', 'uploads/'],
    ['mv', '-r', 'uploads/', 'uploads/'],
    ['mv', '-r', 'uploads/', 'uploads/img/'],
    ['cp', '-r', 'uploads/', 'uploads/copies/'],
    ['cp', '-r', '', 'copies/'],
  ])('refuse %j %j %j %j by another address of the bucket, which would have no end', async (...line) => {
    const before = await keys()
    await symlink(join(folder, 'data'), join(folder, 'link'))
    const target = `file:${folder}/link?bucket=avatars#${line.pop()}`
    const said = await run([...line, target])
    expect([said.code, said.stderr]).toEqual([2, expect.stringContaining('another address')])
    expect(await keys()).toEqual(before)
  })

  it('take a bucket to another one of its name', async () => {
    await run(['cp', '-r', '', `file:${folder}/backup?bucket=avatars`])
    const again = await run(['cp', '-r', '', `file:${folder}/backup?bucket=avatars`, '--skip-existing'])
    expect(again.stderr).toBe('copied 0 objects, 3 skipped\n')
    expect((await run(['mv', '-r', 'uploads/', `file:${folder}/backup?bucket=avatars#uploads/`])).code).toBe(0)
    expect(await keys()).toEqual([])
    expect((await run(['ls', '-r', `file:${folder}/backup`])).lines).toHaveLength(3)
  })

  it('take a bucket, or an object, to one of its name that may be written only', async () => {
    const { BUCKET_URL: other, ...rights } = await brokenService({ looks: 'refused' })
    const from = `file:${folder}/data?bucket=pictures`
    await run(['cp', '-r', 'uploads/', from])
    const given = { env: { ...env, ...rights } }
    for (const [line, copied] of [
      [['cp', '-r', from, `${other}`], 3],
      [['cp', `${from}#index.html`, `${other}#index.html`], 1],
    ] as const) {
      const said = await run(line, given)
      expect([said.code, said.stderr]).toEqual([0, expect.stringContaining(`copied ${copied} object`)])
    }
  })

  it('refuse an object that would meet itself by its prefix', async () => {
    const before = await keys()
    const named = ['mv', 'index.html', `${env.BUCKET_URL}#uploads/index.html`, '--prefix', 'uploads/']
    expect((await run(named)).code).toBe(2)
    expect(await keys()).toEqual(before)
  })
})

describe('rm', () => {
  beforeEach(() => run(['put', '-r', join(folder, 'site'), 'uploads/']))

  it('shows what would go, and wants to be told before it removes many', async () => {
    expect((await run(['rm', '-r', 'uploads/img/', '--dry-run'])).lines).toEqual([
      'uploads/img/leo.jpg',
      'uploads/img/mia.png',
    ])
    expect((await run(['rm', '-r', 'uploads/img/'])).code).toBe(2)
    expect((await run(['rm', 'uploads/'])).code).toBe(2)
    expect(await keys()).toHaveLength(3)
    expect((await run(['rm', '-r', 'uploads/', '--include', '*.png', '--yes'])).stderr).toMatch(/^removed 1 object/)
    expect((await run(['rm', '-r', 'uploads/', '--yes', '--json'])).json).toEqual([
      { outcome: 'removed', prefix: 'uploads/', objects: 2 },
    ])
    expect(await keys()).toEqual([])
  })

  it('asks on a terminal, and takes "yes" alone', async () => {
    const typing = (text: string) => Object.assign(Readable.from(text === '' ? [] : [text]), { isTTY: true })
    const line = ['rm', '-r', 'uploads/']
    // The last one is Ctrl-D: the input ends without an answer.
    for (const text of ['y\n', '\n', '']) {
      const said = await run(line, { terminal: 'terminal', stdin: typing(text) })
      expect(said).toMatchObject({ code: 2, stderr: expect.stringContaining('nothing was done') })
    }
    expect(await keys()).toHaveLength(3)
    expect((await run(line, { terminal: 'terminal', stdin: typing('yes\n') })).code).toBe(0)
    expect(await keys()).toEqual([])
  })

  it('ends by Ctrl-C at the question, on a line of its own', async () => {
    const ending = new AbortController()
    const stdin = Object.assign(new PassThrough(), { isTTY: true })
    const asked = run(['rm', '-r', 'uploads/'], { terminal: 'terminal', stdin, signal: ending.signal })
    await once(stdin, 'resume')
    ending.abort(new Error('Ctrl-C'))
    expect(await asked).toMatchObject({ code: 130, stderr: expect.stringMatching(/go on: \n.*interrupted\n$/) })
    expect(await keys()).toHaveLength(3)
  })
})

describe('ls', () => {
  it('shows one level or all, plain or long, for people or programs', async () => {
    await run(['put', '-r', join(folder, 'site'), 'uploads/'])
    expect((await run(['ls', 'uploads'])).lines).toEqual(['uploads/img/', 'uploads/index.html'])
    expect((await run(['ls', '-l', 'uploads/index.html'])).stdout).toMatch(
      /^ +10 B {2}\d{4}-\d\d-\d\d [\d:]{8} {2}uploads/,
    )
    expect((await run(['ls', 'uploads/', '--json'])).json).toEqual([
      { prefix: 'uploads/img/' },
      expect.objectContaining({ key: 'uploads/index.html', bytes: 10 }),
    ])
  })

  it('fails for what is not there, and is empty for an empty prefix', async () => {
    await run(['bucket', 'create'])
    expect(await run(['ls', 'nothing'])).toMatchObject({ code: 1, stdout: '' })
    expect(await run(['ls', 'nothing/'])).toMatchObject({ code: 0, stdout: '' })
  })
})

describe('what went wrong', () => {
  it('is one line in a pipe, whole words on a terminal, and nothing but that where nothing was done', async () => {
    await run(['bucket', 'create'])
    const line = ['get', 'uploads/nobody.jpg']
    expect((await run(line)).stderr).toBe(
      'brigade: head "uploads/nobody.jpg" in bucket "avatars": there is no such object\n',
    )
    const shown = await run(line, { terminal: 'terminal', columns: 50, env: { ...env, NO_COLOR: '1' } })
    expect(shown.stderr.replace('\r\u001b[K', '')).toBe(
      'brigade: head "uploads/nobody.jpg" in bucket\n         "avatars": there is no such object\n',
    )
  })
})

describe('a folder that is not there', () => {
  it.each([
    [['ls']],
    [['get', 'a.txt', '-']],
    [['cp', '-r', 'uploads/', 'archive/']],
    [['rm', '-r', 'uploads/', '--yes']],
    [['avatars', 'list']],
    [['avatars', 'verify']],
    [['avatars', 'forget', '654', '--yes']],
    [['sweep']],
  ])('is no empty bucket, in which all is in order: %j', async (line) => {
    const said = await run(line)
    expect(said).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining(`${folder}/data/avatars`) })
    expect(await readdir(folder)).toEqual(['site'])
  })

  it('is made by the first object, of which the doctor tells', async () => {
    const doctor = await run(['doctor'])
    expect([doctor.code, doctor.stdout]).toEqual([0, expect.stringContaining(`there is no folder ${folder}/data`)])
    await run(['put', join(folder, 'site/index.html'), 'uploads/'])
    expect(await keys()).toEqual(['uploads/index.html'])
  })
})

describe('progress and colour', () => {
  it('are for terminals alone', async () => {
    const line = ['put', '-r', join(folder, 'site'), 'uploads/']
    const seen = await run(line, { terminal: 'terminal' })
    expect(seen.stderr).toContain('\u001b[K')
    expect((await run(line)).stderr).not.toContain('\u001b')
    const listed = await run(['ls', 'uploads/'], { terminal: 'terminal' })
    expect(listed.stdout).toContain('\u001b[1muploads/img/')
    const plain = await run(['ls', 'uploads/'], { terminal: 'terminal', env: { ...env, NO_COLOR: '1' } })
    expect(plain.stdout).not.toContain('\u001b')
  })
})
