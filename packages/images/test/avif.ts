import sharp from 'sharp'

/** A part of an AVIF: a coded picture, or what is made of others. */
export interface AvifItem {
  readonly kind: string
  readonly data: Buffer
  readonly properties: readonly Buffer[]
  /** Ids of what it is made of, counted from 1. */
  readonly madeOf?: readonly number[]
  /** Id of the item that this one is the transparency of. */
  readonly alphaOf?: number
}

/** A flat picture of `edge` x `edge`, as an item of an AVIF that says that it is `claimed` x `claimed`. */
export async function codedItem(edge: number, claimed: number | undefined = edge): Promise<AvifItem> {
  const create = { width: edge, height: edge, channels: 3, background: '#808080' } as const
  const file = await sharp({ create }).avif({ effort: 0 }).toBuffer()
  const data = boxIn(file, 'mdat').subarray(8)
  return { kind: 'av01', data, properties: [sizeBox(claimed), CHANNELS, boxIn(file, 'av1C')] }
}

/** An item that shows another one as its transparency. */
export function asAlpha(item: AvifItem, alphaOf: number): AvifItem {
  const kind = box('auxC', u32(0), 'urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0')
  return { ...item, alphaOf, properties: [...item.properties, kind] }
}

export function gridItem(rows: number, columns: number, edge: number, tile: number, claimed = edge): AvifItem {
  const data = Buffer.concat([Buffer.from([0, 1, rows - 1, columns - 1]), u32(edge), u32(edge)])
  const madeOf = Array<number>(rows * columns).fill(tile)
  return { kind: 'grid', data, properties: [sizeBox(claimed), CHANNELS], madeOf }
}

/** The file of these items, of which the first is shown. */
export function avifOf(...items: readonly AvifItem[]): Buffer {
  const type = box('ftyp', 'avif\0\0\0\0avifmif1miaf')
  const metaBytes = metaOf(items, 0).length
  const meta = metaOf(items, type.length + metaBytes + 8)
  return Buffer.concat([type, meta, box('mdat', ...items.map(({ data }) => data))])
}

export function sizeBox(edge: number): Buffer {
  return box('ispe', u32(0), u32(edge), u32(edge))
}

const CHANNELS = box('pixi', u32(0), [3, 8, 8, 8])

function metaOf(items: readonly AvifItem[], dataAt: number): Buffer {
  const properties = items.flatMap((item) => item.properties)
  let offset = dataAt
  let property = 0
  const places: Buffer[] = []
  const owners: Buffer[] = []
  const names: Buffer[] = []
  const references: Buffer[] = []
  items.forEach(({ kind, data, properties: own, madeOf, alphaOf }, index) => {
    const id = u16(index + 1)
    names.push(box('infe', [2, 0, 0, 0], id, u16(0), kind, '\0'))
    places.push(Buffer.concat([id, u16(0), u16(1), u32(offset), u32(data.length)]))
    owners.push(Buffer.concat([id, Buffer.from([own.length, ...own.map((_, at) => property + at + 1)])]))
    if (madeOf) references.push(box('dimg', id, u16(madeOf.length), ...madeOf.map(u16)))
    if (alphaOf !== undefined) references.push(box('auxl', id, u16(1), u16(alphaOf)))
    offset += data.length
    property += own.length
  })
  return box(
    'meta',
    u32(0),
    box('hdlr', u32(0), u32(0), 'pict', Buffer.alloc(13)),
    box('pitm', u32(0), u16(1)),
    box('iloc', u32(0), [0x44, 0], u16(items.length), ...places),
    box('iinf', u32(0), u16(items.length), ...names),
    box('iref', u32(0), ...references),
    box('iprp', box('ipco', ...properties), box('ipma', u32(0), u32(items.length), ...owners)),
  )
}

function box(name: string, ...parts: readonly (Buffer | string | readonly number[])[]): Buffer {
  const body = Buffer.concat(parts.map((part) => (typeof part === 'string' ? latin1(part) : Buffer.from(part))))
  return Buffer.concat([u32(body.length + 8), latin1(name), body])
}

function boxIn(file: Buffer, name: string): Buffer {
  const at = file.indexOf(name) - 4
  return file.subarray(at, at + file.readUInt32BE(at))
}

function latin1(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

function u16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 255])
}

function u32(value: number): Buffer {
  return Buffer.concat([u16(value >>> 16), u16(value & 0xffff)])
}
