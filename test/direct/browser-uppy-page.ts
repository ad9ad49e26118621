import type { Browser, Page, Response } from 'playwright-core'
import type { UppyVersion } from './uppy-clients.js'

export const MIB = 1024 ** 2

/** What a page uploads, and what its person does meanwhile. */
export interface PageUpload {
  readonly name: string
  /** MiB. */
  readonly size: number
  readonly way: 'whole' | 'parts' | 'as Uppy likes'
  readonly person: 'waits' | 'pauses and goes on' | 'cancels'
}

/** What a page saw of an upload. */
export interface PageResult {
  /** Where the client says that the file is; undefined where it was cancelled. */
  readonly key: string | undefined
  readonly location: string | undefined
  readonly failure: string | undefined
}

/** Uppy in a page, as an application's own script would use it. */
export class UppyPage {
  readonly page: Page
  /** Part numbers of the parts that were sent, in their order. */
  readonly partsSent: number[] = []
  /** Requests that were made to the application itself: method and path. */
  readonly asked: string[] = []
  readonly #version: UppyVersion

  private constructor(page: Page, version: UppyVersion) {
    this.page = page
    this.#version = version
    page.on('request', (request) => {
      const url = new URL(request.url())
      const part = url.searchParams.get('partNumber')
      if (request.method() === 'PUT' && part !== null) this.partsSent.push(Number(part))
      if (/^\/uploads\//.test(url.pathname)) this.asked.push(`${request.method()} ${url.pathname}`)
    })
  }

  static async open(browser: Browser, origin: string, version: UppyVersion): Promise<UppyPage> {
    const page = await browser.newPage()
    page.setDefaultTimeout(60_000)
    await page.goto(`${origin}/uppy-${version}`)
    return new UppyPage(page, version)
  }

  /** Resolves once the client says that it is done, or once a cancelled upload was dropped by the server. */
  async upload(upload: PageUpload): Promise<PageResult> {
    const run = this.page.evaluate(uploadInPage, { ...upload, version: this.#version })
    if (upload.person !== 'cancels') return run
    const isDrop = (response: Response) => response.request().method() === 'DELETE'
    const dropped = this.page.waitForResponse(isDrop, { timeout: 0 }).catch(() => undefined)
    const result = await run
    if (result.failure !== undefined) return result
    const status = (await dropped)?.status()
    return { ...result, failure: status === 200 ? undefined : `the server answered ${status}` }
  }

  async close(): Promise<void> {
    await this.page.close()
  }
}

/** The part of Uppy's interface that pages of both versions use. */
interface UppyOfPage {
  use(plugin: unknown, options: object): void
  addFile(file: { readonly name: string; readonly type: string; readonly data: Blob }): string
  on(event: string, listener: (...given: never[]) => void): void
  upload(): Promise<unknown>
  pauseAll(): void
  resumeAll(): void
  cancelAll(): void
}

declare global {
  interface Window {
    readonly Uppy: new () => UppyOfPage
    readonly AwsS3: unknown
  }
}

/** Runs in the page. */
async function uploadInPage(given: PageUpload & { readonly version: UppyVersion }): Promise<PageResult> {
  const { name, size, way, person, version } = given
  const endpoint = '/uploads'
  const blocks = Array.from({ length: size }, (_, index) => new Uint8Array(1024 ** 2).fill(index + 1))
  const uppy = new window.Uppy()
  uppy.use(window.AwsS3, {
    ...(version === 5 ? { endpoint } : { companionEndpoint: endpoint }),
    ...(way === 'as Uppy likes' ? {} : { shouldUseMultipart: way === 'parts' }),
    // One part after the other, so that there is something left to do where the person stops.
    ...(person === 'waits' ? {} : { limit: 1 }),
  })
  uppy.addFile({ name, type: 'application/octet-stream', data: new Blob(blocks) })
  const settled = new Promise<PageResult>((resolve) => {
    uppy.on('upload-success', (_file: unknown, response: { readonly body: PageResult }) => {
      resolve({ key: response.body.key, location: response.body.location, failure: undefined })
    })
    uppy.on('upload-error', (_file: unknown, error: Error) => {
      resolve({ key: undefined, location: undefined, failure: error.message })
    })
    uppy.on('cancel-all', () => resolve({ key: undefined, location: undefined, failure: undefined }))
  })
  if (person !== 'waits') {
    const first = new Promise<void>((resolve) => uppy.on('s3-multipart:part-uploaded', () => resolve()))
    void uppy.upload()
    await Promise.race([first, settled])
    if (person === 'cancels') uppy.cancelAll()
    else {
      uppy.pauseAll()
      uppy.resumeAll()
    }
  } else void uppy.upload()
  return settled
}
