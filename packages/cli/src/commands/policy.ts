import type { Command } from '../command.js'
import { UsageError } from '../errors.js'
import { EXIT } from '../exit-code.js'
import { iamPolicy, publicPolicy, RIGHTS, type Right } from '../policies/iam-policy.js'
import { pretty } from '../policies/rule-documents.js'

export const policy: Command = {
  name: 'policy',
  summary: 'prints the smallest policy for what the application does',
  details:
    'An IAM policy for the user or role of the servers; with --public the bucket policy that lets anybody read uploads/ alone; put into a bucket, it takes the place of the policy there. Nothing is contacted.',
  arguments: [{ name: '[bucket-url]', text: 'the bucket (default: BUCKET_URL)' }],
  options: [
    {
      flags: '--with <right>',
      text: 'sweep (finding uploads in parts), doctor (reading settings) or fix (doctor --fix, cors and lifecycle --apply)',
      times: 'many',
    },
    { flags: '--public', text: 'the bucket policy instead' },
  ],
  examples: [
    'brigade policy "s3://avatars?region=eu-central-1" > policy.json',
    'brigade policy --with sweep --with doctor',
    'aws s3api put-bucket-policy --bucket avatars --policy "$(brigade policy --public)"',
  ],
  run: async ({ input, buckets, output }) => {
    const bucket = await buckets.main(input.words[0])
    const document = input.isSet('public') ? publicPolicy(bucket) : iamPolicy(bucket, input.list('with').map(rightOf))
    await output.result(document, pretty(document))
    return EXIT.ok
  },
}

function rightOf(text: string): Right {
  const right = RIGHTS.find((known) => known === text)
  if (right) return right
  throw new UsageError(`expected --with to be ${RIGHTS.join(' or ')}; received ${JSON.stringify(text)}`)
}
