/** Takes what S3 clients upload, and drops it: what is left is the client's own work. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { serve } from './server-process.js'

const ETAG = '"d41d8cd98f00b204e9800998ecf8427e"'

function answerTo({ method, url = '/' }: IncomingMessage): string {
  const { searchParams } = new URL(url, 'http://sink')
  if (method !== 'POST') return ''
  return searchParams.has('uploads')
    ? '<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>'
    : `<CompleteMultipartUploadResult><ETag>${ETAG}</ETag></CompleteMultipartUploadResult>`
}

await serve((req: IncomingMessage, res: ServerResponse) => {
  req.resume().once('end', () => {
    res.setHeader('etag', ETAG)
    res.end(answerTo(req))
  })
})
