import type { DriverListOptions, ListPage, ObjectInfo, StorageDriver } from '../contract/driver.js'
import { compareKeys } from '../keys/key-order.js'

type Lister = Pick<StorageDriver, 'list'>

/** An object or, without `info`, a prefix. */
interface Item {
  readonly name: string
  readonly info?: ObjectInfo
}

/** One of the two listings, and what its names are called in both together. */
interface Spelling {
  readonly list: (options: DriverListOptions) => Promise<ListPage>
  /** Undefined for what the other listing has. */
  readonly nameOf: (found: string) => string | undefined
  readonly startAfter: (name: string) => string
}

/** Nearly the last of all keys that begin with a slash. */
const PAST_SLASHES = '/\u{10FFFD}'

/**
 * A page of what both listings hold, in the order of the names without their slash; of two equal ones, that of `plain`.
 *
 * The cursor is the last name of the page, and each page asks both listings for what follows it.
 *
 * @param slashed The same bucket below `/`.
 */
export async function listBothSpellings(
  plain: Lister,
  slashed: Lister,
  bucket: string,
  prefix: string,
  options: DriverListOptions,
): Promise<ListPage> {
  const found = await Promise.all([
    itemsOf(options, {
      list: (inner) => plain.list(bucket, prefix, inner),
      nameOf: (name) => (name.startsWith('/') ? undefined : name),
      startAfter: (name) => name,
    }),
    // Only one slash is another spelling: what begins with two stays as it is.
    itemsOf(options, {
      list: (inner) => slashed.list(bucket, prefix, inner),
      nameOf: (name) => (name.startsWith('/') ? `/${name}` : name),
      startAfter: (name) => (name.startsWith('//') ? name.slice(1) : name),
    }),
  ])
  const sorted = found.flatMap(({ items }) => items).sort((a, b) => compareKeys(a.name, b.name))
  const unique = sorted.filter(({ name }, index) => name !== sorted[index - 1]?.name)
  const items = unique.slice(0, options.pageSize)
  const isLast = items.length === unique.length && found.every(({ isAll }) => isAll)
  return {
    objects: items.flatMap(({ info }) => info ?? []),
    prefixes: items.flatMap(({ name, info }) => (info ? [] : name)),
    cursor: isLast ? undefined : items.at(-1)?.name,
  }
}

/** As many items as fit on a page, or a few more; all, where there are fewer. */
async function itemsOf(
  { cursor, startAfter, ...options }: DriverListOptions,
  spelling: Spelling,
): Promise<{ readonly items: readonly Item[]; readonly isAll: boolean }> {
  const after = cursor ?? startAfter
  const items: Item[] = []
  let position: Pick<DriverListOptions, 'cursor' | 'startAfter'> = {
    startAfter: after === undefined ? undefined : spelling.startAfter(after),
  }
  let hasSkipped = false
  for (;;) {
    options.signal?.throwIfAborted()
    const page = await spelling.list({ ...options, ...position })
    const named = namedItems(page, spelling)
    // Services fold a prefix once more where keys below it follow.
    items.push(...named.filter(({ name }) => after === undefined || compareKeys(name, after) > 0))
    if (page.cursor === undefined) return { items, isAll: true }
    if (items.length >= options.pageSize) return { items, isAll: false }
    // Page after page of what only the other listing tells is skipped.
    const isSkipping: boolean = !hasSkipped && named.length === 0 && page.objects.length + page.prefixes.length > 0
    position = isSkipping ? { startAfter: PAST_SLASHES } : { cursor: page.cursor }
    hasSkipped ||= isSkipping
  }
}

function namedItems({ objects, prefixes }: ListPage, { nameOf }: Spelling): Item[] {
  const found: Item[] = [...objects.map((info) => ({ name: info.key, info })), ...prefixes.map((name) => ({ name }))]
  return found.flatMap(({ name: given, info }) => {
    const name = nameOf(given)
    if (name === undefined) return []
    return info ? { name, info: { ...info, key: name } } : { name }
  })
}
