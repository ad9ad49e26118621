import { AvatarCropper } from '@bucket-brigade/avatar-cropper'
import { avatarRouter } from '@bucket-brigade/avatar-cropper/router'
import { diskObjects, problems, requestIdentity, sameOrigin } from '@bucket-brigade/express'
import express, { type Express } from 'express'
import { type Avatars, OBJECTS_PATH, type OpenBucket } from './bucket.js'
import { page } from './page.js'
import { AVATAR_PAGES, PlainPages } from './plain/plain-pages.js'
import { serverName } from './server-fleet.js'
import type { Settings } from './settings.js'
import { demoSignIn } from './sign-in.js'

export interface AppOptions {
  readonly settings: Settings
  readonly bucket: OpenBucket
  /** Who answers, as `x-served-by` says. */
  readonly name: string
}

/** One server's application. Everything that it knows beyond its settings is in the bucket or in the request. */
export async function createApp({ settings, bucket, name }: AppOptions): Promise<Express> {
  const { store, disk } = bucket
  const { secrets } = settings
  const cropper = await AvatarCropper.open({ store, secrets, edges: [512, 192, 96] })
  const signIn = demoSignIn(secrets)
  const app = express()
  app.disable('x-powered-by')
  // The balancer is on this machine; what it says of the person's address and protocol is true.
  app.set('trust proxy', 'loopback')
  app.use(requestIdentity({ server: name }))
  if (disk) app.use(OBJECTS_PATH, diskObjects(disk, { publicPrefixes: [`${store.prefix}uploads/`] }))
  app.use(page(await bucketOrigins(store)))
  app.get('/line', (_req, res) => {
    const servers = Array.from({ length: settings.servers }, (_, index) => serverName(index))
    const { maxUploadBytes } = cropper
    res.json({ servers, bucket: disk ? 'Bucket on disk' : 'Bucket on S3', maxUploadBytes })
  })
  app.use(sameOrigin({ origins: 'same-host' }), signIn.router)
  const { authenticate } = signIn
  const plain = new PlainPages({ cropper, authenticate, server: name })
  const { renderProblem } = plain
  app.use(plain.router)
  app.use('/avatars', avatarRouter({ cropper, authenticate, origins: 'same-host', pages: AVATAR_PAGES, renderProblem }))
  app.use(problems({ renderHtml: renderProblem }))
  return app
}

/** Where browsers fetch pictures from, besides this application. */
async function bucketOrigins(store: Avatars): Promise<readonly string[]> {
  const key = 'uploads/origin'
  const addresses = [await store.url(key), await store.signedUrl(key)]
  const origins = addresses.filter((address) => URL.canParse(address)).map((address) => new URL(address).origin)
  return [...new Set(origins)]
}
