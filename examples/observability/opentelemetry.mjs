/**
 * A span for every request, with one below it for each avatar step and each call to the bucket.
 *
 * For a server of your own take this file and shown-request.mjs, put the exporter of your collector, such as
 * `OTLPTraceExporter`, in the place of `Lines`, and put `trace` in front of everything: `app.use(trace)`.
 */
import { subscribe } from 'node:diagnostics_channel'
import { AVATAR_CHANNEL } from '@bucket-brigade/avatar-cropper'
import { REQUEST_CHANNEL } from '@bucket-brigade/core'
import { requestIdOf } from '@bucket-brigade/express'
import { context, createContextKey, propagation, SpanKind, SpanStatusCode, trace as tracing } from '@opentelemetry/api'
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import { isAboutHealth, shownPath } from './shown-request.mjs'

/**
 * @typedef {import('node:http').IncomingMessage} IncomingMessage
 * @typedef {import('node:http').ServerResponse} ServerResponse
 */

const NAME = process.env.SERVER_NAME ?? 'balancer'

/** One line of JSON for each span. */
class Lines {
  /**
   * @param {import('@opentelemetry/sdk-trace-base').ReadableSpan[]} spans
   * @param {(result: { code: number }) => void} done
   */
  export(spans, done) {
    for (const span of spans) {
      const { name, duration, attributes, status, parentSpanContext } = span
      const { traceId, spanId } = span.spanContext()
      const milliseconds = Math.round(duration[0] * 1000 + duration[1] / 1_000_000)
      const parent = parentSpanContext?.spanId
      const line = { process: NAME, name, traceId, spanId, parent, milliseconds, status: status.code, attributes }
      console.log(JSON.stringify(line))
    }
    done({ code: 0 })
  }

  async shutdown() {}
}

const provider = new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(new Lines())] })
// Reads and writes `traceparent`, and keeps the context through everything asynchronous.
provider.register()
process.once('beforeExit', () => provider.shutdown())
const tracer = tracing.getTracer('bucket-brigade')

const WORK = createContextKey('the request that is being worked on')

/** @returns {{ readonly req?: IncomingMessage, readonly res?: ServerResponse }} */
const current = () => context.active().getValue(WORK) ?? {}

/**
 * @param {IncomingMessage} req
 * @param {ServerResponse} res
 * @param {() => void} next
 */
export function trace(req, res, next) {
  const from = propagation.extract(context.active(), req.headers).setValue(WORK, { req, res })
  if (isAboutHealth(req)) return context.with(from, next)
  const path = shownPath(req)
  const attributes = { 'http.request.method': req.method, 'url.path': path }
  const span = tracer.startSpan(`${req.method} ${path}`, { kind: SpanKind.SERVER, attributes }, from)
  const within = tracing.setSpan(from, span)
  // A balancer passes it on, so that the span of the server is below its own.
  propagation.inject(within, req.headers)
  res.once('close', () => {
    span.setAttributes({ 'http.response.status_code': res.statusCode, 'request.id': requestIdOf(res) })
    if (res.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR })
    span.end()
  })
  context.with(within, next)
}

/**
 * Events tell of what is over, so that the span is made with the time when it began.
 *
 * @param {string} name
 * @param {{ readonly milliseconds: number, readonly outcome: string }} event
 * @param {import('@opentelemetry/api').Attributes} details
 */
function record(name, { milliseconds, outcome }, details) {
  const { req, res } = current()
  if (req && isAboutHealth(req)) return
  const end = Date.now()
  const attributes = { ...details, outcome, 'request.id': res && requestIdOf(res) }
  const span = tracer.startSpan(name, { startTime: end - milliseconds, attributes })
  // `not-found` is an answer too; what is wrong with a service is not.
  if (outcome === 'unavailable' || outcome === 'failed') span.setStatus({ code: SpanStatusCode.ERROR })
  span.end(end)
}

subscribe(AVATAR_CHANNEL, (message) => {
  const event = /** @type {import('@bucket-brigade/avatar-cropper').AvatarEvent} */ (message)
  record(`avatar ${event.step}`, event, { bucket: event.bucket })
})

subscribe(REQUEST_CHANNEL, (message) => {
  // Without the key: it holds the user's id.
  const event = /** @type {import('@bucket-brigade/core').RequestEvent} */ (message)
  record(`bucket ${event.operation}`, event, { bucket: event.bucket, driver: event.driver, bytes: event.bytes ?? 0 })
})
