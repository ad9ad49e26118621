import { baseUrlOption } from '../buckets/base-url.js'
import type { Command } from '../command.js'
import { Chart } from '../doctor/chart.js'
import { examine } from '../doctor/examine.js'
import { fix } from '../doctor/fix.js'
import type { Patient } from '../doctor/patient.js'
import { Remedies } from '../doctor/remedies.js'
import { asUsage } from '../errors.js'
import { originOption, originsOf } from '../policies/origins.js'

export const doctor: Command = {
  name: 'doctor',
  summary: 'says what is wrong with a bucket, why it matters, and how it is cured',
  details:
    'Tries what the application relies on with a few small objects below tmp/, state/ and uploads/, and removes them. Exit code 0: nothing fails; 1: something fails; 3: the bucket cannot be worked with.',
  arguments: [{ name: '[bucket-url]', text: 'the bucket (default: BUCKET_URL)' }],
  options: [
    originOption,
    { flags: '--public-url <url>', text: 'where the public reads the bucket (default: BUCKET_PUBLIC_URL)' },
    {
      flags: '--browser-endpoint <url>',
      text: 'origin at which browsers reach the service (default: BUCKET_BROWSER_ENDPOINT)',
    },
    baseUrlOption,
    { flags: '--fix', text: 'shows, and then applies, the CORS and lifecycle rules that are missing' },
  ],
  examples: [
    'brigade doctor "s3://avatars?region=eu-west-1" --origin https://example.com',
    'brigade doctor --fix --origin https://www.example.com',
    'brigade doctor --json | jq \'.findings[] | select(.verdict == "fail")\'',
  ],
  run: async (task) => {
    const { input, buckets, surroundings, signal } = task
    const origins = originsOf(input)
    const bucket = await buckets.main(input.words[0])
    const { publicBaseUrl } = bucket.store
    if (publicBaseUrl !== undefined) asUsage(() => bucket.store.publicUrl('uploads/leo.jpg'))
    const [prefix, acl] = [input.text('prefix'), input.text('acl')]
    const typed = { bucketUrl: input.words[0] ?? input.text('bucketUrl'), prefix, acl }
    const patient: Patient = {
      ...{ bucket, signal, fetch: surroundings.fetch, origins, remedies: new Remedies(bucket, typed) },
      publicUrl: typeof publicBaseUrl === 'string' ? publicBaseUrl : undefined,
    }
    const chart = new Chart(task)
    const isWhole = await examine(patient, (finding) => chart.add(finding))
    if (isWhole && input.isSet('fix')) await fix(patient, chart)
    return chart.end(bucket.name, isWhole)
  },
}
