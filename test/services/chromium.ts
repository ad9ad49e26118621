import { type Browser, chromium } from 'playwright-core'
import { debianBinary } from './debian-binary.js'

/** Starts the Debian package's Chromium, which talks to nobody but the pages under test. Close it afterwards. */
export async function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: debianBinary('chromium'),
    timeout: 60_000,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      // A picture is drawn when its page is, not some time later: screenshots are looked at to the pixel.
      '--disable-checker-imaging',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}
