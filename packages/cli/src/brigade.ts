#!/usr/bin/env node
import { runBrigade } from './run-brigade.js'

const ending = new AbortController()
// A second Ctrl-C ends it at once.
process.once('SIGINT', () => ending.abort(new Error('interrupted')))
process.once('SIGTERM', () => ending.abort(new Error('interrupted')))
// `runBrigade` watches for a reader who goes away; what comes after that is of no interest.
process.stdout.on('error', () => undefined)
process.stderr.on('error', () => undefined)

// The SDK says so at every start, which is no news to whoever runs a command a hundred times.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'

const { env, stdin, stdout, stderr } = process
process.exitCode = await runBrigade(process.argv.slice(2), { env, stdin, stdout, stderr, fetch, signal: ending.signal })
