import { describe, expect, it } from 'vitest'
import { canonicalRecipe, ENCODER_ID, type ImageRecipe, recipeDigest, renderImage } from '../../src/index.js'
import { open, waves } from '../pictures.js'

const RECIPE: ImageRecipe = {
  crop: { x: 10, y: 20, width: 300, height: 300 },
  outputs: [
    { width: 512, height: 512, format: 'auto' },
    { width: 96, height: 96, format: 'auto', quality: 70 },
  ],
}

describe('canonicalRecipe', () => {
  it('is the same for what renders the same', () => {
    const { outputs } = RECIPE
    const same = { x: 10.2, y: 19.6, width: 300, height: 300, rotate: 360, scaleX: 1, scaleY: 1 }
    expect(canonicalRecipe({ outputs, crop: same })).toBe(canonicalRecipe(RECIPE))
  })

  it('is different for every other value', () => {
    const crop = { x: 10, y: 20, width: 300, height: 300 }
    const others: ImageRecipe[] = [
      { ...RECIPE, crop: { ...crop, x: 11 } },
      { ...RECIPE, crop: { ...crop, rotate: 0.5 } },
      { ...RECIPE, crop: { ...crop, scaleX: -1 } },
      { outputs: RECIPE.outputs },
      { ...RECIPE, outputs: RECIPE.outputs.toReversed() },
      { ...RECIPE, outputs: RECIPE.outputs.map((output) => ({ ...output, quality: 71 })) },
      { ...RECIPE, outputs: RECIPE.outputs.map((output) => ({ ...output, format: 'webp' })) },
    ]
    expect(new Set([RECIPE, ...others].map(canonicalRecipe)).size).toBe(others.length + 1)
  })

  it('names the encoder, so that another version is another recipe', () => {
    expect(canonicalRecipe(RECIPE)).toContain(ENCODER_ID)
    expect(ENCODER_ID).toMatch(/^renderer-1 sharp-\S+ vips-\S+ codecs-[0-9a-f]{12} \S+ threads-1$/)
  })
})

describe('recipeDigest', () => {
  it('is 64 hex digits that depend on recipe and source alone', () => {
    const digest = recipeDigest(RECIPE, 'uploads/a "1"')
    expect(digest).toMatch(/^[0-9a-f]{64}$/)
    expect(recipeDigest({ ...RECIPE }, 'uploads/a "1"')).toBe(digest)
    expect(recipeDigest(RECIPE, 'uploads/a "2"')).not.toBe(digest)
    expect(recipeDigest({ outputs: RECIPE.outputs }, 'uploads/a "1"')).not.toBe(digest)
  })
})

describe('a recipe that is none', () => {
  const output = { width: 96, height: 96, format: 'auto' }

  it.each([
    ['outputs', { outputs: [] }, 'an array of 1 to 32 outputs'],
    ['outputs', { outputs: Array(33).fill(output) }, 'an array of 1 to 32 outputs'],
    ['outputs', {}, 'an array of 1 to 32 outputs'],
    ['outputs[1].width', { outputs: [output, { ...output, width: 0 }] }, 'an integer from 1 to 8192; received 0'],
    ['outputs[0].height', { outputs: [{ ...output, height: 9000 }] }, 'an integer from 1 to 8192; received 9000'],
    ['outputs[0].width', { outputs: [{ ...output, width: 10.5 }] }, 'an integer from 1 to 8192; received 10.5'],
    ['outputs[0].quality', { outputs: [{ ...output, quality: 101 }] }, 'an integer from 1 to 100; received 101'],
    ['outputs[0].format', { outputs: [{ ...output, format: 'svg' }] }, 'auto, jpeg, png, webp, avif; received "svg"'],
    ['crop.width', { outputs: [output], crop: { x: 0, y: 0, height: 1 } }, 'a finite number; received undefined'],
    ['crop', { outputs: [output], crop: null }, 'an object; received null'],
  ])('names %s, what was expected and what came', async (field, given, message) => {
    const recipe = given as ImageRecipe
    const refusal = { code: 'invalid-recipe', field, message: expect.stringContaining(`${field} to be ${message}`) }
    expect(() => canonicalRecipe(recipe)).toThrow(expect.objectContaining(refusal))
    const source = await open(waves(20, 20)).png().toBuffer()
    await expect(renderImage(source, recipe)).rejects.toMatchObject(refusal)
  })
})
