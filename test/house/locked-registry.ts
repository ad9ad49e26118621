import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { mustRun, ROOT } from './run.js'

/** One package in a lockfile: what it says of itself, and what npm notes about it. */
interface LockedPackage {
  /** Where it is installed under another name. */
  readonly name?: string
  readonly version?: string
  readonly integrity?: string
}

interface Packument {
  readonly name: string
  readonly 'dist-tags': { readonly latest: string }
  readonly versions: Record<string, object>
}

const INSTALLED_AS = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)$/

/**
 * A registry in which package-lock.json is all that was ever published. What a stranger gets from it depends neither on
 * yesterday's releases nor on the network: npm takes the contents out of its cache, where `npm ci` has put them. Only those
 * that are not there are fetched from the registry that npm is set to.
 */
export class LockedRegistry {
  /** What `npm install` has to be told. */
  readonly options: readonly string[]
  readonly close: () => Promise<void>

  private constructor(origin: string, close: () => Promise<void>) {
    const { NO_PROXY, no_proxy = NO_PROXY } = process.env
    this.options = [
      ...[`--registry=${origin}`, '--replace-registry-host=never'],
      // A proxy of this machine's would not find it.
      `--noproxy=${['127.0.0.1', ...(no_proxy ? [no_proxy] : [])].join(',')}`,
      ...['--no-audit', '--no-fund', '--no-update-notifier'],
    ]
    this.close = close
  }

  static async start(): Promise<LockedRegistry> {
    const contents = (await mustRun('npm', ['config', 'get', 'registry'], ROOT)).trim().replace(/\/$/, '')
    const published = packuments(await lockedPackages(), contents)
    const server = createServer((request, response) => {
      const packument = published.get(decodeURIComponent(request.url?.slice(1) ?? ''))
      // Kept by npm, these answers would be of no use to anybody: the next registry has another port.
      response.writeHead(packument ? 200 : 404, { 'content-type': 'application/json', 'cache-control': 'no-store' })
      response.end(JSON.stringify(packument ?? { error: 'package-lock.json does not name it' }))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new LockedRegistry(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    })
  }
}

async function lockedPackages(): Promise<Readonly<Record<string, LockedPackage>>> {
  return JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8')).packages
}

/** @param contents Address of the registry that has the tarballs. */
function packuments(locked: Readonly<Record<string, LockedPackage>>, contents: string): ReadonlyMap<string, Packument> {
  const published = new Map<string, Packument>()
  for (const [path, { name = INSTALLED_AS.exec(path)?.[1], version, integrity, ...manifest }] of Object.entries(
    locked,
  )) {
    // Those of this repository, which nobody has published.
    if (name === undefined || version === undefined || integrity === undefined) continue
    const tarball = `${contents}/${name}/-/${name.slice(name.lastIndexOf('/') + 1)}-${version}.tgz`
    const packument = published.get(name) ?? { name, 'dist-tags': { latest: version }, versions: {} }
    packument.versions[version] = { ...manifest, name, version, dist: { tarball, integrity } }
    published.set(name, packument)
  }
  return published
}
