import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { portrait } from '../../examples/express-app/test/portrait.js'
import { freePorts } from '../services/free-port.js'
import { ROOT } from './run.js'

const WATCHERS = ['pino', 'opentelemetry'].flatMap((name) => [
  '--import',
  `./examples/observability/${name}-everywhere.mjs`,
])
/** Found in nothing else that is printed, such as the name of the machine. */
const PERSON = 'zenobia-of-palmyra'
const TRACE = { traceId: '0af7651916cd43dd8448eb211c80319c', parent: 'b7ad6b7169203331' }

interface LogLine {
  readonly name: string
  readonly msg: 'request' | 'avatar' | 'bucket'
  readonly requestId?: string
  readonly path?: string
  readonly servedBy?: string
  readonly step?: string
  readonly outcome?: string
  readonly key?: string
}

interface SpanLine {
  readonly process: string
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parent?: string
  readonly attributes: Readonly<Record<string, unknown>>
}

interface Answer {
  readonly status: number
  /** Of the request. */
  readonly id: string | null
  readonly server: string | null
}

/** Uploads, crops and saves; then somebody tries with a forged token, and the picture is looked at, until every server has taken a turn. */
async function visit(origin: string): Promise<readonly Answer[]> {
  const signedIn = await fetch(`${origin}/sign-in`, { method: 'POST', body: new URLSearchParams({ user: PERSON }) })
  const headers = {
    cookie: signedIn.headers.get('set-cookie')?.split(';')[0] ?? '',
    authorization: 'Bearer very-secret',
    traceparent: `00-${TRACE.traceId}-${TRACE.parent}-01`,
  }
  const answers: Answer[] = []
  const send = async (path: string, init: RequestInit) => {
    const answer = await fetch(origin + path, { ...init, headers: { ...headers, ...init.headers }, redirect: 'manual' })
    const [id, server] = [answer.headers.get('x-request-id'), answer.headers.get('x-served-by')]
    answers.push({ status: answer.status, id, server })
    return (await answer.json().catch(() => ({}))) as { readonly token: string }
  }
  const post = (path: string, body: object) =>
    send(path, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })
  const form = new FormData()
  form.set('file', new Blob([new Uint8Array(await portrait())]), 'me.jpg')
  const { token } = await send('/avatars', { method: 'POST', body: form })
  const cropped = await post('/avatars/crop', { token, x: 0, y: 0, width: 600, height: 600 })
  await post('/avatars/save', { token: cropped.token })
  await post('/avatars/save', { token: 'forged' })
  // A server that was not ready for a moment has its turn later.
  do await send(`/avatars/of/${PERSON}/96`, {})
  while (new Set(answers.map(({ server }) => server)).size < 3)
  return answers
}

/** What all processes of the example print while they are visited, both watchers in front of each of them. */
async function watch(
  folder: string,
): Promise<{ readonly answers: readonly Answer[]; readonly printed: readonly string[] }> {
  const env = { PATH: process.env.PATH, PORT: String(await freePorts(4)), BUCKET_URL: `file:${folder}`, LOG: 'off' }
  const app = spawn(process.execPath, [...WATCHERS, 'examples/express-app/dist/start.js'], {
    ...{ cwd: ROOT, env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: app.stdout })[Symbol.asyncIterator]()
  const printed: string[] = []
  let origin: string | undefined
  while (origin === undefined) {
    const { value, done } = await lines.next()
    if (done) throw new Error('the example ended before it said its address')
    origin = /is up: (\S+)/.exec(value)?.[1]
  }
  try {
    const answers = await visit(origin)
    app.kill('SIGINT')
    for await (const line of lines) if (line.startsWith('{')) printed.push(line)
    return { answers, printed }
  } finally {
    app.kill('SIGINT')
  }
}

describe('the examples of what operators see, in front of three servers and their balancer', () => {
  let folder = ''
  let answers: readonly Answer[] = []
  let printed: readonly string[] = []

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bucket-brigade-watched-'))
    const seen = await watch(folder)
    answers = seen.answers
    printed = seen.printed
  }, 120_000)

  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('hold no secret, no token and no person', () => {
    const [upload, crop, save, forged, ...looks] = answers.map(({ status }) => status)
    expect([upload, crop, save, forged, ...new Set(looks)]).toEqual([201, 200, 200, 403, 302])
    const secret = new RegExp(`very-secret|eyJ[\\w-]+\\.|brigade_user|${PERSON}`)
    expect(printed.filter((line) => secret.test(line))).toEqual([])
  })

  it('pino: one id leads from the balancer to the server, its steps and its calls to the bucket', () => {
    const lines = printed.map((line): LogLine => JSON.parse(line)).filter(({ msg }) => msg !== undefined)
    const of = (answer: Answer | undefined) => lines.filter(({ requestId }) => requestId === answer?.id)
    for (const answer of answers) {
      const requests = of(answer).filter(({ msg }) => msg === 'request')
      expect(new Set(requests.map(({ name }) => name))).toEqual(new Set(['balancer', answer.server]))
      expect(new Set(requests.map(({ servedBy }) => servedBy))).toEqual(new Set([answer.server]))
      const below = of(answer).filter(({ msg }) => msg !== 'request')
      expect(new Set(below.map(({ name }) => name))).toEqual(new Set([answer.server]))
    }
    const steps = answers.slice(0, 5).map((answer) => of(answer).find(({ msg }) => msg === 'avatar'))
    expect(steps.map((line) => [line?.step, line?.outcome])).toEqual([
      ['upload', 'ok'],
      ['crop', 'ok'],
      ['save', 'ok'],
      ['save', 'token-invalid'],
      ['current-url', 'ok'],
    ])
    const calls = of(answers[2]).filter(({ msg }) => msg === 'bucket')
    expect(new Set(calls.map(({ key }) => key))).toEqual(new Set(['state/…', 'tmp/…', 'uploads/…']))
    expect(lines.filter(({ path }) => path === '/readyz')).toEqual([])
  })

  it('OpenTelemetry: one trace leads from the sender to the balancer, the server, its steps and its calls', () => {
    const spans = printed.map((line): SpanLine => JSON.parse(line)).filter(({ traceId }) => traceId === TRACE.traceId)
    const below = (parent: string | undefined) => spans.filter((span) => span.parent === parent)
    const [, crop] = answers
    const atBalancer = below(TRACE.parent).find(({ name }) => name === 'POST /avatars/crop')
    const atServer = below(atBalancer?.spanId)
    expect([atBalancer?.process, atServer.map(({ process }) => process)]).toEqual(['balancer', [crop?.server]])
    const work = below(atServer[0]?.spanId)
    expect(work.map(({ name }) => name).sort()).toEqual(['avatar crop', 'bucket get', 'bucket put'])
    const ids = [atBalancer, ...atServer, ...work].map((span) => span?.attributes['request.id'])
    expect(new Set(ids)).toEqual(new Set([crop?.id]))
  })
})
