import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Balancer, startBalancer } from '../../../test/services/nginx.js'
import { FORM_TYPE, formBody } from './form-body.js'
import { UploadServer } from './upload-server.js'

const MEBIBYTE = 1024 ** 2
const servers = [1, 2].map(() => new UploadServer({ maxFileBytes: 30 * MEBIBYTE, position: 'last' }))
let balancer: Balancer

beforeAll(async () => {
  for (const server of servers) await server.start()
  balancer = await startBalancer(servers.map((server) => server.port))
})

afterAll(async () => {
  await balancer.stop()
  for (const server of servers) await server.stop()
})

async function upload(bytes: number): Promise<Response> {
  const body = formBody([{ name: 'picture', filename: 'leo.png', content: Buffer.alloc(bytes, 1) }])
  return fetch(balancer.origin, { method: 'POST', headers: { 'Content-Type': FORM_TYPE }, body })
}

describe('uploads behind nginx', () => {
  it('every refusal of a large file reaches its client', async () => {
    for (let round = 0; round < 4; round++) {
      const answers = await Promise.all([upload(60 * MEBIBYTE), upload(60 * MEBIBYTE)])
      for (const answer of answers) {
        expect(answer.status).toBe(413)
        expect(await answer.json()).toMatchObject({ code: 'file-too-large', maxBytes: 30 * MEBIBYTE })
      }
    }
    expect(servers.flatMap((server) => server.stored)).toEqual([])
  })

  it('a file within the limit arrives with its length', async () => {
    const answer = await upload(20 * MEBIBYTE)
    expect(answer.status).toBe(200)
    const [stored] = servers.flatMap((server) => server.stored)
    expect(stored?.length).toBe(20 * MEBIBYTE)
    expect(stored?.bytes).toHaveLength(20 * MEBIBYTE)
  })
})
