import type { IncomingMessage } from 'node:http'
import type { HttpProblem } from '@bucket-brigade/express'

/** The application's own pages, for browsers without scripts. Paths or absolute URLs. */
export interface AvatarPages {
  /** Where a person chooses a picture. */
  readonly upload: string
  /** Where they crop it. Called with `?session=…`: show it with `avatarSession`. */
  readonly crop: string
  /** Where they see the preview and save. Called with `?session=…`. */
  readonly save: string
  /** Where they see their avatars. */
  readonly done: string
  /** Path of the session cookies: it must hold the router and the pages. Default `/`. */
  readonly cookiePath?: string | undefined
}

/** The address of a page with the session that it shows. */
export function pageWithSession(page: string, reference: string): string {
  const [address = '', fragment] = page.split('#', 2)
  const query = `${address.includes('?') ? '&' : '?'}session=${reference}`
  return `${address}${query}${fragment === undefined ? '' : `#${fragment}`}`
}

/** A plain page for a refusal, with the way back. */
export function problemPage(pages: AvatarPages): (problem: HttpProblem, req: IncomingMessage) => string {
  const back = escapeHtml(pages.upload)
  return ({ title, detail, headers }) =>
    [
      '<!doctype html>',
      `<html lang="${escapeHtml(headers['Content-Language'] ?? 'en')}">`,
      '<meta charset="utf-8">',
      '<meta name="viewport" content="width=device-width">',
      `<title>${escapeHtml(title)}</title>`,
      `<p>${escapeHtml(title)}</p>`,
      `<p lang="en"><small>${escapeHtml(detail)}</small></p>`,
      `<p><a href="${back}">Choose a picture</a></p>`,
      '</html>',
    ].join('\n')
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
