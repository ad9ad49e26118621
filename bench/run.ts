/** Runs benches, each in a process of its own, on one Ceph cluster: `run.js [--full] NAME …`. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { startCeph } from '../test/services/ceph.js'
import type { BenchSettings } from './settings.js'

async function main(args: readonly string[]): Promise<void> {
  const length = args.includes('--full') ? 'full' : 'quick'
  const processors = cpus()
  console.log(
    `${processors.length} x ${processors[0]?.model ?? 'an unknown processor'}, Node ${process.version}, ${length}`,
  )
  const names = args.filter((arg) => arg !== '--full')
  // What a full run overwrites fills a cluster.
  const runs = length === 'full' ? names.map((name) => [name]) : [names]
  for (const run of runs) await runOnCluster(run, length)
}

async function runOnCluster(names: readonly string[], length: BenchSettings['length']): Promise<void> {
  const { cluster, stop } = await startCeph()
  try {
    for (const name of names) await runBench(name, { cluster, length })
  } finally {
    await stop()
  }
}

async function runBench(name: string, settings: BenchSettings): Promise<void> {
  console.log(`\n== ${name}`)
  const file = fileURLToPath(new URL(`${name}.bench.js`, import.meta.url))
  // The house supports the Node that the SDK warns of: said by every process, it would drown the tables.
  const env = { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' }
  const bench = spawn(process.execPath, [file, JSON.stringify(settings)], {
    stdio: ['pipe', 'inherit', 'inherit'],
    env,
  })
  const [exitCode] = (await once(bench, 'exit')) as [number | null]
  if (exitCode !== 0) process.exitCode = 1
}

await main(process.argv.slice(2))
