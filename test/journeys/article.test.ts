import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeArticle } from './article.js'

describeArticle('on disk', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'brigade-bucket-'))
  return {
    env: () => ({ BUCKET_URL: `file:${directory}`, BUCKET: 'avatars-smashing', PUBLIC_BASE_URL: '/objects' }),
    close: () => rm(directory, { recursive: true }),
  }
})
