import sharp from 'sharp'

/** Somebody in front of hills at dusk, 4:3: what the screenshots show. */
const PORTRAIT = `
<svg xmlns="http://www.w3.org/2000/svg" width="1600" height="1200">
  <defs>
    <linearGradient id="sky" x2="0" y2="1">
      <stop offset="0" stop-color="#27496d"/><stop offset=".55" stop-color="#e7a977"/><stop offset="1" stop-color="#f6d9a8"/>
    </linearGradient>
    <linearGradient id="coat" x2="0" y2="1"><stop offset="0" stop-color="#c94f2f"/><stop offset="1" stop-color="#8f2f1a"/></linearGradient>
  </defs>
  <rect width="1600" height="1200" fill="url(#sky)"/>
  <circle cx="1180" cy="430" r="120" fill="#ffe9c2"/>
  <path d="M0 760C260 640 420 700 640 620s420 40 960-60v640H0z" fill="#4e6b5d"/>
  <path d="M0 900c300-120 620-40 900-110s500 0 700-40v450H0z" fill="#2f4a42"/>
  <path d="M470 1200c0-230 110-340 280-340s280 110 280 340z" fill="url(#coat)"/>
  <path d="M690 780h120v130c-40 40-80 40-120 0z" fill="#c88a66"/>
  <ellipse cx="750" cy="650" rx="135" ry="165" fill="#e0a581"/>
  <path d="M610 640c-20-170 70-240 150-235 110 5 160 90 132 240-20-60-40-90-80-110-60 40-150 40-170 20-20 20-28 50-32 85z" fill="#33241d"/>
  <circle cx="702" cy="660" r="11" fill="#33241d"/><circle cx="800" cy="660" r="11" fill="#33241d"/>
  <path d="M708 735c25 26 62 26 86 0" fill="none" stroke="#8a4b38" stroke-width="9" stroke-linecap="round"/>
</svg>`

export function portrait(): Promise<Buffer> {
  return sharp(Buffer.from(PORTRAIT)).jpeg({ quality: 85 }).toBuffer()
}

/** A picture of four colours, so that one sees which way is up. Stored turned, with the EXIF note of an upright camera. */
export async function quarters(width: number, height: number): Promise<Buffer> {
  const [w, h] = [width / 2, height / 2]
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <rect width="${w}" height="${h}" fill="#c81e1e"/><rect x="${w}" width="${w}" height="${h}" fill="#1ea028"/>
    <rect y="${h}" width="${w}" height="${h}" fill="#1e3cc8"/><rect x="${w}" y="${h}" width="${w}" height="${h}" fill="#e6c828"/>
  </svg>`
  const stored = await sharp(Buffer.from(svg)).flatten().rotate(-90).png().toBuffer()
  return sharp(stored).withMetadata({ orientation: 6 }).jpeg({ quality: 95, chromaSubsampling: '4:4:4' }).toBuffer()
}

/** Red, green and blue, one after the other and again. */
export async function threeColours(): Promise<Buffer> {
  const colours = ['#c81e1e', '#1ea028', '#1e3cc8']
  const create = { width: 320, height: 240, channels: 3 } as const
  const frames = await Promise.all(
    colours.map((background) =>
      sharp({ create: { ...create, background } })
        .png()
        .toBuffer(),
    ),
  )
  return sharp(frames, { join: { animated: true } })
    .gif({ delay: colours.map(() => 100), loop: 0 })
    .toBuffer()
}

export type Rgb = readonly [red: number, green: number, blue: number]

/** The colours at given shares of a picture's width and height. */
export async function coloursAt(picture: Uint8Array, places: readonly (readonly [number, number])[]): Promise<Rgb[]> {
  const { data, info } = await sharp(picture).removeAlpha().raw().toBuffer({ resolveWithObject: true })
  return places.map(([x, y]) => {
    const at = (Math.floor(y * info.height) * info.width + Math.floor(x * info.width)) * info.channels
    return [data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0]
  })
}
