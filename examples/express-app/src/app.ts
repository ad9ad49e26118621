import { AvatarCropper } from '@bucket-brigade/avatar-cropper'
import { type AvatarRouterOptions, avatarRouter } from '@bucket-brigade/avatar-cropper/router'
import { diskObjects, problems, requestIdentity, sameOrigin } from '@bucket-brigade/express'
import express, { type Express, type RequestHandler, Router } from 'express'
import { atMost } from './at-most.js'
import { type Avatars, OBJECTS_PATH, type OpenBucket } from './bucket.js'
import { Health } from './health.js'
import { page } from './page.js'
import { acceptPicture, LIMITS, tellOfSaved } from './picture-rules.js'
import { type Flow, SIGN_UP, SIGNED_IN } from './plain/addresses.js'
import { Languages } from './plain/languages.js'
import { PlainPages, pagesOf } from './plain/plain-pages.js'
import { serverName } from './server-fleet.js'
import type { Settings } from './settings.js'
import { demoSignIn } from './sign-in.js'
import { signUp } from './sign-up.js'
import { tellFaults } from './tell-faults.js'

export interface AppOptions {
  readonly settings: Settings
  readonly bucket: OpenBucket
  /** Who answers, as `x-served-by` says. */
  readonly name: string
  /** What watchers are told. Default: one that nobody drains. */
  readonly health?: Health
}

/** One server's application. Everything that it knows beyond its settings is in the bucket or in the request. */
export async function createApp({ settings, bucket, name, health }: AppOptions): Promise<Express> {
  const { store, disk } = bucket
  const cropper = await openCropper(settings, store, name)
  const app = express()
  app.disable('x-powered-by')
  // The balancer is on this machine; what it says of the person's address and protocol is true.
  app.set('trust proxy', 'loopback')
  app.use(requestIdentity({ server: name }), (health ?? new Health(store)).router)
  if (disk) app.use(OBJECTS_PATH, diskObjects(disk, { publicPrefixes: [`${store.prefix}uploads/`] }))
  app.use(page(await bucketOrigins(store)))
  app.get('/line', line(settings, bucket, cropper))
  const signIn = demoSignIn(settings.secrets)
  const { authenticate } = signIn
  const languages = new Languages(settings.language)
  const { uploads } = settings
  const plain = new PlainPages({ cropper, authenticate, languages, server: name, uploads })
  app.use(sameOrigin({ origins: 'same-host' }), signIn.router, signUp(cropper, signIn, SIGNED_IN.avatars), plain.router)
  app.use(limits(settings))
  const { renderProblem } = plain
  const refusals = { messages: languages.messages, onError: tellFaults, renderProblem }
  const shared = { cropper, authenticate, origins: 'same-host', ...refusals } as const
  mount(app, SIGNED_IN, shared)
  mount(app, SIGN_UP, { ...shared, authenticate: () => undefined, anonymous: 'allowed' })
  app.use(problems({ map: languages.problem, onError: tellFaults, renderHtml: renderProblem }))
  return app
}

function openCropper(
  { secrets, log, renderWaitSeconds }: Settings,
  store: Avatars,
  name: string,
): Promise<AvatarCropper> {
  return AvatarCropper.open({
    store,
    secrets,
    edges: [512, 192, 96],
    userLimits: LIMITS,
    maxRenderWaitSeconds: renderWaitSeconds,
    beforeAccept: acceptPicture,
    ...(log === 'on' ? { onSaved: tellOfSaved(name, (line) => console.log(line)) } : {}),
  })
}

function mount(app: Express, flow: Flow, options: AvatarRouterOptions): void {
  app.use(flow.avatars, avatarRouter({ ...options, pages: pagesOf(flow) }))
}

/** What the page wants to know of those behind it. */
function line({ servers, uploads, language }: Settings, { disk }: OpenBucket, cropper: AvatarCropper): RequestHandler {
  const names = Array.from({ length: servers }, (_, index) => serverName(index))
  const bucket = disk ? 'Bucket on disk' : 'Bucket on S3'
  const { maxUploadBytes } = cropper
  return (_req, res) => {
    res.json({ servers: names, bucket, maxUploadBytes, uploads, language })
  }
}

/**
 * What is refused before it begins, where there is too much of it: health and pages are answered all the same. People who
 * have not signed up yet get a quarter of the places, so that strangers cannot keep everybody else from uploading.
 */
function limits({ uploadsAtOnce, rendersInLine }: Settings): RequestHandler {
  const router = Router()
  const shares = [
    { avatars: SIGNED_IN.avatars, share: 1 },
    { avatars: SIGN_UP.avatars, share: 1 / 4 },
  ]
  for (const { avatars, share } of shares) {
    const uploads = atMost(Math.ceil(uploadsAtOnce * share), 'uploads')
    router.post([avatars, `${avatars}/direct/complete`], uploads)
    router.get(`${avatars}/direct/done/:session`, uploads)
    router.post([`${avatars}/crop`, `${avatars}/save`], atMost(Math.ceil(rendersInLine * share), 'crops and saves'))
  }
  return router
}

/** Where browsers fetch pictures from, besides this application. */
async function bucketOrigins(store: Avatars): Promise<readonly string[]> {
  const key = 'uploads/origin'
  const addresses = [await store.url(key), await store.signedUrl(key)]
  const origins = addresses.filter((address) => URL.canParse(address)).map((address) => new URL(address).origin)
  return [...new Set(origins)]
}
