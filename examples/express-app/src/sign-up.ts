import type { AvatarCropper } from '@bucket-brigade/avatar-cropper'
import { prefersHtml } from '@bucket-brigade/express'
import { json, type Request, type RequestHandler, Router, urlencoded } from 'express'
import type { SignIn } from './sign-in.js'

/**
 * `POST /sign-up` for people who chose and cropped a picture before they said who they are.
 *
 * A program sends `{ user, avatarToken? }`, the token of the crop, and gets `201 { user, avatar? }`. A form sends `user`
 * and `session`, and is passed on to `POST <avatars>/claim` as it is: its token is in a cookie that only the avatar router
 * reads. In an application the account is made here, before the claim.
 *
 * @param avatars Where the avatar router of people who are signed in is.
 */
export function signUp(cropper: AvatarCropper, signIn: SignIn, avatars: string): RequestHandler {
  const router = Router()
  const body = [json({ limit: '32kb' }), urlencoded({ extended: false, limit: '32kb', parameterLimit: 8 })]
  router.post('/sign-up', ...body, async (req: Request, res) => {
    const user = signIn.begin(req, res)
    // 307: the browser sends the same form again, now as the person who just signed up.
    if (textOf(req.body, 'session') !== undefined) return res.redirect(307, `${avatars}/claim`)
    const token = textOf(req.body, 'avatarToken')
    if (token !== undefined) {
      const claimed = await cropper.claim(token, user)
      return res.status(201).json({ user, avatar: await cropper.save(claimed.token, { user }) })
    }
    return prefersHtml(req) ? res.redirect(303, '/') : res.status(201).json({ user })
  })
  return router
}

function textOf(body: unknown, name: string): string | undefined {
  if (typeof body !== 'object' || body === null) return undefined
  const value: unknown = Object.hasOwn(body, name) ? Reflect.get(body, name) : undefined
  return typeof value === 'string' ? value : undefined
}
