import { describe, expect, it } from 'vitest'
import { fileBelow } from '../src/objects/local-tree.js'

describe('the file for a name out of a bucket', () => {
  it('is below the folder', () => {
    expect(fileBelow('/srv/backup', 'img/leo.jpg')).toBe('/srv/backup/img/leo.jpg')
  })

  it.each(['../leo.jpg', 'a/../../leo.jpg', '/etc/passwd', 'a//b', './x', 'a\\..\\b', 'a\0b', ''])(
    'is refused for %j, which is none',
    (name) => {
      expect(() => fileBelow('/srv/backup', name)).toThrow(JSON.stringify(name))
    },
  )
})
