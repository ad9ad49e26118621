import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import express, { type RequestHandler, Router } from 'express'

// `src/` and `dist/` are both one level below the example's folder.
const PUBLIC = fileURLToPath(new URL('../public/', import.meta.url))
const SCRIPTS = fileURLToPath(new URL('../dist/page/', import.meta.url))

/**
 * The page: `public/` as it is, the compiled scripts of `page/`, the avatar form and the typeface.
 *
 * @param bucketOrigins Where pictures may come from besides this application, such as `https://s3.example.com`.
 */
export function page(bucketOrigins: readonly string[]): RequestHandler {
  const router = Router()
  router.use(pageHeaders(bucketOrigins))
  for (const [path, file] of Object.entries(vendorFiles())) {
    router.get(path, (_req, res) => res.sendFile(file, { maxAge: '1h' }))
  }
  router.use('/page', express.static(SCRIPTS, { index: false, fallthrough: true }))
  router.use(express.static(PUBLIC))
  return router
}

/** What comes from packages, as it is there: no copy to keep up to date, and nothing from another site. */
function vendorFiles(): Readonly<Record<string, string>> {
  const { resolve } = createRequire(import.meta.url)
  return {
    '/vendor/avatar-form.js': resolve('@bucket-brigade/browser/avatar-form'),
    '/vendor/schibsted-grotesk.woff2': resolve(
      '@fontsource-variable/schibsted-grotesk/files/schibsted-grotesk-latin-wght-normal.woff2',
    ),
  }
}

/** No inline script or style, nothing from elsewhere but pictures of the bucket. */
function pageHeaders(bucketOrigins: readonly string[]): RequestHandler {
  const pictures = ["'self'", 'blob:', ...bucketOrigins].join(' ')
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "font-src 'self'",
    `img-src ${pictures}`,
    `connect-src ${["'self'", ...bucketOrigins].join(' ')}`,
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
  return (_req, res, next) => {
    res.set({
      'content-security-policy': policy,
      // Under `no-referrer` forms say `Origin: null`, which names nobody where a browser sends no `Sec-Fetch-Site`.
      'referrer-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      'cross-origin-opener-policy': 'same-origin',
    })
    next()
  }
}
