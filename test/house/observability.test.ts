import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { mustRun, ROOT } from './run.js'

/** What an example prints: a line of JSON for each thing that it saw. */
async function linesOf<Line>(example: string): Promise<readonly Line[]> {
  const printed = await mustRun(process.execPath, [join('examples/observability', example)], ROOT)
  const lines = printed.trimEnd().split('\n')
  expect(printed).not.toMatch(/very-secret|eyJ|users\/ada|"ada"/)
  return lines.map((line): Line => JSON.parse(line))
}

describe('the examples of what operators see', () => {
  it('pino: lines of one request share its id, and hold no secret and no person', async () => {
    interface LogLine {
      readonly msg: 'request' | 'avatar' | 'bucket'
      readonly requestId?: string
      readonly path?: string
      readonly step?: string
      readonly outcome?: string
      readonly key?: string
    }
    const lines = await linesOf<LogLine>('pino.mjs')
    const requests = lines.filter(({ msg }) => msg === 'request')
    expect(requests.map(({ path }) => path)).toEqual(['/avatars', '/avatars/crop', '/avatars/save', '/avatars/save'])
    const stepOf = (id?: string) => lines.find(({ msg, requestId }) => msg === 'avatar' && requestId === id)
    const steps = requests.map(({ requestId }) => stepOf(requestId)).map((line) => [line?.step, line?.outcome])
    expect(steps).toEqual([
      ['upload', 'ok'],
      ['crop', 'ok'],
      ['save', 'ok'],
      ['save', 'token-invalid'],
    ])
    const calls = lines.filter(({ msg, requestId }) => msg === 'bucket' && requestId === requests[2]?.requestId)
    expect(new Set(calls.map(({ key }) => key))).toEqual(new Set(['state/…', 'tmp/…', 'uploads/…']))
  })

  it('OpenTelemetry: a span of each request in the trace of whoever sent it, with its steps below', async () => {
    interface SpanLine {
      readonly name: string
      readonly traceId: string
      readonly spanId: string
      readonly parent?: string
    }
    const spans = await linesOf<SpanLine>('opentelemetry.mjs')
    const crop = spans.find(({ name }) => name === 'POST /avatars/crop')
    expect(crop).toMatchObject({ traceId: '0af7651916cd43dd8448eb211c80319c', parent: 'b7ad6b7169203331' })
    const below = spans.filter(({ parent }) => parent === crop?.spanId)
    expect(below.map(({ name }) => name).sort()).toEqual(['avatar crop', 'bucket get', 'bucket put'])
    expect(new Set(below.map(({ traceId }) => traceId))).toEqual(new Set([crop?.traceId]))
  })
})
