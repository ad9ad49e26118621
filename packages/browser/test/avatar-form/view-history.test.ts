import { expect, test } from 'vitest'
import { initialView, type View } from '../../src/avatar-form/geometry.js'
import { ViewHistory } from '../../src/avatar-form/view-history.js'

const START = initialView({ width: 800, height: 600 })
const at = (x: number): View => ({ ...START, x })

test('goes back and forth between views, and forgets what was undone once something else is done', () => {
  const history = new ViewHistory(START)
  expect([history.canUndo, history.canRedo]).toEqual([false, false])
  history.add(at(1), 'move')
  history.add(at(2), 'move')
  history.undo()
  expect(history.view).toEqual(at(1))
  history.undo()
  expect([history.view, history.canUndo]).toEqual([START, false])
  history.redo()
  history.add(at(3), 'turn')
  expect([history.view, history.canRedo]).toEqual([at(3), false])
  history.undo()
  expect(history.view).toEqual(at(1))
})

test('takes a run of the slider as one act, which goes back to where it began', () => {
  const history = new ViewHistory(START)
  history.add(at(1), 'move')
  for (const x of [2, 3, 4]) {
    expect(history.before('angle')).toEqual(at(1))
    history.add(at(x), 'angle')
  }
  history.undo()
  expect(history.view).toEqual(at(1))
})

test('takes what follows a pause as an act of its own', () => {
  const history = new ViewHistory(START)
  history.add(at(1), 'keys')
  history.add(at(2), 'keys')
  history.pause()
  history.add(at(3), 'keys')
  history.undo()
  expect(history.view).toEqual(at(2))
  history.undo()
  expect(history.view).toEqual(START)
})

test('undoes nothing where there is nothing to undo', () => {
  const history = new ViewHistory(START)
  history.undo()
  history.redo()
  expect(history.view).toEqual(START)
})
