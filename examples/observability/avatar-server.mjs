/** What both examples watch: avatars in memory behind Express, and one person who uploads, crops and saves. */
import { once } from 'node:events'
import { AvatarCropper } from '@bucket-brigade/avatar-cropper'
import { avatarRouter } from '@bucket-brigade/avatar-cropper/router'
import { BucketStore, openDriver } from '@bucket-brigade/core'
import { requestIdentity } from '@bucket-brigade/express'
import express from 'express'

class Avatars extends BucketStore {
  bucket = 'avatars'
  publicBaseUrl = 'https://cdn.example'
}

/** A grey square of 8 pixels, as PNG. */
const PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAMAAADz0U65AAAAA1BMVEWAgICQdD0xAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAADElEQVQI12NgoA4AAABIAAH/myMhAAAAAElFTkSuQmCC',
  'base64',
)

/**
 * Starts a server with `watch` in front of everything, goes through one flow, and stops it.
 *
 * @param {import('express').RequestHandler} watch
 * @param {Readonly<Record<string, string>>} headers What the person's requests carry.
 */
export async function runFlow(watch, headers = {}) {
  const secrets = ['a secret for this example, of 32 bytes and more']
  const cropper = await AvatarCropper.open({ store: new Avatars(openDriver('memory:')), secrets, edges: [192, 96] })
  const app = express()
  app.use(requestIdentity({ server: 'server-1' }), watch)
  app.use('/avatars', avatarRouter({ cropper, authenticate: () => 'ada', origins: 'same-host', onError: () => {} }))
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  /** @type {(path: string, body: BodyInit, type?: string) => Promise<{ token: string }>} */
  const post = async (path, body, type) => {
    const sent = { ...headers, ...(type ? { 'content-type': type } : {}), authorization: 'Bearer very-secret' }
    return (await fetch(origin + path, { method: 'POST', headers: sent, body })).json()
  }
  const form = new FormData()
  form.set('file', new Blob([new Uint8Array(PICTURE)]), 'me.png')
  const { token } = await post('/avatars', form)
  const square = { x: 0, y: 0, width: 8, height: 8 }
  const cropped = await post('/avatars/crop', JSON.stringify({ token, ...square }), 'application/json')
  await post('/avatars/save', JSON.stringify({ token: cropped.token }), 'application/json')
  await post('/avatars/save', JSON.stringify({ token: 'forged' }), 'application/json')
  server.close()
  server.closeAllConnections()
  await once(server, 'close')
}
