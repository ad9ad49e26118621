import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { CreateBucketCommand } from '@aws-sdk/client-s3'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { portrait } from '../../examples/express-app/test/portrait.js'
import { cephClient } from '../services/buckets.js'
import { launchChromium } from '../services/chromium.js'
import { freePort } from '../services/free-port.js'
import { LockedRegistry } from './locked-registry.js'
import { packPackages } from './packed-project.js'
import { mustRun, ROOT } from './run.js'
import { type GuideStep, readGuide } from './snippets.js'

const cluster = inject('ceph')

/** Somebody who does what the guide says, in its order and to the letter, but for what a test cannot have. */
class Reader {
  readonly #folder: string
  readonly #tarballs: ReadonlyMap<string, string>
  readonly #registry: LockedRegistry
  readonly #steps: GuideStep[]
  readonly #stops: (() => Promise<unknown>)[] = []

  constructor(
    folder: string,
    tarballs: ReadonlyMap<string, string>,
    registry: LockedRegistry,
    steps: readonly GuideStep[],
  ) {
    this.#folder = folder
    this.#tarballs = tarballs
    this.#registry = registry
    this.#steps = [...steps]
  }

  get stepsLeft(): number {
    return this.#steps.length
  }

  /** Goes on up to the next server that is to be started. */
  async prepareNextServer(): Promise<void> {
    for (let [step] = this.#steps; step && !startsServer(step); [step] = this.#steps) {
      this.#steps.shift()
      if (step.kind === 'file') await this.#write(step.name, step.content)
      else await mustRun('bash', ['-ec', this.#withTarballs(step.text)], this.#folder)
    }
  }

  /** Goes on up to there, and starts it. Gives its address, as it says. */
  async startNextServer(changes: readonly (readonly [string, string])[] = []): Promise<string> {
    await this.prepareNextServer()
    const step = this.#steps.shift()
    if (step?.kind === 'commands') return this.#serve(step.text, changes)
    throw new Error('expected another server to be started; the guide is at its end')
  }

  async stop(): Promise<void> {
    await Promise.all(this.#stops.splice(0).map((stop) => stop()))
  }

  async #write(name: string, content: string): Promise<void> {
    const file = join(this.#folder, name)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, content)
  }

  /** The packages are not on npm, nor those that they need; and the SDK of this checkout is as good as another copy. */
  #withTarballs(commands: string): string {
    if (commands.includes('@aws-sdk/')) return `ln -s '${join(ROOT, 'node_modules/@aws-sdk')}' node_modules/@aws-sdk`
    const needed = this.#tarballs.get('@bucket-brigade/images')
    return commands
      .replace(/@bucket-brigade\/[a-z-]+/g, (name) => this.#tarballs.get(name) ?? name)
      .replace('npm install', `npm install ${this.#registry.options.join(' ')} ${needed}`)
  }

  async #serve(command: string, changes: readonly (readonly [string, string])[]): Promise<string> {
    // Port 3000 may be somebody's.
    const withPort = `PORT=${await freePort()} ${command.replace(/PORT=\d+ /, '')}`
    const text = changes.reduce((line, [old, now]) => line.replace(old, now), withPort)
    const { accessKeyId, secretAccessKey } = cluster.credentials
    const env = { ...process.env, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey }
    const server = spawn('bash', ['-c', `exec env ${text}`], {
      cwd: this.#folder,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const ended = once(server, 'exit')
    this.#stops.push(async () => {
      server.kill()
      await ended
    })
    for await (const line of createInterface({ input: server.stdout })) {
      if (line.startsWith('http://')) return line
    }
    throw new Error(`the server of the guide ended before it said its address: ${command}`)
  }
}

function startsServer(step: GuideStep): boolean {
  return step.kind === 'commands' && step.text.includes('node --env-file')
}

describe('docs/avatars.md, followed to the letter', () => {
  let folder: string
  let registry: LockedRegistry
  let reader: Reader
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'brigade-guide-'))
    const project = join(folder, 'project')
    await mkdir(project)
    const [reports, steps] = await Promise.all([packPackages(folder), readGuide(join(ROOT, 'docs/avatars.md'))])
    const tarballs = new Map(reports.map(({ name, filename }) => [name, `../${filename}`]))
    registry = await LockedRegistry.start()
    reader = new Reader(project, tarballs, registry, steps)
    await reader.prepareNextServer()
    browser = await launchChromium()
    page = await browser.newPage()
    page.setDefaultTimeout(60_000)
  }, 300_000)

  afterAll(async () => {
    await browser?.close()
    await reader?.stop()
    await registry?.close()
    await rm(folder, { recursive: true, force: true })
  })

  async function saveOnePicture(address: string): Promise<void> {
    await page.goto(address)
    const file = { name: 'me.jpg', mimeType: 'image/jpeg', buffer: await portrait() }
    await page.locator('avatar-form input[type=file]').first().setInputFiles(file)
    await page.getByRole('button', { name: 'Crop', exact: true }).click()
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByRole('heading', { name: 'Saved', exact: true }).waitFor()
  }

  async function picturesOf(address: string): Promise<readonly { readonly url: string }[]> {
    const reply = await fetch(`${address}/avatars`)
    const list: { readonly avatars: readonly { readonly url: string }[] } = JSON.parse(await reply.text())
    return list.avatars
  }

  it('ends in a page that uploads, crops and saves, and in a second server that knows of it', async () => {
    const first = await reader.startNextServer()
    await saveOnePicture(first)
    expect(await readdir(join(folder, 'project/data/my-avatars/uploads/users/ada'))).toHaveLength(3)
    const counted = await fetch(`${first}/avatars/of/ada/96`)
    expect([counted.status, counted.headers.get('content-type')]).toEqual([200, 'image/jpeg'])
    const second = await reader.startNextServer()
    expect(await picturesOf(second)).toEqual(await picturesOf(first))
    await page.goto(second)
    await page.getByRole('button', { name: /^Use the picture/, pressed: true }).waitFor()
  })

  it('works on a private bucket after one variable was changed', async () => {
    const client = cephClient(cluster)
    await client.send(new CreateBucketCommand({ Bucket: 'my-avatars' }))
    client.destroy()
    const endpoint = encodeURIComponent(cluster.endpoints[0])
    const address = await reader.startNextServer([
      ['region=eu-central-1', `region=${cluster.region}&endpoint=${endpoint}`],
    ])
    await saveOnePicture(address)
    const [saved] = await picturesOf(address)
    const picture = await fetch(new URL(saved?.url ?? '', address))
    expect([picture.status, picture.headers.get('content-type')]).toEqual([200, 'image/jpeg'])
    expect(new URL(saved?.url ?? '', address).host).toBe(new URL(cluster.endpoints[0]).host)
    expect(reader.stepsLeft).toBe(0)
  })
})
