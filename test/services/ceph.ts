import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { cephConfig, cephKeyring } from './ceph-config.js'
import { freePort } from './free-port.js'
import { runTool, type ServiceProcess, startProcess, waitUntil } from './service-process.js'

export interface S3Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** What tests need to know of a running cluster; plain data, so that it travels into test workers. */
export interface CephCluster {
  readonly directory: string
  /** Two gateways over one cluster: what is written through one is read through the other. */
  readonly endpoints: readonly [string, string]
  readonly region: string
  /** A user who may create buckets. */
  readonly credentials: S3Credentials
}

export interface CephGateway {
  readonly endpoint: string
  readonly stop: () => Promise<void>
  /** Ends it as a crash would. */
  readonly kill: () => Promise<void>
}

const MAX_BUCKETS = 100_000

/** Starts a monitor, a manager, one OSD and two S3 gateways in a temporary folder, on loopback ports. */
export async function startCeph(): Promise<{ readonly cluster: CephCluster; readonly stop: () => Promise<void> }> {
  const directory = await mkdtemp(path.join(tmpdir(), 'ceph-'))
  const started: ServiceProcess[] = []
  const stop = async (): Promise<void> => {
    // Gateways first, the monitor last: a daemon that loses its cluster waits for it instead of ending.
    for (const service of started.reverse()) await service.kill()
    await rm(directory, { recursive: true, force: true })
  }
  try {
    await startStorage(directory, started)
    const credentials = await createUser({ directory }, 'owner')
    const [one, two] = await Promise.all([startGateway({ directory }, started), startGateway({ directory }, started)])
    const cluster = { directory, endpoints: [one.endpoint, two.endpoint], region: 'us-east-1', credentials } as const
    return { cluster, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** One more gateway over the same cluster, for a test that wants to end it. */
export async function startGateway(
  cluster: Pick<CephCluster, 'directory'>,
  started: ServiceProcess[] = [],
): Promise<CephGateway> {
  const port = await freePort()
  const endpoint = `http://127.0.0.1:${port}`
  const gateway = startDaemon(cluster.directory, `gateway-${port}`, 'radosgw', [
    // It closes no connection just when that is used again, however slow a test may be.
    ...['--name', 'client.rgw', '--rgw-frontends', `beast endpoint=127.0.0.1:${port} request_timeout_ms=0`],
  ])
  started.push(gateway)
  await waitUntil('the S3 gateway', () => answers(endpoint), { withinSeconds: 120, process: gateway })
  return { endpoint, stop: gateway.stop, kill: gateway.kill }
}

/** A new user without any bucket, and room for one bucket per test. */
export async function createUser(cluster: Pick<CephCluster, 'directory'>, name: string): Promise<S3Credentials> {
  const accessKeyId = randomBytes(10).toString('hex').toUpperCase()
  const secretAccessKey = randomBytes(20).toString('hex')
  await runTool('radosgw-admin', [
    ...['user', 'create', '--conf', configFile(cluster.directory), '--name', 'client.rgw'],
    ...['--uid', name, '--display-name', name, '--access-key', accessKeyId, '--secret-key', secretAccessKey],
    ...['--max-buckets', String(MAX_BUCKETS)],
  ])
  return { accessKeyId, secretAccessKey }
}

async function startStorage(directory: string, started: ServiceProcess[]): Promise<void> {
  const conf = configFile(directory)
  const [clusterId, monitorPort, osdId] = [randomUUID(), await freePort(), randomUUID()]
  for (const folder of ['mon', 'mgr', 'osd', 'run', 'log']) await mkdir(path.join(directory, folder))
  await writeFile(path.join(directory, 'keyring'), cephKeyring(), { mode: 0o600 })
  await writeFile(conf, cephConfig(directory, clusterId, monitorPort))

  const map = path.join(directory, 'monmap')
  const address = `[v2:127.0.0.1:${monitorPort}/0]`
  await runTool('monmaptool', ['--create', '--addv', 'a', address, '--fsid', clusterId, map])
  const keyring = path.join(directory, 'keyring')
  await runTool('ceph-mon', [...daemonArgs(directory), '--id', 'a', '--mkfs', '--monmap', map, '--keyring', keyring])
  const monitor = startDaemon(directory, 'mon', 'ceph-mon', ['--id', 'a'])
  started.push(monitor)
  await waitUntil('the Ceph monitor', () => accepts(monitorPort), { withinSeconds: 120, process: monitor })

  const ceph = (...args: string[]): Promise<string> =>
    runTool('ceph', ['--conf', conf, '--connect-timeout', '30', ...args])
  await ceph('auth', 'import', '-i', keyring)
  started.push(startDaemon(directory, 'mgr', 'ceph-mgr', ['--id', 'a']))
  await ceph('osd', 'new', osdId, '0')
  await runTool('ceph-osd', [...daemonArgs(directory), '--id', '0', '--mkfs', '--osd-uuid', osdId])
  const osd = startDaemon(directory, 'osd', 'ceph-osd', ['--id', '0'])
  started.push(osd)
  const isUp = async (): Promise<void> => {
    const status = await ceph('osd', 'stat')
    if (!/\b1 up\b/.test(status)) throw new Error(status)
  }
  await waitUntil('the Ceph OSD', isUp, { withinSeconds: 120, process: osd })
}

function startDaemon(directory: string, name: string, command: string, args: readonly string[]): ServiceProcess {
  const log = path.join(directory, 'log', `${name}.out`)
  return startProcess(command, ['--foreground', '--log-to-stderr', ...daemonArgs(directory), ...args], log)
}

function daemonArgs(directory: string): readonly string[] {
  // As root, daemons would otherwise become the user "ceph", who may not read this folder.
  const user = process.getuid?.() === 0 ? ['--setuser', 'root', '--setgroup', 'root'] : []
  return ['--conf', configFile(directory), ...user]
}

function configFile(directory: string): string {
  return path.join(directory, 'ceph.conf')
}

async function accepts(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect').finally(() => socket.destroy())
}

async function answers(endpoint: string): Promise<void> {
  const response = await fetch(endpoint, { signal: AbortSignal.timeout(2000) })
  await response.arrayBuffer()
  if (!response.ok) throw new Error(`HTTP status ${response.status}`)
}
