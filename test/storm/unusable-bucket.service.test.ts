import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, inject, it, onTestFinished } from 'vitest'
import { bucketUrl, serverEnvironment } from '../journeys/ceph-ground.js'
import { exampleBalancer } from '../journeys/example-balancer.js'
import { type Environment, Fleet } from '../journeys/fleet.js'
import { Person } from '../journeys/person.js'
import { quartersPicture } from '../journeys/pictures.js'
import { createBucket } from '../services/buckets.js'
import { freePort } from '../services/free-port.js'
import type {} from '../services/global-setup.js'

const cluster = inject('ceph')
const { credentials } = cluster

/** How a server that is started over this bucket says that it cannot work. */
async function whyNot(env: Environment): Promise<string> {
  try {
    const fleet = await Fleet.start({ servers: 1, balance: exampleBalancer, env: () => env })
    await fleet.stop()
    return 'it started'
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** A service that answers every request with this error, as S3 words it. */
function refusing(status: number, code: string, more = ''): Promise<string> {
  return answering(status, 'application/xml', `<Error><Code>${code}</Code><Message>no</Message>${more}</Error>`)
}

/** Somebody who answers every request with the same. */
async function answering(status: number, type: string, text: string, scheme = 'http'): Promise<string> {
  const server = createServer((req, res) => {
    req.resume().once('end', () => {
      res.writeHead(status, { 'content-type': type, date: new Date().toUTCString() })
      res.end(req.method === 'HEAD' ? '' : text)
    })
  })
  server.keepAliveTimeout = 0
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return serverUrl(`${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`)
}

function serverUrl(endpoint: string): string {
  return bucketUrl(cluster, 'avatars-of-these-tests', endpoint)
}

const troubles: readonly (readonly [string, () => Promise<Environment>, RegExp])[] = [
  [
    'no bucket of that name',
    async () => serverEnvironment(serverUrl(cluster.endpoints[0]), credentials),
    /there is no such bucket: create it, or correct its name/,
  ],
  [
    'a secret key that is wrong',
    async () => {
      const url = bucketUrl(cluster, await createBucket(cluster), cluster.endpoints[0])
      return serverEnvironment(url, { ...credentials, secretAccessKey: 'not-the-secret' })
    },
    /the signature does not match: correct AWS_SECRET_ACCESS_KEY/,
  ],
  [
    'an access key that nobody knows',
    async () => {
      const url = bucketUrl(cluster, await createBucket(cluster), cluster.endpoints[0])
      return serverEnvironment(url, { ...credentials, accessKeyId: 'NOBODYKNOWSTHIS' })
    },
    /the service does not know this access key: correct AWS_ACCESS_KEY_ID/,
  ],
  [
    'a wrong endpoint',
    async () => serverEnvironment(serverUrl(`http://127.0.0.1:${await freePort()}`), credentials),
    /the service cannot be reached: check the endpoint/,
  ],
  [
    'a name that nobody has',
    async () => serverEnvironment(serverUrl('http://storage.invalid'), credentials),
    /the service cannot be reached: check the endpoint/,
  ],
  [
    'an address that is asked by TLS and does not speak it',
    async () => serverEnvironment(await answering(200, 'text/plain', '', 'https'), credentials),
    /what answers there does not speak TLS: correct the endpoint, as to http:/,
  ],
  [
    'the sign-in page of a network',
    async () => serverEnvironment(await answering(200, 'text/html', '<title>Welcome</title>'), credentials),
    /what answers there is no S3 service: check the endpoint, and what stands in between/,
  ],
  [
    'a page that says that something was not found',
    async () =>
      serverEnvironment(
        await answering(404, 'text/html', '<html><body>404 Not Found<hr>nginx</body></html>'),
        credentials,
      ),
    /what answers there is no S3 service: check the endpoint/,
  ],
  [
    'credentials that have expired',
    async () => serverEnvironment(await refusing(400, 'ExpiredToken'), credentials),
    /the temporary credentials have expired: fetch new ones/,
  ],
  [
    'a bucket in another region',
    async () => serverEnvironment(await refusing(301, 'PermanentRedirect', '<Region>eu-west-3</Region>'), credentials),
    /the bucket is in another region: set `region` to eu-west-3/,
  ],
  [
    'a clock that the service does not accept',
    async () => serverEnvironment(await refusing(403, 'RequestTimeTooSkewed'), credentials),
    /this machine's clock differs from the service's: set it by NTP/,
  ],
]

it.each(troubles)('a server is not started over %s, and says what to do', async (_trouble, env, expected) => {
  expect(await whyNot(await env())).toMatch(expected)
})

it('a server whose clock is 16 minutes ahead works with Ceph all the same, and with servers that are right', async () => {
  const bucket = await createBucket(cluster)
  const url = bucketUrl(cluster, bucket, cluster.endpoints[0])
  const start = async (execArgv: readonly string[]) => {
    const env = { ...serverEnvironment(url, credentials), CLOCK_AHEAD_SECONDS: '960' }
    const fleet = await Fleet.start({ servers: 1, balance: exampleBalancer, env: () => env, execArgv })
    onTestFinished(() => fleet.stop())
    return fleet.origin
  }
  const [ahead, right] = await Promise.all([
    start(['--import', new URL('shifted-clock.mjs', import.meta.url).href]),
    start([]),
  ])
  const person = await Person.signIn(right, 'leo')
  const uploaded = await person.upload(ahead, await quartersPicture(80, 60))
  expect(uploaded.status).toBe(201)
  const cropped = await person.crop(right, uploaded.body.token, { x: 0, y: 0, width: 40, height: 40 })
  expect(cropped.status).toBe(200)
  const saved = await person.save(ahead, cropped.body.token)
  expect(saved.status).toBe(200)
  expect((await person.list(right)).body.current?.id).toBe(saved.body.avatar.id)
})
