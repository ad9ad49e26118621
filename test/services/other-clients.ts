import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { CephCluster } from './ceph.js'
import { runTool } from './service-process.js'

/** What a client says of an object. */
export interface SeenObject {
  readonly type: string
  /** Value of the metadata name `by`. */
  readonly by: string
  readonly bytes: Buffer
}

/** A command-line client of other people, on one bucket. */
export interface OtherClient {
  readonly name: string
  write(key: string, object: SeenObject): Promise<void>
  read(key: string): Promise<SeenObject>
  /** Every key below a prefix, in any order. */
  list(prefix: string): Promise<string[]>
}

export interface OtherClients {
  readonly clients: readonly OtherClient[]
  readonly stop: () => Promise<void>
}

/** awscli, s3cmd and rclone, each with a configuration of its own in a temporary folder. */
export async function otherClients(cluster: CephCluster, bucket: string): Promise<OtherClients> {
  const directory = await mkdtemp(path.join(tmpdir(), 'clients-'))
  const folder = new Exchange(directory)
  const clients = [
    awsCli(cluster, bucket, folder),
    await s3cmd(cluster, bucket, folder),
    rclone(cluster, bucket, folder),
  ]
  return { clients, stop: () => rm(directory, { recursive: true, force: true }) }
}

/** Files that go to and come from a client, which sees nothing else of this user's settings. */
class Exchange {
  #files = 0

  constructor(readonly directory: string) {}

  newFile(): string {
    this.#files += 1
    return path.join(this.directory, `file-${this.#files}`)
  }

  async given(bytes: Buffer): Promise<string> {
    const file = this.newFile()
    await writeFile(file, bytes)
    return file
  }

  run(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
    const own = { PATH: '/usr/bin:/bin', HOME: this.directory, LANG: 'C.UTF-8', ...env }
    return runTool(command, args, { env: own })
  }
}

function awsCli({ endpoints, region, credentials }: CephCluster, bucket: string, folder: Exchange): OtherClient {
  const env = { AWS_ACCESS_KEY_ID: credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey }
  const aws = (...args: string[]) =>
    folder.run('aws', ['--endpoint-url', endpoints[0], '--region', region, '--output', 'json', ...args], env)
  return {
    name: 'awscli',
    async write(key, { type, by, bytes }) {
      const file = await folder.given(bytes)
      await aws('s3', 'cp', file, `s3://${bucket}/${key}`, '--content-type', type, '--metadata', `by=${by}`)
    },
    async read(key) {
      const file = folder.newFile()
      const { ContentType, Metadata } = JSON.parse(
        await aws('s3api', 'get-object', '--bucket', bucket, '--key', key, file),
      )
      return { type: ContentType, by: Metadata.by, bytes: await readFile(file) }
    },
    async list(prefix) {
      const listed = JSON.parse(await aws('s3api', 'list-objects-v2', '--bucket', bucket, '--prefix', prefix))
      return listed.Contents.map(({ Key }: { readonly Key: string }) => Key)
    },
  }
}

async function s3cmd({ endpoints, credentials }: CephCluster, bucket: string, folder: Exchange): Promise<OtherClient> {
  const { host } = new URL(endpoints[0])
  const config = await folder.given(
    Buffer.from(`[default]
access_key = ${credentials.accessKeyId}
secret_key = ${credentials.secretAccessKey}
host_base = ${host}
host_bucket = ${host}
use_https = False
multipart_chunk_size_mb = 5
`),
  )
  const run = (...args: string[]) => folder.run('s3cmd', ['--config', config, '--no-progress', ...args])
  return {
    name: 's3cmd',
    async write(key, { type, by, bytes }) {
      const file = await folder.given(bytes)
      await run('put', file, `s3://${bucket}/${key}`, `--mime-type=${type}`, `--add-header=x-amz-meta-by:${by}`)
    },
    async read(key) {
      const file = folder.newFile()
      await run('get', `s3://${bucket}/${key}`, file)
      const told = await run('info', `s3://${bucket}/${key}`)
      const of = (label: string) => new RegExp(`^ *${label}: *(.*)$`, 'm').exec(told)?.[1] ?? ''
      return { type: of('MIME type'), by: of('x-amz-meta-by'), bytes: await readFile(file) }
    },
    async list(prefix) {
      const lines = await run('ls', '--recursive', `s3://${bucket}/${prefix}`)
      const start = `s3://${bucket}/`
      return lines
        .split('\n')
        .flatMap((line) => (line.includes(start) ? [line.slice(line.indexOf(start) + start.length)] : []))
    },
  }
}

function rclone({ endpoints, credentials }: CephCluster, bucket: string, folder: Exchange): OtherClient {
  const env = {
    RCLONE_CONFIG_CEPH_TYPE: 's3',
    RCLONE_CONFIG_CEPH_PROVIDER: 'Ceph',
    RCLONE_CONFIG_CEPH_ENDPOINT: endpoints[0],
    RCLONE_CONFIG_CEPH_ACCESS_KEY_ID: credentials.accessKeyId,
    RCLONE_CONFIG_CEPH_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    RCLONE_S3_UPLOAD_CUTOFF: '5Mi',
  }
  const run = (...args: string[]) => folder.run('rclone', ['--config', '/dev/null', ...args], env)
  return {
    name: 'rclone',
    async write(key, { type, by, bytes }) {
      const headers = ['--header-upload', `Content-Type: ${type}`, '--header-upload', `x-amz-meta-by: ${by}`]
      await run('copyto', await folder.given(bytes), `ceph:${bucket}/${key}`, ...headers)
    },
    async read(key) {
      const file = folder.newFile()
      await run('copyto', `ceph:${bucket}/${key}`, file)
      const told = JSON.parse(await run('lsjson', '--stat', '--metadata', `ceph:${bucket}/${key}`))
      return { type: told.MimeType, by: told.Metadata.by, bytes: await readFile(file) }
    },
    async list(prefix) {
      const lines = await run('lsf', '--recursive', '--files-only', `ceph:${bucket}/${prefix}`)
      return lines.split('\n').flatMap((line) => (line === '' ? [] : [prefix + line]))
    },
  }
}
