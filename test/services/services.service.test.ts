import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { afterAll, describe, expect, inject, it } from 'vitest'
import { cephClient, createBucket, createPutGetListUser, openToPublic } from './buckets.js'
import { startGateway } from './ceph.js'
import { launchChromium } from './chromium.js'
import { freePort } from './free-port.js'
import { startBalancer } from './nginx.js'

const cleanups: (() => unknown)[] = []
afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup()
})

describe('Ceph', () => {
  it('shows through one gateway what was written through the other, also after one of them was killed', async () => {
    const cluster = inject('ceph')
    const Bucket = await createBucket(cluster)
    const third = await startGateway(cluster)
    const writer = cephClient({ ...cluster, endpoints: [third.endpoint, third.endpoint] })
    await writer.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'bytes' }))
    writer.destroy()
    await third.kill()
    const reader = cephClient({ ...cluster, endpoints: [cluster.endpoints[1], cluster.endpoints[0]] })
    cleanups.push(() => reader.destroy())
    const { Body } = await reader.send(new GetObjectCommand({ Bucket, Key: 'a' }))
    expect(await Body?.transformToString()).toBe('bytes')
  })

  it('gives a user who may put, get and list, but not delete', async () => {
    const cluster = inject('ceph')
    const Bucket = await createBucket(cluster)
    const client = cephClient(cluster, await createPutGetListUser(cluster, Bucket))
    cleanups.push(() => client.destroy())
    await client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'bytes' }))
    await client.send(new GetObjectCommand({ Bucket, Key: 'a' })).then(({ Body }) => Body?.transformToString())
    await expect(client.send(new DeleteObjectCommand({ Bucket, Key: 'a' }))).rejects.toThrow()
  })

  it('opens a prefix, and only that, to the public', async () => {
    const cluster = inject('ceph')
    const Bucket = await createBucket(cluster)
    await openToPublic(cluster, Bucket, ['uploads/'])
    const client = cephClient(cluster)
    cleanups.push(() => client.destroy())
    for (const Key of ['uploads/a', 'tmp/a']) await client.send(new PutObjectCommand({ Bucket, Key, Body: 'bytes' }))
    const status = async (key: string): Promise<number> =>
      (await fetch(`${cluster.endpoints[0]}/${Bucket}/${key}`)).status
    expect([await status('uploads/a'), await status('tmp/a')]).toEqual([200, 403])
  })
})

describe('the balancer', () => {
  it('sends every request to the next server and passes over one that is down', async () => {
    const one = await serve('one')
    const two = await serve('two')
    const balancer = await startBalancer([one, two, await freePort()])
    cleanups.push(balancer.stop)
    const answers: string[] = []
    for (let count = 0; count < 6; count++) answers.push(await (await fetch(balancer.origin)).text())
    expect(answers.filter((answer) => answer === 'one').length).toBeGreaterThanOrEqual(2)
    expect(answers.filter((answer) => answer === 'two').length).toBeGreaterThanOrEqual(2)
    expect(new Set(answers)).toEqual(new Set(['one', 'two']))
  })
})

describe('the browser', () => {
  it('shows a page of a local server', async () => {
    const port = await serve('<!doctype html><title>Leo</title>')
    const browser = await launchChromium()
    cleanups.push(() => browser.close())
    const page = await browser.newPage()
    await page.goto(`http://127.0.0.1:${port}`)
    expect(await page.title()).toBe('Leo')
  })
})

async function serve(text: string): Promise<number> {
  const server: Server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html').end(text)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(() => new Promise((resolve) => server.close(resolve)))
  return (server.address() as AddressInfo).port
}
