import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { portrait } from '../../examples/express-app/test/portrait.js'
import { freePort } from '../services/free-port.js'
import { ROOT, run } from './run.js'
import { readSnippets, toJavaScript } from './snippets.js'

const RECIPES = join(ROOT, 'docs/avatars-recipes.md')
const DIRECT = join(ROOT, 'docs/direct-uploads.md')

describe('what the guides print', () => {
  let folder = ''

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bucket-brigade-recipes-'))
    await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  })

  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('type-checks, every block of TypeScript; what is JavaScript parses', async () => {
    const files: string[] = []
    const snippets = [...(await readSnippets(RECIPES)), ...(await readSnippets(DIRECT))]
    for (const [at, { language, code }] of snippets.entries()) {
      const file = `recipe-${at}.${language}`
      await writeFile(join(folder, file), code)
      if (language === 'ts') files.push(file)
      else expect(await run(process.execPath, ['--check', file], folder)).toMatchObject({ exitCode: 0, stderr: '' })
    }
    const compilerOptions = {
      module: 'nodenext',
      target: 'es2023',
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: true,
      noEmit: true,
      types: ['node'],
    }
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }))
    const { stdout } = await run(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc')], folder)
    expect(stdout).toBe('')
    expect(files.length).toBeGreaterThan(12)
  }, 300_000)

  it('prints documents that are JSON, the CORS rule that `brigade cors` prints first', async () => {
    const guide = await readFile(DIRECT, 'utf8')
    const [cors] = [...guide.matchAll(/^```json\n(.*?)^```$/gms)].map(([, document]) => JSON.parse(String(document)))
    const brigade = join(ROOT, 'packages/cli/dist/brigade.js')
    const said = await run(process.execPath, [brigade, 'cors', '--origin', 'https://app.example'], folder)
    expect(cors).toEqual(JSON.parse(said.stdout))
  })

  it.each([
    { mount: 'plain node:http', mark: 'createServer(', created: 200 },
    { mount: 'Fastify', mark: 'Fastify(', created: 201 },
  ])('serves avatars by $mount', async ({ mark, created }) => {
    const server = await startRecipe(folder, RECIPES, mark)
    try {
      await expectAvatars(server.origin, created)
    } finally {
      server.child.kill()
      await server.ended
    }
  })

  it.each([
    ['plain node:http', 'createServer('],
    ['Fastify', 'Fastify('],
  ])('asks the service of an s3 address by %s', async (_, mark) => {
    const service = createServer().listen(0, '127.0.0.1')
    await once(service, 'listening')
    const endpoint = `http://127.0.0.1:${(service.address() as AddressInfo).port}`
    const asked = once(service, 'request').then(([{ url }]) => String(url))
    const server = await spawnRecipe(folder, RECIPES, mark, {
      BUCKET_URL: `s3://avatars?region=eu-central-1&endpoint=${endpoint}`,
      AWS_ACCESS_KEY_ID: 'id',
      AWS_SECRET_ACCESS_KEY: 'key',
    })
    try {
      expect(await Promise.race([asked, server.ended])).toMatch(/^\/avatars\/tmp\//)
    } finally {
      server.child.kill()
      await server.ended
      service.closeAllConnections()
      service.close()
    }
  })

  it('takes uploads that go straight to the bucket, and keeps what was completed', async () => {
    const server = await startRecipe(folder, DIRECT, 'directUploads(')
    try {
      const key = await uploadDirectly(server.origin, 'a film')
      expect(key).toMatch(/^files\/leo\/[0-9a-f]{32}\/film\.mp4$/)
      expect(await readFile(join(folder, 'data/files-of-leo', key), 'utf8')).toBe('a film')
    } finally {
      server.child.kill()
      await server.ended
    }
  })
})

/** The block that holds the mark, as a process that listens. */
async function startRecipe(folder: string, guide: string, mark: string) {
  const server = await spawnRecipe(folder, guide, mark, { BUCKET_URL: 'file:./data' })
  await Promise.race([once(server.child.stdout, 'data'), server.ended])
  return server
}

/** The same, with the variables that the guides name, as a process that may have to wait for its bucket. */
async function spawnRecipe(folder: string, guide: string, mark: string, bucket: Readonly<Record<string, string>>) {
  const snippet = (await readSnippets(guide)).find(({ code }) => code.includes(mark))
  if (!snippet) throw new Error(`${guide} shows nothing with ${mark}`)
  await writeFile(join(folder, 'server.js'), toJavaScript(snippet))
  const port = await freePort()
  const secrets = ['new', 'old'].map((name) => name.padEnd(32, 'x')).join(',')
  const env = { ...process.env, PORT: String(port), BRIGADE_SECRETS: secrets, ...bucket }
  const child = spawn(process.execPath, ['server.js'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] })
  return { origin: `http://127.0.0.1:${port}`, child, ended: once(child, 'exit') }
}

/** Sends a picture through every step, and what must be refused. */
async function expectAvatars(origin: string, created: number): Promise<void> {
  const send = async (path: string, init: RequestInit) => {
    const headers = { 'x-demo-user': '654', ...init.headers }
    const answer = await fetch(`${origin}${path}`, { ...init, headers })
    return { status: answer.status, body: (await answer.json()) as Readonly<Record<string, unknown>> }
  }
  const post = (path: string, body: object) =>
    send(path, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })
  const form = new FormData()
  form.append('file', new File([await portrait()], 'leo.jpg'))
  const uploaded = await send('/avatars', { method: 'POST', body: form })
  const { token, preview } = uploaded.body
  expect(preview).toMatch(/^https:\/\/cdn\.example\/avatars\/tmp\//)
  const cropped = await post('/avatars/crop', { token, x: 0, y: 0, width: 100, height: 100 })
  const saved = await post('/avatars/save', { token: cropped.body.token })
  expect([uploaded.status, cropped.status, saved.status]).toEqual([created, 200, 200])
  expect((await send('/avatars', {})).body.current).toEqual(saved.body)

  expect(await post('/avatars/save', { token })).toMatchObject({ status: 409, body: { code: 'step-out-of-order' } })
  const others = { method: 'POST', headers: { 'sec-fetch-site': 'cross-site' } }
  expect(await send('/avatars', others)).toMatchObject({ status: 403, body: { code: 'cross-origin' } })
  expect(await send('/avatars', { method: 'POST', headers: { 'x-demo-user': '' } })).toMatchObject({ status: 401 })
  const noForm = { method: 'POST', body: 'a=b', headers: { 'content-type': 'application/x-www-form-urlencoded' } }
  expect(await send('/avatars', noForm)).toMatchObject({ status: 415 })
}

interface OfferedUpload {
  readonly token: string
  readonly upload: { readonly method: string; readonly url: string; readonly fields: Readonly<Record<string, string>> }
}

/** Does what the page does: announces a film, sends it where it is told to, and says that it has. Gives its key. */
async function uploadDirectly(origin: string, content: string): Promise<string> {
  const post = async <Reply>(path: string, body: object, status: number): Promise<Reply> => {
    const headers = { 'content-type': 'application/json', 'x-demo-user': 'leo' }
    const answer = await fetch(`${origin}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
    expect(answer.status).toBe(status)
    return (await answer.json()) as Reply
  }
  const film = new Blob([content], { type: 'video/mp4' })
  const announced = { filename: 'film.mp4', type: film.type, bytes: film.size }
  const { token, upload } = await post<OfferedUpload>('/uploads', announced, 201)
  const form = new FormData()
  for (const [name, value] of Object.entries(upload.fields)) form.set(name, value)
  form.set('file', film)
  expect((await fetch(new URL(upload.url, origin), { method: upload.method, body: form })).ok).toBe(true)
  return (await post<{ key: string }>('/uploads/complete', { token }, 201)).key
}
