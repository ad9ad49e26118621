import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import sharp from 'sharp'

/** What is cut out of the photo, in pixels. */
export interface Square {
  readonly x: number
  readonly y: number
  readonly edge: number
}

/**
 * The steps of the article, written out by hand: every server fetches the file to its own disk, works on it there, and
 * puts it back at the same key.
 */
export class ArticleFlow {
  constructor(
    readonly client: S3Client,
    readonly bucket: string,
    readonly directory: string,
  ) {}

  /** Step 1: the form's file lies on this server's disk; a copy of it goes to the bucket. */
  async upload(name: string, photo: Buffer): Promise<void> {
    const file = await this.#fileOn('server-a', name)
    await writeFile(file, photo)
    await this.#put(name, file)
  }

  /** Step 2: fetched, cropped, put back. */
  async crop(name: string, { x, y, edge }: Square): Promise<void> {
    const file = await this.#fileOn('server-b', name)
    await this.#get(name, file)
    const cropped = await sharp(file).autoOrient().extract({ left: x, top: y, width: edge, height: edge }).toBuffer()
    await writeFile(file, cropped)
    await this.#put(name, file)
  }

  /** Step 3: fetched, and saved as one picture per edge. */
  async save(name: string, edges: readonly number[]): Promise<void> {
    const file = await this.#fileOn('server-c', name)
    await this.#get(name, file)
    for (const edge of edges) {
      const saved = await this.#fileOn('server-c', `${name}-${edge}`)
      await sharp(file).resize(edge, edge).jpeg().toFile(saved)
      await this.#put(`${name}-${edge}.jpg`, saved)
    }
  }

  async #fileOn(server: string, name: string): Promise<string> {
    const folder = join(this.directory, server)
    await mkdir(folder, { recursive: true })
    return join(folder, name)
  }

  async #put(name: string, file: string): Promise<void> {
    const { size } = await stat(file)
    const target = { Bucket: this.bucket, Key: `uploads/users/654/${name}` }
    await this.client.send(new PutObjectCommand({ ...target, Body: createReadStream(file), ContentLength: size }))
  }

  async #get(name: string, file: string): Promise<void> {
    const target = { Bucket: this.bucket, Key: `uploads/users/654/${name}` }
    const { Body } = await this.client.send(new GetObjectCommand(target))
    await pipeline(Body as Readable, createWriteStream(file))
  }
}
