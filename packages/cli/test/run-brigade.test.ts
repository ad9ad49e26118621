import { EventEmitter } from 'node:events'
import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { commandGroups } from '../src/commands.js'
import { EXIT, runBrigade } from '../src/index.js'
import { brigade, Collector, diskBucket } from './brigade.js'

describe('help', () => {
  it('names every verb, and of each what it takes, with examples that begin with it', async () => {
    const root = await brigade(['--help'])
    expect(root.code).toBe(0)
    for (const { name, arguments: words, options, examples } of commandGroups.flatMap(({ commands }) => commands)) {
      expect(root.stdout).toContain(name.split(' ')[0])
      const help = await brigade([...name.split(' '), '--help'])
      expect(help.code).toBe(0)
      for (const word of words) expect(help.stdout).toContain(word.name.replace(/[<>[\].]/g, ''))
      for (const { flags } of options) expect(help.stdout).toContain(flags)
      for (const line of help.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(140)
      expect(examples.length).toBeGreaterThan(0)
      for (const example of examples) expect(example).toContain(`brigade ${name}`)
    }
  })

  it('lists every verb at the top, in lines that a terminal of 80 columns holds', async () => {
    const { stdout } = await brigade(['--help'], { columns: 80 })
    for (const { name } of commandGroups.flatMap(({ commands }) => commands)) expect(stdout).toContain(`\n  ${name} `)
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
  })

  it('is what "help" and a verb ask for, too', async () => {
    for (const words of [[], ['put'], ['bucket', 'create']]) {
      const { code, stdout } = await brigade(['help', ...words])
      expect({ code, stdout }).toEqual({ code: 0, stdout: (await brigade([...words, '--help'])).stdout })
    }
    expect(await brigade(['help', 'nonsense'])).toMatchObject({ code: EXIT.usage, stdout: '' })
  })

  it('is offered where the line is not understood, on standard error', async () => {
    for (const line of [['frobnicate'], ['ls', '--nonsense'], ['cp', 'one'], ['avatars'], []]) {
      const said = await brigade(line)
      expect(said).toMatchObject({ code: EXIT.usage, stdout: '' })
      expect(said.stderr).toContain('--help')
    }
  })

  it('prints the version', async () => {
    expect((await brigade(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+/)
  })
})

describe('a wrong address', () => {
  it.each([
    [{}, 'BUCKET_URL'],
    [{ BUCKET_URL: 's3://user:hunter22@bucket' }, 'AWS_ACCESS_KEY_ID'],
    [{ BUCKET_URL: 'https://bucket' }, 's3://my-bucket'],
    [{ BUCKET_URL: 's3://bucket?regoin=eu' }, 'regoin'],
    [{ BUCKET_URL: 's3:?region=eu' }, 'name a bucket'],
    [{ BUCKET_URL: 'file:/nowhere' }, 'name a bucket'],
    [{ BUCKET_URL: 's3://bucket/key' }, '--prefix'],
  ])('is a usage error that says what to write and shows no secret: %j', async (env, message) => {
    const said = await brigade(['ls'], { env })
    expect(said).toMatchObject({ code: EXIT.usage, stdout: '' })
    expect(said.stderr).toContain(message)
    expect(said.stderr).not.toContain('hunter22')
  })
})

describe('what cannot be meant', () => {
  it.each([
    [['ls', 'https://example.com/x'], 's3://my-bucket'],
    [['ls', '../secrets'], '".." segments'],
    [['rm', 'a//b'], 'empty segments'],
    [['ls', '--prefix', '../up/'], '".." segments'],
    [['cors', '--origin', 'https://www.example.com/page'], 'did you mean "https://www.example.com"'],
    [['doctor', '--origin', 'example.com'], 'exact origin'],
    [['cors', '--remove', '--origin', 'https://www.example.com'], '--remove'],
    [['doctor', '--public-url', 'cdn.example.com'], 'https://host'],
    [['avatars', 'forget', '', '--yes'], 'user'],
    [['avatars', 'verify', ''], 'user'],
  ])('is a usage error, before anything is done: %j', async (line, message) => {
    const said = await brigade(line, { env: { BUCKET_URL: 's3://bucket?endpoint=http://127.0.0.1:1' } })
    expect(said).toMatchObject({ code: EXIT.usage, stdout: '' })
    expect(said.stderr).toContain(message)
  })

  it('an option swallows no word behind its value', async () => {
    const { env } = await diskBucket()
    await brigade(['put', '-', 'uploads/a.jpg'], { env, stdin: Readable.from([Buffer.from('a')]) })
    const globs = ['--include', '*.png', '--include', '*.jpg']
    expect((await brigade(['ls', ...globs, 'uploads/'], { env })).lines).toEqual(['uploads/a.jpg'])
  })
})

describe('a bucket that cannot be worked with', () => {
  it('has an exit code of its own, and JSON says why', async () => {
    const env = {
      BUCKET_URL: 's3://bucket?endpoint=http://127.0.0.1:1&maxAttempts=1',
      AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG',
    }
    const said = await brigade(['ls', '--json'], { env })
    expect(said.code).toBe(EXIT.unreachable)
    expect(said.json).toEqual([expect.objectContaining({ outcome: 'failed', code: 'unavailable' })])
    expect(said.stdout + said.stderr).not.toMatch(/AKIA|wJalr/)
  })
})

describe('the end of a command', () => {
  it.each([
    ['EPIPE', EXIT.unread, ''],
    ['ENOSPC', EXIT.failed, 'not complete'],
  ])('is quiet where nobody reads any more, and is told where the output is cut: %s', async (code, exit, told) => {
    const { env } = await diskBucket()
    await brigade(['put', '-', 'a.txt'], { env, stdin: Readable.from([Buffer.from('a')]) })
    const closed = new (class extends EventEmitter {
      write(): boolean {
        this.emit('error', Object.assign(new Error(`write ${code}`), { code }))
        return false
      }
    })()
    closed.on('error', () => undefined)
    const stderr = new Collector(false, undefined)
    const surroundings = { env, stdin: Readable.from([]), stdout: closed, stderr, fetch }
    expect(await runBrigade(['ls', '-r', '--json'], surroundings)).toBe(exit)
    if (told === '') expect(stderr.text).toBe('')
    else expect(stderr.text).toContain(told)
  })

  it('is told where it was interrupted', async () => {
    const { env } = await diskBucket()
    const signal = AbortSignal.abort(new Error('Ctrl-C'))
    expect(await brigade(['ls', '-r'], { env, signal })).toMatchObject({ code: EXIT.interrupted, stdout: '' })
  })
})

describe('keys that a terminal would obey', () => {
  it('are shown as codes', async () => {
    const { plain } = await import('../src/output/plain.js')
    expect(plain('a\u001b[2Jb\nc\u202e')).toBe('a\\u001b[2Jb\\u000ac\\u202e')
  })
})
