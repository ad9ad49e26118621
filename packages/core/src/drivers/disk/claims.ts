import { link, lstat, readdir, readFile, rename, unlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DriverError } from '../../errors.js'
import type { BucketFolder } from './bucket-folder.js'
import { ifThere, isErrno } from './disk-errors.js'
import { makeFolders } from './make-folders.js'
import { pendingPath } from './pending-file.js'

/*
 * How processes that know nothing of each other change objects one after the other, without a lock that could stay behind.
 *
 * Keys share 256 sequences of claims, chosen by their digest. Claim n of a sequence is a small file named n that says
 * which prepared change is the n-th: `{ id, operation, key }`. A change goes like this:
 *
 *  1. Prepare. The bytes are complete in `pending/<id>.data` (fsynced); for a delete, `pending/<id>.root` is a symbolic
 *     link to the bucket's root. A ticket `<id>.ticket` with the claim's text is written into the sequence's folder.
 *  2. Look. List the folder; n is the highest claim. Settle it (step 5), whoever made it. Now the file at the key is what
 *     claims 1 to n made of it, and stays so until claim n+1 exists. Check the write mode against it, and write the
 *     attributes of the new version and of the present one into `pending/<id>.attributes`.
 *  3. Claim. link(ticket, n+1) makes the change happen: exactly one process gets that name. Losers go back to step 2.
 *  4. Until here, dying or giving up changes nothing. From here on, the change takes place, whoever dies.
 *  5. Settle, by anyone and as often as anyone likes: rename `pending/<id>.attributes` and then `pending/<id>.data` into
 *     place. A rename needs its source, so each takes effect once: a process that slept in front of it finds nothing to move
 *     and cannot put an old version over a newer one. Readers need no claims: an open file tells its version by size and
 *     time, and the attributes file holds the attributes of both versions that can be at the key at that time.
 *     A delete unlinks through the link `pending/<id>.root`, and then the link: a process that slept in front of its unlink
 *     finds the way gone, and cannot remove a newer version.
 *  6. Tidy, now and then: with the highest claim h known, first all tickets that are there are removed, then all claims
 *     below h. A ticket's owner looked either after h was made, or its ticket is among the removed and its link fails; it
 *     writes another one and looks again. So a name that was tidied away is never claimed a second time, and paused
 *     or dead processes need no time limit.
 *
 * A process killed before 3 leaves pending files (swept after a day) and a ticket (step 6); killed between 3 and 5, the next
 * change in that sequence settles it; killed after 5, nothing is left to do. A change that turns out to be impossible (a
 * folder came to be at the key) is made void by renaming its `.data` or `.root` to `.void`, so that it cannot block the sequence.
 * Other programs that change a file in the moment between steps 2 and 5 take no part in this: their edit can be replaced.
 * It is assumed that hard links and renames are atomic and seen by all at once, as on every local Unix file system (an NFS client
 * needs its caches off for that), and that no process is stopped for long inside one system call: an unlink finds its folder
 * first and removes the name then.
 */

/** A change that is prepared, but may still lose against another one. */
export interface Change {
  readonly id: string
  readonly operation: 'put' | 'delete'
  readonly key: string
  /**
   * Looks at what is at the key while nobody else may change it, and prepares what depends on that.
   *
   * @returns `skip` where there is nothing to change after all.
   * @throws where the change is not allowed: then it does not happen
   */
  readonly prepare: () => Promise<'claim' | 'skip'>
}

type Claim = Pick<Change, 'id' | 'operation' | 'key'>

/** Tidying puts other writers back to their step 1, so it waits until it is worth it. */
const TIDY_FROM_ENTRIES = 8
const TICKET = '.ticket'
const CLAIM_NAME = /^[1-9][0-9]*$/

/** Makes a prepared change happen after all earlier ones to its key, or throws what `prepare` threw. */
export async function commit(
  folder: BucketFolder,
  change: Change,
  signal: AbortSignal | undefined,
): Promise<'changed' | 'skipped'> {
  const claims = folder.claimsFolder(change.key)
  const ticket = join(claims, `${change.id}${TICKET}`)
  try {
    for (;;) {
      signal?.throwIfAborted()
      await writeTicket(ticket, change)
      const { latest, entries } = await look(claims)
      if (latest > 0n && !(await settleForOther(folder, claims, latest))) continue
      if ((await change.prepare()) === 'skip') return 'skipped'
      signal?.throwIfAborted()
      const own = latest + 1n
      if (!(await claim(ticket, join(claims, String(own)), change.id))) continue
      await settleOwn(folder, change)
      if (entries >= TIDY_FROM_ENTRIES) await tidy(claims, own).catch(leaveToOthers)
      return 'changed'
    }
  } finally {
    await unlink(ticket).catch(leaveToOthers)
  }
}

/** The change is decided by now: what could not be cleared away must not make it look otherwise. The next one tidies. */
function leaveToOthers(): void {}

async function writeTicket(ticket: string, { id, operation, key }: Change): Promise<void> {
  const text = JSON.stringify({ id, operation, key } satisfies Claim)
  // A ticket that is still there from the attempt before was made before this attempt looks, which is all that counts.
  await writeFile(ticket, text, { flag: 'wx' }).catch(async (error: unknown) => {
    if (isErrno(error, 'EEXIST')) return
    if (!isErrno(error, 'ENOENT')) throw error
    await makeFolders(dirname(ticket))
    await writeFile(ticket, text)
  })
}

async function look(claims: string): Promise<{ readonly latest: bigint; readonly entries: number }> {
  const names = await readdir(claims)
  const numbers = names.filter((name) => CLAIM_NAME.test(name)).map(BigInt)
  return { latest: numbers.reduce((max, number) => (number > max ? number : max), 0n), entries: names.length }
}

/** False where the name, or the ticket, is gone: look again. */
async function claim(ticket: string, name: string, id: string): Promise<boolean> {
  try {
    await link(ticket, name)
    return true
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false
    // NFS reports EEXIST for a link that it made, when its first reply was lost.
    if (isErrno(error, 'EEXIST')) return isClaimOf(await readClaim(name), id)
    if (!isErrno(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS')) throw error
    throw new DriverError(
      'unsupported',
      'this file system has no hard links, which safe writes need: put the bucket on another one',
      { cause: error },
    )
  }
}

function isClaimOf(claim: Claim | 'unreadable' | undefined, id: string): boolean {
  return typeof claim === 'object' && claim.id === id
}

/** A power cut can leave a claim unreadable. Nobody who made it is alive then, and its number still counts. */
async function readClaim(name: string): Promise<Claim | 'unreadable' | undefined> {
  const text = await ifThere(readFile(name, 'utf8'))
  if (text === undefined) return undefined
  try {
    return JSON.parse(text) as Claim
  } catch {
    return 'unreadable'
  }
}

/** False where the claim was tidied away meanwhile, so that it is not the latest any more. */
async function settleForOther(folder: BucketFolder, claims: string, number: bigint): Promise<boolean> {
  const latest = await readClaim(join(claims, String(number)))
  if (latest === undefined) return false
  if (latest !== 'unreadable' && (await isThere(sourceOf(folder, latest)))) await settle(folder, latest)
  return true
}

async function settleOwn(folder: BucketFolder, own: Claim): Promise<void> {
  const settled = await settle(folder, own)
  if (settled.by === 'us') return
  const voided = await ifThere(unlink(pendingPath(folder, own.id, 'void')).then(() => true))
  if (settled.by === 'nobody') throw settled.cause
  if (voided) throw new DriverError('unavailable', 'another process could not finish the change: try again')
}

/** Who made a claimed change take effect. It can turn out to be impossible: then it is void. */
type Settled = { readonly by: 'us' | 'others' } | { readonly by: 'nobody'; readonly cause: unknown }

async function settle(folder: BucketFolder, claim: Claim): Promise<Settled> {
  const source = sourceOf(folder, claim)
  try {
    const done = claim.operation === 'put' ? moveIntoPlace(folder, claim, source) : unlinkOnce(folder, claim, source)
    return { by: (await done) ? 'us' : 'others' }
  } catch (cause) {
    return (await makeVoid(folder, claim, source)) ? { by: 'nobody', cause } : { by: 'others' }
  }
}

/** False where others made the change take effect, or made it void, before. */
async function makeVoid(folder: BucketFolder, claim: Claim, source: string): Promise<boolean> {
  try {
    return (await ifThere(rename(source, pendingPath(folder, claim.id, 'void')).then(() => true))) ?? false
  } catch (cause) {
    throw new DriverError('outcome-unknown', 'the change is decided, but may wait for the next one to take place', {
      cause,
    })
  }
}

/** What is gone as soon as a claimed change took effect. */
function sourceOf(folder: BucketFolder, { id, operation }: Claim): string {
  return pendingPath(folder, id, operation === 'put' ? 'data' : 'root')
}

/** False where others did it before. */
async function moveIntoPlace(folder: BucketFolder, { id, key }: Claim, data: string): Promise<boolean> {
  await move(pendingPath(folder, id, 'attributes'), join(folder.root, folder.attributesPath(key)), {
    ENOENT: async () => {
      await makeFolders(dirname(join(folder.root, folder.attributesPath(key))))
    },
  })
  return move(data, folder.fileOf(key), {
    // Somebody left empty folders at the key.
    EISDIR: async () => {
      await folder.statForWrite(key)
    },
    // A delete removed the empty folders above the key.
    ENOENT: () => folder.makeParents(key),
  })
}

/** Renames, after repairs where the target needs them. False where the source is gone: then others moved it. */
async function move(
  source: string,
  target: string,
  repairs: Readonly<Record<string, () => Promise<void>>>,
): Promise<boolean> {
  for (;;) {
    try {
      await rename(source, target)
      return true
    } catch (error) {
      const repair = isErrno(error, ...Object.keys(repairs)) ? repairs[error.code ?? ''] : undefined
      if (repair === undefined) throw error
      if (!(await isThere(source))) return false
      await repair()
    }
  }
}

async function isThere(file: string): Promise<boolean> {
  return (await ifThere(lstat(file))) !== undefined
}

/** False where others did it before. */
async function unlinkOnce(folder: BucketFolder, { key }: Claim, root: string): Promise<boolean> {
  await ifThere(unlink(join(root, key)))
  await ifThere(unlink(join(root, folder.attributesPath(key))))
  return (await ifThere(unlink(root).then(() => true))) ?? false
}

async function tidy(claims: string, highest: bigint): Promise<void> {
  const names = await readdir(claims)
  const tickets = names.filter((name) => name.endsWith(TICKET))
  const settled = names.filter((name) => CLAIM_NAME.test(name) && BigInt(name) < highest)
  for (const name of [...tickets, ...settled]) await ifThere(unlink(join(claims, name)))
}
