import type { Command } from '../command.js'
import { copyObject } from '../objects/move-object.js'
import { transferBetween } from '../objects/transfer-between.js'
import { transferOptions } from '../objects/transfer-options.js'

/** The two words of cp and mv. */
export const placeArguments = [
  { name: '<from>', text: 'a key, a prefix (ending in "/") or an address' },
  { name: '<to>', text: 'the same; what is below a prefix goes below a prefix' },
] as const

export const cp: Command = {
  name: 'cp',
  summary: 'copies objects, within a service or between two',
  details:
    'Within a service the service itself copies; between two the bytes stream through, and never lie on this disk.',
  arguments: placeArguments,
  options: transferOptions,
  examples: [
    'brigade cp uploads/leo.jpg uploads/leo-2.jpg',
    'brigade cp -r uploads/ "s3://new?region=eu-west-1#uploads/" --skip-existing',
    'brigade cp -r "file:./data?bucket=avatars" "s3://avatars?region=eu-central-1"',
  ],
  run: (task) => transferBetween(task, 'copied', copyObject),
}
