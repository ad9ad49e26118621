/**
 * A span for every request, with one below it for each avatar step and each call to the bucket.
 *
 * `node examples/observability/opentelemetry.mjs` prints them for one person who uploads, crops and saves. For your own
 * server, take everything but the last lines, put `trace` before the router, and replace `Lines` by the exporter of your
 * collector, such as `OTLPTraceExporter`.
 */
import { subscribe } from 'node:diagnostics_channel'
import { AVATAR_CHANNEL } from '@bucket-brigade/avatar-cropper'
import { REQUEST_CHANNEL } from '@bucket-brigade/core'
import { requestIdOf } from '@bucket-brigade/express'
import { context, propagation, SpanKind, SpanStatusCode, trace as tracing } from '@opentelemetry/api'
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import { runFlow } from './avatar-server.mjs'

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
      const milliseconds = duration[0] * 1000 + duration[1] / 1_000_000
      const parent = parentSpanContext?.spanId
      console.log(JSON.stringify({ name, traceId, spanId, parent, milliseconds, status: status.code, attributes }))
    }
    done({ code: 0 })
  }

  async shutdown() {}
}

const provider = new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(new Lines())] })
// Takes the trace of whoever sent the request from `traceparent`, and keeps it through everything asynchronous.
provider.register()
const tracer = tracing.getTracer('bucket-brigade')

/**
 * @param {import('express').Request} req
 * @param {import('express').Response} res
 * @param {import('express').NextFunction} next
 */
export function trace(req, res, next) {
  const from = propagation.extract(context.active(), req.headers)
  const attributes = { 'http.request.method': req.method, 'url.path': req.path, 'request.id': requestIdOf(res) ?? '' }
  const span = tracer.startSpan(`${req.method} ${req.path}`, { kind: SpanKind.SERVER, attributes }, from)
  res.once('close', () => {
    span.setAttribute('http.response.status_code', res.statusCode)
    if (res.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR })
    span.end()
  })
  context.with(tracing.setSpan(from, span), next)
}

/**
 * Events tell of what is over, so that the span is made with the time when it began.
 *
 * @param {string} name
 * @param {{ readonly milliseconds: number, readonly outcome: string }} event
 * @param {import('@opentelemetry/api').Attributes} attributes
 */
function record(name, { milliseconds, outcome }, attributes) {
  const end = Date.now()
  const span = tracer.startSpan(name, { startTime: end - milliseconds, attributes: { ...attributes, outcome } })
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

await runFlow(trace, { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' })
await provider.shutdown()
