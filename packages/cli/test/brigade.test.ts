import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { brigade, diskBucket } from './brigade.js'

const BIN = fileURLToPath(new URL('../dist/brigade.js', import.meta.url))
const OBJECTS = 60

async function shell(line: string, env: Record<string, string>) {
  const child = spawn('bash', ['-o', 'pipefail', '-c', line], {
    env: { ...process.env, ...env, BRIGADE: `node ${BIN}` },
  })
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code: child.exitCode, stdout, stderr }
}

async function filledBucket(): Promise<Record<string, string>> {
  const { folder, env } = await diskBucket()
  const site = join(folder, 'site')
  await mkdir(site)
  await Promise.all(Array.from({ length: OBJECTS }, (_, at) => writeFile(join(site, `${at}.txt`), 'x'.repeat(at))))
  await brigade(['put', '-r', site, 'uploads/'], { env })
  return env
}

describe('the command in a shell', () => {
  it('works in pipes, with nothing but results in them', async () => {
    const env = await filledBucket()
    const { code, stdout } = await shell('$BRIGADE ls -r --json uploads/ | wc -l', env)
    expect([code, stdout.trim()]).toEqual([0, String(OBJECTS)])
    expect((await shell('$BRIGADE get uploads/59.txt - | $BRIGADE put - copy.txt', env)).code).toBe(0)
    expect((await brigade(['get', 'copy.txt', '-'], { env })).stdout).toBe('x'.repeat(59))
  })

  it('is quiet where the reader goes away', async () => {
    const cut = await shell('$BRIGADE ls -r uploads/ | head -n 1', await filledBucket())
    expect([cut.stdout, cut.stderr]).toEqual(['uploads/0.txt\n', ''])
  })

  it('tells the shell by its exit code that it failed', async () => {
    expect(await shell('$BRIGADE nonsense', {})).toMatchObject({ code: 2, stdout: '' })
  })

  it('ends by Ctrl-C, waits for nothing, and stores nothing by halves', async () => {
    const { env } = await diskBucket()
    await brigade(['bucket', 'create'], { env })
    const child = spawn(process.execPath, [BIN, 'put', '-', 'never.txt'], { env: { ...process.env, ...env } })
    const ended = once(child, 'close')
    // More than a pipe holds: once it is gone, the command is at work.
    await new Promise((resolve) => child.stdin.write(Buffer.alloc(1024 ** 2), resolve))
    child.kill('SIGINT')
    expect((await ended)[0]).toBe(130)
    expect((await brigade(['ls', 'never.txt'], { env })).code).toBe(1)
  })
})
