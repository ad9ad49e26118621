import type { Command } from '../command.js'
import { moveObject } from '../objects/move-object.js'
import { transferBetween } from '../objects/transfer-between.js'
import { transferOptions } from '../objects/transfer-options.js'
import { placeArguments } from './cp.js'

export const mv: Command = {
  name: 'mv',
  summary: 'moves objects: copies each, and then removes that version',
  details: 'Broken off, nothing is lost: call it again. What --skip-existing leaves out stays at its old place.',
  arguments: placeArguments,
  options: transferOptions,
  examples: ['brigade mv uploads/leo.jpg archive/leo.jpg', 'brigade mv -r uploads/2019/ archive/2019/'],
  run: (task) => transferBetween(task, 'moved', moveObject),
}
