import { inject } from 'vitest'
import { createBucket, createPutGetListUser } from '../services/buckets.js'
import { describeArticle } from './article.js'

const cluster = inject('ceph')

describeArticle('on Ceph, with the rights that the article grants', async () => {
  const bucket = await createBucket(cluster)
  const { accessKeyId, secretAccessKey } = await createPutGetListUser(cluster, bucket)
  return {
    // The constants of wp-config.php, under the names that they have in an environment.
    env: (server) => ({
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_REGION: cluster.region,
      AWS_ENDPOINT_URL_S3: cluster.endpoints[server % 2] as string,
      BUCKET_URL: `s3://${bucket}`,
      BUCKET: bucket,
    }),
    fetch,
    close: async () => {},
  }
})
