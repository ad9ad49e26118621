import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import sharp from 'sharp'

const FOLDER = new URL('../../../docs/screenshots/', import.meta.url)

/**
 * Takes a screenshot of the whole page for the documentation. One that is there stays, so that a test run changes no
 * file, unless `UPDATE_SCREENSHOTS` is set.
 */
export async function screenshot(page: Page, name: string): Promise<void> {
  const file = fileURLToPath(new URL(`${name}.png`, FOLDER))
  if (existsSync(file) && !process.env.UPDATE_SCREENSHOTS) return
  // Nothing hovered, nothing half loaded.
  await page.mouse.move(0, 0)
  await page.evaluate(() => document.fonts.ready)
  await page
    .locator('img:visible')
    .evaluateAll((pictures: HTMLImageElement[]) => Promise.all(pictures.map((picture) => picture.decode())))
  const taken = await page.screenshot({ fullPage: true, animations: 'disabled' })
  await mkdir(dirname(file), { recursive: true })
  await sharp(taken).png({ palette: true, colours: 128, effort: 10, compressionLevel: 9 }).toFile(file)
}
