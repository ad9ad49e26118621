// One process of many that increment one counter, started by counter.service.test.ts with the built driver.
import { S3Driver } from '../../../dist/drivers/s3/index.js'
import { BucketStore } from '../../../dist/index.js'
import { increment } from '../../../dist/testing/counter.js'

const [, , settings, bucket, name, count] = process.argv

class Counters extends BucketStore {
  bucket = bucket
}

const store = new Counters(new S3Driver(JSON.parse(settings)))
for (let done = 0; done < Number(count); done++) {
  const operation = `${name}-${done}`
  await increment(store, 'counter.json', operation)
  // Synchronous, so that nothing that was told is lost when this process is killed.
  process.stdout.write(`${JSON.stringify({ added: operation })}\n`)
}
await store.close()
