import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { freePort } from './free-port.js'
import { startProcess, waitUntil } from './service-process.js'

export interface Balancer {
  /** One address for all upstreams. */
  readonly origin: string
  readonly stop: () => Promise<void>
}

export interface BalancerOptions {
  /** Largest request body, in MiB. Default 100. */
  readonly maxBodyMebibytes?: number
}

/**
 * Starts nginx as a balancer that sends every request to the next of `ports`.
 *
 * Requests are buffered before they are passed on, so an early refusal by a server still reaches the client. A server
 * that does not accept connections is passed over, and asked again at the next request.
 */
export async function startBalancer(ports: readonly number[], options: BalancerOptions = {}): Promise<Balancer> {
  const directory = await mkdtemp(path.join(tmpdir(), 'nginx-'))
  const port = await freePort()
  const config = path.join(directory, 'nginx.conf')
  await mkdir(path.join(directory, 'logs'))
  await writeFile(config, nginxConfig(directory, port, ports, options.maxBodyMebibytes ?? 100))
  const log = path.join(directory, 'logs', 'nginx.out')
  // One process: workers of their own would outlive a master that was killed.
  const nginx = startProcess(
    'nginx',
    ['-p', directory, '-c', config, '-e', 'stderr', '-g', 'daemon off; master_process off;'],
    log,
  )
  const origin = `http://127.0.0.1:${port}`
  const stop = async (): Promise<void> => {
    await nginx.stop()
    await rm(directory, { recursive: true, force: true })
  }
  try {
    await waitUntil('nginx', () => listens(origin), { withinSeconds: 60, process: nginx })
  } catch (error) {
    await stop()
    throw error
  }
  return { origin, stop }
}

function nginxConfig(directory: string, port: number, ports: readonly number[], maxBodyMebibytes: number): string {
  const servers = ports.map((upstream) => `    server 127.0.0.1:${upstream} max_fails=0;`).join('\n')
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `  ${kind}_temp_path ${directory}/${kind};`)
    .join('\n')
  return `${process.getuid?.() === 0 ? 'user root;' : ''}
pid ${directory}/nginx.pid;
error_log stderr warn;
events { worker_connections 512; }
http {
  access_log off;
${temporary}
  upstream servers {
${servers}
  }
  server {
    listen 127.0.0.1:${port};
    client_max_body_size ${maxBodyMebibytes}m;
    location = /balancer-is-up { return 204; }
    location / {
      proxy_pass http://servers;
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Connection "";
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_request_buffering on;
      # A machine may stand still for a while: that a server hangs is for a test's own limit to tell.
      proxy_connect_timeout 60s;
      proxy_send_timeout 600s;
      proxy_read_timeout 600s;
      # Only while a request has not been handed over; afterwards nginx itself never repeats a POST.
      proxy_next_upstream error timeout;
    }
  }
}
`
}

async function listens(origin: string): Promise<void> {
  const response = await fetch(`${origin}/balancer-is-up`, { signal: AbortSignal.timeout(2000) })
  if (response.status !== 204) throw new Error(`HTTP status ${response.status}`)
}
