/**
 * `npm run test:bucket`: the contract, the model and the journeys on the bucket that `TEST_BUCKET_URL` names, each below a random
 * prefix that is emptied afterwards. First it prints what the probe finds, for docs/services.md.
 *
 *   TEST_BUCKET_URL='s3://my-bucket?region=auto&endpoint=https://…' AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=… npm run test:bucket
 *
 * `TEST_BUCKET_DEPARTURES` lists what the service is known not to do: `conditional-multipart`, or `multipart-subset=difference` where it
 * does otherwise without saying so. Everything else goes to vitest.
 */
import { nodeModule, runChild } from './child.mjs'
import { prepare } from './prepare.mjs'

const url = process.env.TEST_BUCKET_URL ?? ''

if (!/^s3:\/\/[^/?]+(\?|$)/.test(url)) {
  console.error(
    "Expected TEST_BUCKET_URL to name a bucket, as in TEST_BUCKET_URL='s3://my-bucket?region=eu-central-1'; see docs/services.md",
  )
  process.exitCode = 1
} else {
  await prepare()
  await printProbe()
  const vitest = [nodeModule('vitest/vitest.mjs'), 'run', '--project=bucket', ...process.argv.slice(2)]
  process.exitCode = await runChild(process.execPath, vitest)
}

async function printProbe() {
  const { BucketStore, openDriver, probeCapabilities } = await import('@bucket-brigade/core')
  const driver = openDriver(url)
  class Given extends BucketStore {
    /** @override */
    bucket = driver.bucket ?? ''
    /** @override */
    prefix = 'bucket-brigade-test/'
  }
  const store = new Given(driver)
  console.log('What the probe finds:')
  for (const [name, finding] of Object.entries(await probeCapabilities(store, { fetch }))) {
    if (!('outcome' in finding)) console.log(`  ${name}: ${finding.length === 0 ? 'none' : finding.join(', ')}`)
    else console.log(`  ${name}: ${finding.outcome} (${finding.detail})`)
  }
  await store.close()
}
