import { randomBytes } from 'node:crypto'

/** The configuration of a one-node cluster whose every file is below `directory`. */
export function cephConfig(directory: string, clusterId: string, monitorPort: number): string {
  return `[global]
fsid = ${clusterId}
mon host = [v2:127.0.0.1:${monitorPort}/0]
public addr = 127.0.0.1
ms bind ipv6 = false
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
keyring = ${directory}/keyring
run dir = ${directory}/run
admin socket = ${directory}/run/$name.$pid.asok
log file = ${directory}/log/$name.log
log to stderr = false
mon cluster log file = ${directory}/log/cluster.log
crash dir = ${directory}/run
osd crush chooseleaf type = 0
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pg autoscale mode = off
mon allow pool size one = true
mon warn on pool no redundancy = false
mon max pg per osd = 1000
mon data avail crit = 1
mgr initial modules =
bluestore block size = 8589934592
# A gateway that was killed counts as a listener until then, and stalls changes of buckets and users.
osd client watch timeout = 12
osd memory target = 939524096
rgw lifecycle work time = 00:00-24:00
rgw crypt require ssl = false
rgw thread pool size = 64

[mon]
mon data = ${directory}/mon
[mgr]
mgr data = ${directory}/mgr
[osd]
osd data = ${directory}/osd
`
}

const CAPABILITIES: Readonly<Record<string, readonly string[]>> = {
  'mon.': ['mon = "allow *"'],
  'client.admin': ['mon = "allow *"', 'mgr = "allow *"', 'osd = "allow *"'],
  'client.rgw': ['mon = "allow rw"', 'mgr = "allow rw"', 'osd = "allow rwx"'],
  'mgr.a': ['mon = "allow profile mgr"', 'osd = "allow *"'],
  'osd.0': ['mon = "allow profile osd"', 'mgr = "allow profile osd"', 'osd = "allow *"'],
}

/** New secrets for every daemon and for the administrator. */
export function cephKeyring(): string {
  return Object.entries(CAPABILITIES)
    .map(([name, caps]) => `[${name}]\n\tkey = ${cephxKey()}\n${caps.map((cap) => `\tcaps ${cap}\n`).join('')}`)
    .join('')
}

/** Cephx keys are: type (1, AES) as u16, creation time as two u32, length as u16, 16 random bytes; all little endian. */
function cephxKey(): string {
  const head = Buffer.alloc(12)
  head.writeUInt16LE(1, 0)
  head.writeUInt32LE(Math.floor(Date.now() / 1000), 2)
  head.writeUInt16LE(16, 10)
  return Buffer.concat([head, randomBytes(16)]).toString('base64')
}
