import { describe, expect, it } from 'vitest'
import type { LifecycleRule } from '../../src/contract/settings-driver.js'
import { expiryOf, expiryRules } from '../../src/upkeep/temporary-expiry.js'

describe('the rules for what is temporary', () => {
  it('are about the store’s own keys', () => {
    expect(expiryRules('app/', { prefix: 'scratch/', afterDays: 4, unfinishedAfterDays: 3 })).toMatchObject([
      { prefix: 'app/scratch/', status: 'enabled', expiresAfterDays: 4 },
      { prefix: 'app/', status: 'enabled', abortsUploadsAfterDays: 3 },
    ])
    expect(expiryRules('', { unfinishedAfterDays: 'never' })).toMatchObject([{ prefix: 'tmp/', expiresAfterDays: 2 }])
  })

  it.each([
    [{ prefix: '' }, 'not everything'],
    [{ prefix: 'tmp' }, 'must end in "/"'],
    [{ afterDays: 0 }, 'afterDays'],
    [{ unfinishedAfterDays: 1.5 }, 'unfinishedAfterDays'],
  ])('refuse %j', (options, message) => {
    expect(() => expiryRules('', options)).toThrow(message)
  })

  it('tell when a prefix is emptied', () => {
    const rule = { status: 'enabled', scope: 'prefix', prefix: 'tmp/', expiresAfterDays: 5 } as const
    const rules: readonly LifecycleRule[] = [
      rule,
      { ...rule, prefix: '', expiresAfterDays: 3 },
      { ...rule, expiresAfterDays: 1, scope: 'narrower' },
      { ...rule, expiresAfterDays: 1, status: 'disabled' },
      { ...rule, expiresAfterDays: 1, prefix: 'tmp/deep/' },
    ]
    expect(expiryOf(rules, 'tmp/')).toBe(3)
    expect(expiryOf(rules.slice(2), 'tmp/')).toBeUndefined()
  })
})
