import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FormPerson, type ShownPage, uploadActionOf } from '../../examples/express-app/test/form-person.js'
import { fetchPicture, type Ground } from './avatar-journeys.js'
import { Fleet } from './fleet.js'
import { decode, distance, QUARTERS, quartersPicture, type Rgb } from './pictures.js'

/** Whatever begins as our tokens do. */
const TOKEN = /eyJ[\w-]+\.[\w-]+\.[\w-]+/

/** What people without JavaScript do, on real server processes: pages, forms and cookies, wherever the bucket is. */
export function describePlainJourneys(name: string, open: () => Promise<Ground>): void {
  describe.each(['form', 'direct'] as const)(`without JavaScript, ${name}, pictures sent by %s`, (uploads) => {
    let ground: Ground
    let fleet: Fleet
    let picture: Buffer

    beforeAll(async () => {
      picture = await quartersPicture(400, 300)
      ground = await open()
      const env = (origin: string) => ({ ...ground.env(origin), UPLOADS: uploads })
      fleet = await Fleet.start({ servers: 3, balance: ground.balance, env })
    })

    afterAll(async () => {
      await fleet?.stop()
      await ground?.close()
    })

    const colourOf = async (person: FormPerson): Promise<Rgb> => {
      const reply = await fetch(`${fleet.origin}/avatars`, { headers: { cookie: person.cookie } })
      const list: { readonly current: { readonly url: string } } = JSON.parse(await reply.text())
      const pixels = await decode(await fetchPicture(new URL(list.current.url, fleet.origin).href))
      const middle = Math.floor(pixels.width / 2)
      return pixels.at(middle, middle)
    }

    const corner = async (person: FormPerson, crop: ShownPage, label: string) =>
      person.press(await person.press(crop, 'A quarter'), label)

    it('a picture is uploaded, mirrored, cropped and saved, each by whichever server answers', async () => {
      const person = new FormPerson(fleet.origin)
      const choose = await person.signIn('plain')
      const action = uploadActionOf(choose)
      expect(action === '/avatars').toBe(uploads === 'form')
      const crop = await person.send(choose, picture)
      expect([crop.status, crop.address.pathname], crop.html).toEqual([200, '/plain/crop'])
      const mirrored = await corner(person, await person.press(crop, 'Left to right'), 'Top left')
      const saved = await person.submit(await person.submit(mirrored, '/avatars/crop'), '/avatars/save')
      expect([saved.status, saved.address.pathname], saved.html).toEqual([200, '/plain/done'])
      expect(distance(await colourOf(person), QUARTERS.topRight)).toBeLessThan(12)
      const servers = person.requests.map(({ servedBy }) => servedBy).filter((server) => server !== '')
      expect(new Set(servers)).toEqual(new Set(['server-1', 'server-2', 'server-3']))
      for (const { url } of person.requests) expect(new URL(url).pathname + new URL(url).search).not.toMatch(TOKEN)
    })

    it('two tabs never mix, though each has a picture and a form of its own', async () => {
      const person = new FormPerson(fleet.origin)
      const choose = await person.signIn('tabs')
      const other = await person.open('/plain')
      const [first, second] = [await person.send(choose, picture), await person.send(other, picture)]
      const red = await person.submit(await corner(person, first, 'Top left'), '/avatars/crop')
      const green = await person.submit(await corner(person, second, 'Bottom left'), '/avatars/crop')
      await person.submit(green, '/avatars/save')
      expect(distance(await colourOf(person), QUARTERS.bottomLeft)).toBeLessThan(12)
      await person.submit(red, '/avatars/save')
      expect(distance(await colourOf(person), QUARTERS.topLeft)).toBeLessThan(12)
    })

    it('a stranger’s picture becomes theirs at sign-up', async () => {
      const person = new FormPerson(fleet.origin)
      const crop = await person.send(await person.open('/sign-up'), picture)
      expect([crop.status, crop.address.pathname], crop.html).toEqual([200, '/sign-up/crop'])
      const named = await person.submit(await corner(person, crop, 'Top right'), '/sign-up/avatars/crop')
      const save = await person.submit(named, '/sign-up', { user: 'newcomer' })
      expect((await person.submit(save, '/avatars/save')).address.pathname).toBe('/plain/done')
      expect(distance(await colourOf(person), QUARTERS.topRight)).toBeLessThan(12)
    })

    it('a file that is no picture is refused in words', async () => {
      const person = new FormPerson(fleet.origin, 'de')
      const refused = await person.upload('notes', Buffer.from('This is not a picture.'))
      expect([refused.status, refused.html]).toEqual([415, expect.stringContaining('Diese Art von Datei')])
    })
  })
}
