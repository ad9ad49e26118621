import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BucketStore } from '@bucket-brigade/core'
import { DiskDriver } from '@bucket-brigade/core/disk'
import express from 'express'
import { type DirectUploadsOptions, directUploads, diskObjects } from '../../src/index.js'

export const SECRETS = ['a secret of at least thirty-two bytes'] as const
export const MIB = 1024 ** 2

class Files extends BucketStore {
  readonly bucket = 'files'
}

/** What the application says of itself; the store and the rest are the fleet's. */
export type FleetOptions = Partial<Omit<DirectUploadsOptions, 'store' | 'authenticate'>>

/** Two servers of one application, over one bucket on disk. `x-user` says who sends a request. */
export class UploadFleet {
  readonly store: BucketStore
  /** Where the two routers answer. */
  readonly bases: readonly [string, string]
  readonly #servers: readonly Server[]
  readonly #directory: string

  private constructor(store: BucketStore, servers: readonly [Server, Server], directory: string) {
    this.store = store
    this.#servers = servers
    this.bases = [`${originOf(servers[0])}/uploads`, `${originOf(servers[1])}/uploads`]
    this.#directory = directory
  }

  /** On disk, or in the bucket that is given: each server has a driver of its own. */
  static async start(options: FleetOptions = {}, given?: () => BucketStore): Promise<UploadFleet> {
    const directory = await mkdtemp(join(tmpdir(), 'direct-uploads-'))
    const apps = [express(), express()] as const
    const servers = [apps[0].listen(0, '127.0.0.1'), apps[1].listen(0, '127.0.0.1')] as const
    await Promise.all(servers.map((server) => once(server, 'listening')))
    // A machine that stands still for longer would close connections that clients are about to use.
    for (const server of servers) server.keepAliveTimeout = 0
    const baseUrl = `${originOf(servers[0])}/objects`
    const driver = () => new DiskDriver({ directory, baseUrl, secrets: [...SECRETS] })
    const open = given ?? (() => new Files(driver()))
    for (const app of apps) {
      if (given === undefined) app.use('/objects', diskObjects(driver(), { onError: () => {} }))
      app.use('/uploads', directUploads(appOptions(open(), options)))
    }
    return new UploadFleet(open(), servers, directory)
  }

  /** A JSON request by POST, as Leo unless said otherwise. */
  async post(path: string, body: unknown, { server = 0, user = 'leo' }: Visit = {}): Promise<Answer> {
    return this.#send(server, path, {
      method: 'POST',
      headers: { 'x-user': user, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  }

  /** A request without a body. */
  async ask(method: 'GET' | 'DELETE', path: string, { server = 0, user = 'leo' }: Visit = {}): Promise<Answer> {
    return this.#send(server, path, { method, headers: { 'x-user': user } })
  }

  async stop(): Promise<void> {
    for (const server of this.#servers) {
      server.closeAllConnections()
      server.close()
    }
    await rm(this.#directory, { recursive: true, force: true, maxRetries: 5 })
  }

  async #send(server: 0 | 1, path: string, init: RequestInit): Promise<Answer> {
    const answer = await fetch(`${this.bases[server]}${path}`, init)
    return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Body }
  }
}

/** Who asks which of the servers. */
export interface Visit {
  readonly server?: 0 | 1
  readonly user?: string
}

/** An answer, read. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Body
}

/** What answers hold, each some of it. */
interface Body {
  readonly code: string
  readonly detail: string
  readonly error: string
  readonly message: string
  readonly token: string
  readonly upload: NextUpload
  readonly parts: { readonly partNumber: number; readonly url: string; readonly etag: string; readonly bytes: number }[]
  readonly key: string
  readonly url: string
  readonly bytes: number
  readonly etag: string
  readonly uploadId: string
  readonly location: string
  readonly method: string
  readonly fields: Readonly<Record<string, string>>
  readonly presignedUrls: Readonly<Record<string, string>>
  readonly maxBytes: number
}

export interface NextUpload {
  readonly method: 'POST' | 'PUT' | 'MULTIPART'
  readonly url: string
  readonly fields: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>
  readonly partBytes: number
  readonly expiresAt: string
}

export function appOptions(store: BucketStore, options: FleetOptions): DirectUploadsOptions {
  return {
    ...{ secrets: SECRETS, origins: 'same-host', maxBytes: 50 * MIB, onError: () => {} },
    ...options,
    store,
    authenticate: (req) => req.get('x-user') || undefined,
  }
}

/** Sends a file as the answer to `POST /` says, for uploads in one piece. */
export async function sendWhole(upload: NextUpload, bytes: Uint8Array<ArrayBuffer>): Promise<Response> {
  if (upload.method === 'PUT') return fetch(upload.url, { method: 'PUT', headers: upload.headers, body: bytes })
  return sendForm(upload.url, upload.fields, bytes)
}

export async function sendForm(
  url: string,
  fields: Readonly<Record<string, string>>,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Response> {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.set(name, value)
  form.set('file', new Blob([bytes]), 'file')
  return fetch(url, { method: 'POST', body: form })
}

/** Sends one part, and gives its ETag. */
export async function sendPart(url: string, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const answer = await fetch(url, { method: 'PUT', body: bytes })
  if (!answer.ok) throw new Error(`the part was answered ${answer.status}`)
  return answer.headers.get('etag') ?? ''
}

function originOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
