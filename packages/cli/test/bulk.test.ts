import { Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { Input } from '../src/input.js'
import { doAll } from '../src/objects/bulk.js'
import { Output } from '../src/output/output.js'
import { Collector } from './brigade.js'

const COLUMNS = 40

/** A verb at a terminal, and what is seen there. */
function atTerminal() {
  const { signal } = new AbortController()
  const [stdout, stderr] = [new Collector(true, COLUMNS), new Collector(true, COLUMNS)]
  const surroundings = { env: {}, stdin: Readable.from([]), stdout, stderr, fetch }
  const task = { input: new Input([], {}), output: new Output('text', surroundings, signal), surroundings, signal }
  return { task, seen: () => stderr.text.split('\r\u001b[K') }
}

describe('work on many objects', () => {
  it('shows a bar as soon as it is known how much there is, in one line', async () => {
    const { task, seen } = atTerminal()
    async function* items() {
      yield* ['a.jpg', '写真の名前はとても長いかもしれません写真の名前はとても長いかもしれません.jpg']
    }
    const code = await doAll<string>(task, {
      done: 'uploaded',
      items,
      nameOf: (name) => ({ from: name }),
      look: (name) => ({ from: name, to: name, bytes: 1_000_000 }),
      run: async (_name, onBytes) => {
        // Half of it, however quickly turns follow each other: a bar that is full already shows no dots.
        onBytes(500_000)
        while (!seen().some((line) => /^\[#+\.+\] uploaded \d of 2, /.test(line))) {
          onBytes(0)
          await turn()
        }
      },
    })
    expect(code).toBe(0)
    for (const line of seen()) expect(line.trimEnd().length).toBeLessThan(COLUMNS)
    expect(seen().at(-1)).toBe('uploaded 2 objects, 2.0 MB\n')
  })

  it('says how far it came where it breaks off', async () => {
    const { task, seen } = atTerminal()
    const broken = doAll<string>(task, {
      done: 'copied',
      async *items() {
        yield 'a.jpg'
        throw new Error('the listing broke off')
      },
      nameOf: (name) => ({ from: name }),
      look: (name) => ({ from: name, to: name }),
      run: async () => undefined,
    })
    await expect(broken).rejects.toThrow('the listing broke off')
    expect(seen().at(-1)).toBe('copied 1 object\n')
  })
})
