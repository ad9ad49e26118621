import sharp from 'sharp'
import type { Attack } from '../attack.js'
import type { AttackSite } from '../attack-site.js'
import { filePart, form } from './requests.js'

const SCRIPT = '<script>alert(document.domain)</script>'
const HTML = `<!doctype html><html><body>${SCRIPT}</body></html>`
const SVG = `<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">${SCRIPT}</svg>`

const plain = () => sharp({ create: { width: 60, height: 60, channels: 3, background: '#4080c0' } })

/** Uploads as the attacker; `type` and `filename` are what the form claims. */
function upload(content: Uint8Array | string, claim: { readonly type?: string; readonly filename?: string } = {}) {
  return ({ attacker }: AttackSite) => form('/avatars', [filePart(content, claim)], attacker.cookie)
}

/** What is no picture that is let in, whatever it calls itself. */
function refused(what: string, content: Uint8Array | string, claim: Parameters<typeof upload>[1] = {}): Attack {
  return { what, request: upload(content, claim), status: 415, code: 'image-unsupported' }
}

const NO_PICTURES: readonly Attack[] = [
  refused('HTML as a JPEG', HTML),
  refused('HTML that says so', HTML, { type: 'text/html', filename: 'me.html' }),
  refused('an SVG as a PNG', SVG, { type: 'image/png', filename: 'me.png' }),
  refused('an SVG that says so', SVG, { type: 'image/svg+xml', filename: 'me.svg' }),
  refused('an SVG behind a mark of its encoding', `\ufeff${SVG}`),
  refused(
    'an SVG that loads another file',
    `<svg xmlns:x="http://www.w3.org/1999/xlink"><image x:href="/etc/passwd"/></svg>`,
  ),
  refused('an SVG of entities', `<!DOCTYPE svg [<!ENTITY a "${'&b;'.repeat(50)}">]><svg>&a;</svg>`),
  refused('a PDF', `%PDF-1.4\n${'x'.repeat(100)}`, { type: 'image/jpeg' }),
  refused('PostScript', `%!PS-Adobe-3.0 EPSF-3.0\n${'x'.repeat(100)}`),
  refused('a script for ImageMagick', 'push graphic-context\nfill url(https://evil.example/)\n', {
    filename: 'me.mvg',
  }),
  refused('a TIFF', Buffer.concat([Buffer.from('II*\0\b\0\0\0', 'latin1'), Buffer.alloc(100)]), { type: 'image/png' }),
  refused('a file of VIPS', Buffer.concat([Buffer.from([0x08, 0xf2, 0xa6, 0xb6]), Buffer.alloc(100)])),
  refused('a matrix of MATLAB', `MATLAB 5.0 MAT-file${' '.repeat(200)}`),
  refused('a program', Buffer.concat([Buffer.from('\x7fELF'), Buffer.alloc(100)])),
  refused('a zip', Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(100)])),
  refused('an empty file', ''),
  refused('one byte', '\xff'),
]

/** The same picture, and whatever else a program may take it for. */
const POLYGLOTS: Readonly<Record<string, () => Promise<Buffer>>> = {
  'a JPEG with HTML behind it': async () => Buffer.concat([await plain().jpeg().toBuffer(), Buffer.from(HTML)]),
  'a JPEG with HTML in a comment': async () => withComment(await plain().jpeg().toBuffer(), HTML),
  'a JPEG with PHP in its EXIF': () =>
    plain()
      .jpeg()
      .withExif({ IFD0: { Make: '<?php system($_GET[0]);', Copyright: SCRIPT } })
      .toBuffer(),
  'a PNG with a zip behind it': async () =>
    Buffer.concat([await plain().png().toBuffer(), Buffer.from(`PK\x03\x04${SCRIPT}PK\x05\x06`, 'latin1')]),
  'a GIF with JavaScript behind it': async () =>
    Buffer.concat([await plain().gif().toBuffer(), Buffer.from(`=1;alert(1)//${SCRIPT}`)]),
  'a WebP with HTML behind it': async () => Buffer.concat([await plain().webp().toBuffer(), Buffer.from(HTML)]),
}

/** A comment segment right behind the beginning. */
function withComment(jpeg: Buffer, text: string): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(text.length + 2)
  return Buffer.concat([jpeg.subarray(0, 2), Buffer.from([0xff, 0xfe]), length, Buffer.from(text), jpeg.subarray(2)])
}

/** A picture that says where it was taken, in each way that a picture can. */
async function withPlace(format: 'jpeg' | 'png' | 'webp' | 'avif'): Promise<Buffer> {
  const gps = {
    GPSLatitudeRef: 'N',
    GPSLatitude: '52/1 31/1 12/1',
    GPSLongitudeRef: 'E',
    GPSLongitude: '13/1 24/1 36/1',
  }
  const xmp = '<x:xmpmeta xmlns:x="adobe:ns:meta/"><exif:GPSLatitude>52,31.2N</exif:GPSLatitude></x:xmpmeta>'
  return plain()
    .toFormat(format, format === 'avif' ? { effort: 0 } : {})
    .withExif({ IFD0: { Artist: SCRIPT }, IFD3: gps })
    .withXmp(xmp)
    .toBuffer()
}

const MARKS = ['script>', '<?php', 'alert(', 'GPSLatitude', 'PK\x03\x04']

/** Crops and saves what was uploaded: nothing of it but pixels is in what others see. */
async function expectPixelsAlone(body: string, { attacker, fleet }: AttackSite): Promise<void> {
  const { token } = JSON.parse(body)
  const cropped = await attacker.person.crop(fleet.origin, token, { x: 0, y: 0, width: 60, height: 60 })
  const saved = await attacker.person.save(fleet.origin, cropped.body.token)
  const addresses = [cropped.body.preview, ...Object.values(saved.body.avatar.sizes)]
  for (const address of addresses) await expectInert(address)
}

async function expectInert(address: string): Promise<void> {
  const reply = await fetch(address)
  const bytes = Buffer.from(await reply.arrayBuffer())
  const { headers, status } = reply
  if (status !== 200 || !/^image\/(jpeg|png)$/.test(headers.get('content-type') ?? '')) {
    throw new Error(`expected a picture; received ${status} ${headers.get('content-type')}`)
  }
  if (headers.get('x-content-type-options') !== 'nosniff') throw new Error('expected nosniff')
  if (!headers.get('content-security-policy')?.includes('sandbox')) throw new Error('expected a sandbox')
  const mark = MARKS.find((text) => bytes.includes(text, 0, 'latin1'))
  if (mark !== undefined) throw new Error(`expected pixels alone; ${JSON.stringify(mark)} is in them`)
  const { exif, xmp, iptc, icc } = await sharp(bytes).metadata()
  if (exif ?? xmp ?? iptc ?? icc) throw new Error('expected no metadata')
}

const ATTACKERS_OWN =
  /^data\/avatars\/(\.brigade\/.*|(tmp\/avatars|uploads\/users)\/1\/\S+|state\/avatars\/1\/avatar\.json) \d+$/

/** Taken for the picture that it is. */
function taken(what: string, picture: () => Promise<Buffer>): Attack {
  return {
    what,
    request: async (site) => upload(await picture(), { type: 'text/html', filename: '%22><script>.html' })(site),
    status: 201,
    leaves: ATTACKERS_OWN,
    check: ({ body }, site) => expectPixelsAlone(body, site),
  }
}

export const PICTURES: readonly Attack[] = [
  ...NO_PICTURES,
  ...Object.entries(POLYGLOTS).map(([what, picture]) => taken(what, picture)),
  ...(['jpeg', 'png', 'webp', 'avif'] as const).map((format) =>
    taken(`a place in the metadata of a ${format.toUpperCase()}`, () => withPlace(format)),
  ),
]
