import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Environment } from './fleet.js'
import { decode, distance, QUARTERS, quartersPicture } from './pictures.js'

/** Where the article's three steps take place. */
export interface ArticleGround {
  /** What stood in wp-config.php, of the server with this number. */
  env(server: number): Environment
  /** How strangers see an address, where they can. */
  readonly fetch?: (url: string) => Promise<Response>
  close(): Promise<void>
}

interface Answer {
  readonly result?: unknown
  /** The code of a StoreError. */
  readonly error?: string
  /** What was in the server's folder before the step, and after it. */
  readonly found: readonly string[]
  readonly left: readonly string[]
}

const SERVER = fileURLToPath(new URL('article-server.mjs', import.meta.url))

/** Nothing of the tests' own credentials. */
function inherited(): Record<string, string | undefined> {
  const { PATH, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED } = process.env
  return { PATH, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED }
}

/** The steps of "Sharing Data Among Multiple Servers Through AWS S3", each on a server whose disk was never used. */
export function describeArticle(name: string, open: () => Promise<ArticleGround>): void {
  describe(`the three steps of the article, ${name}`, () => {
    let ground: ArticleGround
    let servers = 0

    beforeAll(async () => {
      ground = await open()
    })

    afterAll(async () => {
      await ground?.close()
    })

    const onNewServer = async (step: string, given: string): Promise<Answer> => {
      const contentDir = await mkdtemp(join(tmpdir(), 'wp-content-'))
      try {
        const env = { ...inherited(), ...ground.env(servers), CONTENT_DIR: contentDir }
        servers += 1
        const child = fork(SERVER, [], { env })
        const ended = once(child, 'exit')
        child.send({ step, given })
        const [answer] = (await Promise.race([once(child, 'message'), ended])) as [Answer]
        await ended
        return answer
      } finally {
        await rm(contentDir, { recursive: true })
      }
    }

    it('upload, crop and save one file on three servers, which pass on its relative path alone', async () => {
      const picture = await quartersPicture(200, 200)
      const uploaded = await onNewServer('upload', picture.toString('base64'))
      expect(uploaded).toMatchObject({ result: '/uploads/users/654/leo.jpg', found: [] })

      const cropped = await onNewServer('crop', String(uploaded.result))
      expect(cropped.found).toEqual([])
      expect(cropped.left).toContain('uploads/users/654/leo.jpg')
      expect(cropped.result).toMatch(/\/uploads\/users\/654\/leo\.jpg$/)

      const saved = await onNewServer('save', String(uploaded.result))
      expect(saved.found).toEqual([])
      const bytes = Buffer.from(String(saved.result), 'base64')
      const pixels = await decode(bytes)
      expect([pixels.width, pixels.height]).toEqual([100, 100])
      expect(distance(pixels.at(50, 50), QUARTERS.topLeft)).toBeLessThan(10)

      expect(await onNewServer('list', '/uploads/users/654/')).toMatchObject({ result: [cropped.result] })
      if (ground.fetch) {
        const shown = await ground.fetch(String(cropped.result))
        expect([shown.status, shown.headers.get('content-type')]).toEqual([200, 'image/jpeg'])
        expect(Buffer.from(await shown.arrayBuffer()).equals(bytes)).toBe(true)
      }
    })

    it('take no path that leads out of the folder', async () => {
      for (const path of ['/../../etc/passwd', '/uploads/../../secret', '//etc/passwd', '/uploads/a\0b', '']) {
        expect(await onNewServer('save', path)).toMatchObject({ error: 'invalid-key', left: [] })
      }
    })

    it('say that a file of nobody is missing, and leave nothing of it', async () => {
      expect(await onNewServer('save', '/uploads/nobody.jpg')).toMatchObject({ error: 'not-found', left: [] })
    })

    it('list the files of one person, not those of a neighbour', async () => {
      expect(await onNewServer('list', '/uploads/users/65/')).toMatchObject({ result: [] })
    })
  })
}
