import { describe, expect, it } from 'vitest'
import { CropperError } from '../../src/errors.js'
import { cropperProblem } from '../../src/router/cropper-problem.js'

describe('what a refused step answers', () => {
  it('names the field at fault', () => {
    const problem = cropperProblem(new CropperError('crop-out-of-bounds', 'too far', { field: 'crop.x' }))
    expect(problem).toMatchObject({ status: 400, code: 'crop-out-of-bounds', extra: { field: 'crop.x' } })
  })

  it('asks to come back where the server was busy', () => {
    const problem = cropperProblem(new CropperError('image-timeout', 'it took longer'))
    expect(problem).toMatchObject({ status: 503, headers: { 'Retry-After': '5' } })
  })

  it('says when to come again where there was too much to do', () => {
    const error = new CropperError('overloaded', 'many wait', { parameters: { retryAfterSeconds: 12 } })
    expect(cropperProblem(error)).toMatchObject({ status: 503, code: 'overloaded', headers: { 'Retry-After': '12' } })
  })

  it('says nothing of a set-up that is wrong: that is for the log', () => {
    expect(cropperProblem(new CropperError('invalid-option', 'expected secrets of 32 bytes'))).toBeUndefined()
    expect(cropperProblem(new Error('other'))).toBeUndefined()
  })
})
