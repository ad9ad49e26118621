import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DriverError, type StorageDriver, StoreError } from '@bucket-brigade/core'
import { MemoryDriver } from '@bucket-brigade/core/memory'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { openCropper } from '../avatars.js'
import { around } from '../faults.js'

type Habit = 'takes' | 'refuses' | 'takes any size'

/** A service that takes uploads from outside in the ways it says, and notes the method of each request. */
async function service(habits: { readonly forms: Habit; readonly puts: Habit }) {
  const asked: string[] = []
  const state: { forms: Habit; puts: Habit } = { ...habits }
  // A machine that stands still for longer would close connections that clients are about to use.
  const server = createServer({ keepAliveTimeout: 0 }, async (req, res) => {
    asked.push(String(req.method))
    const chunks = await req.toArray()
    const habit = req.method === 'POST' ? state.forms : state.puts
    const isLarger = Buffer.concat(chunks).includes('more than was agreed')
    res.writeHead(habit === 'refuses' ? 501 : isLarger && habit === 'takes' ? 403 : 200).end()
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => void server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const expiresAt = new Date(0)
  const driver = around(new MemoryDriver(), {
    presignUpload: async (_at, { kind }) =>
      kind === 'post' ? { method: 'POST', url, fields: {}, expiresAt } : { method: 'PUT', url, headers: {}, expiresAt },
  })
  return { asked, driver, state }
}

async function offered(driver: StorageDriver): Promise<string> {
  const cropper = await openCropper(driver, { directUploads: 'auto' })
  return (await cropper.offerUpload('leo', { type: 'image/jpeg', bytes: 100 })).upload.method
}

describe('the way of uploading that an offer chooses by itself', () => {
  it.each([
    ['a form where the service heeds its limit', { forms: 'takes', puts: 'takes' }, 'POST'],
    ['a PUT where forms can be signed, but are refused', { forms: 'refuses', puts: 'takes' }, 'PUT'],
    ['a PUT where forms may be of any size', { forms: 'takes any size', puts: 'takes' }, 'PUT'],
    ['a form where nothing works, as the way there is closed', { forms: 'refuses', puts: 'refuses' }, 'POST'],
  ] as const)('is %s', async (_what, habits, method) => {
    const { driver } = await service(habits)
    expect(await offered(driver)).toBe(method)
  })

  it('is a PUT where no form can be signed, and an error where nothing can', async () => {
    const { driver } = await service({ forms: 'refuses', puts: 'takes' })
    const formless = around(driver, {
      presignUpload: async (at, options) => {
        if (options.kind === 'post') throw new DriverError('unsupported', 'no forms')
        return driver.presignUpload(at, options)
      },
    })
    expect(await offered(formless)).toBe('PUT')
    await expect(offered(new MemoryDriver())).rejects.toSatisfy((error) => StoreError.is(error, 'unsupported'))
  })

  it('is tried once for everybody, and again where the first trial told nothing', async () => {
    const { asked, driver, state } = await service({ forms: 'refuses', puts: 'refuses' })
    const cropper = await openCropper(driver, { directUploads: 'auto' })
    const offers = (count: number) =>
      Promise.all(
        Array.from({ length: count }, async () => {
          const { upload } = await cropper.offerUpload('leo', { type: 'image/jpeg', bytes: 100 })
          return upload.method
        }),
      )
    expect(await offers(2)).toEqual(['POST', 'POST'])
    expect(asked).toEqual(['POST', 'PUT'])
    state.puts = 'takes'
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 61_000 })
    onTestFinished(() => void vi.useRealTimers())
    expect(await offers(2)).toEqual(['PUT', 'PUT'])
    expect(await offers(1)).toEqual(['PUT'])
    expect(asked).toEqual(['POST', 'PUT', 'POST', 'PUT', 'PUT'])
  })
})
