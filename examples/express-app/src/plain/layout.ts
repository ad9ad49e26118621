import type { HttpProblem } from '@bucket-brigade/express'
import { PLAIN } from './addresses.js'
import { type Html, type HtmlValue, html } from './html.js'
import type { Language } from './languages.js'
import type { WayBack } from './way-back.js'
import type { PlainWords } from './words/plain-words.js'

/** What every page has around it. */
export interface PageFrame {
  readonly title: string
  readonly language: Language
  /** Who is signed in. */
  readonly user: string | undefined
  /** Which server made this page. */
  readonly server: string
  /** The step of the three that this page is. Default: none. */
  readonly step?: Step
}

const STEPS = ['choose', 'crop', 'save'] as const
export type Step = (typeof STEPS)[number]

/** A whole page in the look of the one with scripts. */
export function layout({ title, language, user, server, step }: PageFrame, content: HtmlValue): string {
  const { words, messages } = language
  return String(html`<!doctype html>
<html lang="${messages.language}">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
    <meta name="color-scheme" content="light dark" />
    <title>${title} · Bucket Brigade</title>
    <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
    <link rel="stylesheet" href="/style.css" />
    <link rel="stylesheet" href="/plain.css" />
  </head>
  <body>
    <header class="top">
      <p class="wordmark">${BUCKET}Bucket Brigade</p>
      ${user === undefined ? undefined : signOut(words, user)}
    </header>
    <main class="plain">
      <h1>${title}</h1>
      ${step === undefined ? undefined : steps(words, step)}
      ${content}
    </main>
    <footer class="foot"><p class="fine">${words.frame.foot(server)}</p></footer>
  </body>
</html>
`)
}

const BUCKET = html`<svg viewBox="0 0 32 32" aria-hidden="true"><path d="M6.5 12.5a9.5 9.5 0 0 1 19 0" /><path class="body" d="M5 12.5h22l-2.600 14.200a1.600 1.600 0 0 1-1.600 1.300H9.200a1.600 1.600 0 0 1-1.600-1.300z" /></svg>`

function signOut({ frame }: PlainWords, user: string): Html {
  return html`<form class="who" method="post" action="/sign-out">
        <span class="who-name"><span class="quiet">${frame.signedInAs}</span> <b dir="auto">${user}</b></span>
        <button class="link" type="submit">${frame.signOut}</button>
      </form>`
}

function steps({ frame }: PlainWords, current: Step): Html {
  const at = STEPS.indexOf(current)
  const items = STEPS.map((name, index) => {
    const label = html`<span class="step-name">${frame.step[name]}</span>`
    if (index === at) return html`<li aria-current="step">${label}</li>`
    if (index > at) return html`<li>${label}</li>`
    return html`<li class="done">${label}<span class="unseen">, ${frame.done}</span></li>`
  })
  return html`<ol class="steps" aria-label="${frame.steps}">${items}</ol>`
}

/** A refusal in words, with the way back. */
export function refusalPage(frame: Omit<PageFrame, 'title' | 'step'>, problem: HttpProblem, back: WayBack): string {
  const { title, detail, code, extra } = problem
  const { refused, title: titles } = frame.language.words
  const mistake = code === 'invalid-request' ? mistakeIn(refused.mistakes, extra.field) : undefined
  // Where there are no words for what somebody entered, the detail has to do. It is for developers, and in English.
  const details =
    code === 'invalid-request' && mistake === undefined
      ? html`<p class="fine" lang="en">${detail}</p>`
      : html`<details class="fine"><summary>${refused.details}</summary><p lang="en">${detail} (${code})</p></details>`
  return layout(
    { ...frame, title: titles.refused },
    html`<div class="trouble" role="alert">
        <p class="trouble-title">${mistake ?? title}</p>
        ${details}
      </div>
      <p class="actions">
        <a class="button" href="${PLAIN.done}">${refused.pictures}</a>
        <a class="button primary" href="${back.href}">${back.label}</a>
      </p>`,
  )
}

function mistakeIn(mistakes: PlainWords['refused']['mistakes'], field: unknown): string | undefined {
  if (field === 'crop.height') return mistakes.notSquare
  return field === 'user' ? mistakes.user : undefined
}
