import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { KeyRing } from '../../src/tokens/index.js'

const OLD = 'the old secret of thirty-two bytes, or more'
const NEW = 'the new secret of thirty-two bytes, or more'

describe('KeyRing', () => {
  it('signs with the first secret and finds all of them by ids that tell nothing', () => {
    const ring = new KeyRing([NEW, Buffer.from(OLD)])
    expect(ring.find(ring.signing.id)).toBe(ring.signing)
    expect(ring.find(new KeyRing([OLD]).signing.id)?.bytes).toEqual(Buffer.from(OLD))
    expect(ring.find('another')).toBeUndefined()
    expect(ring.signing.id).toMatch(/^[0-9a-f]{12}$/)
  })

  it('shows no secret to whoever prints it', () => {
    const ring = new KeyRing([NEW])
    const bytes = Buffer.from(NEW)
    const secret = [NEW, bytes.toString('hex'), bytes.toString('base64'), [...bytes].join(',')]
    for (const printed of [
      inspect(ring, { depth: 9, showHidden: true }),
      JSON.stringify(ring),
      inspect(ring.signing),
    ]) {
      const tight = printed.replaceAll(/\s/g, '')
      expect(secret.filter((spelling) => tight.includes(spelling.replaceAll(/\s/g, '').slice(0, 20)))).toEqual([])
    }
  })

  it.each<[unknown, string]>([
    [['short'], 'expected secrets[0] to have at least 32 bytes; received 5 bytes'],
    [[NEW, 'short secret'], 'secrets[1]'],
    [[7], 'received number'],
    [[], 'at least one secret'],
    [NEW, 'expected secrets to be a list'],
  ])('refuses %j without showing it', (secrets, message) => {
    const refusal = expect.objectContaining({
      name: 'StoreError',
      code: 'invalid-argument',
      message: expect.stringContaining(message),
    })
    expect(() => new KeyRing(secrets as string[])).toThrow(refusal)
    expect(() => new KeyRing(secrets as string[])).not.toThrow(/short secret|the new secret/)
  })
})
