import type { ShownSession } from '@bucket-brigade/avatar-cropper/router'
import { addressOf, type Flow, SIGN_UP } from './addresses.js'
import { cropChoices, markedPicture } from './crop-choices.js'
import { type Html, html } from './html.js'
import type { Language } from './languages.js'
import { queryOf, type ShownSquare, turnedExtent } from './square.js'
import type { PlainWords } from './words/plain-words.js'

/** Whose steps a page shows, and in which words. */
export interface StepPage {
  readonly language: Language
  readonly flow: Flow
}

export function signInForm({ signIn }: PlainWords): Html {
  return html`<section class="stage">
        <form class="view narrow" method="post" action="/sign-in">
          <h2>${signIn.heading}</h2>
          <p>${signIn.hint}</p>
          <div class="field-row">
            ${nameField(signIn.name)}
            <button class="primary" type="submit">${signIn.start}</button>
          </div>
          <p class="fine"><a href="${SIGN_UP.choose}">${signIn.signUp}</a></p>
        </form>
      </section>`
}

/** Where the file goes, with what has to go before it. */
export interface UploadTarget {
  readonly action: string
  readonly fields: Readonly<Record<string, string>>
  /** When the form can be sent no more, where it goes to the bucket. */
  readonly expiresAt?: Date
}

/** @param maxUploadBytes What the cropper takes. */
export function uploadForm({ words, messages }: Language, target: UploadTarget, maxUploadBytes: number): Html {
  const { upload } = words
  const size = unitText(messages.language, 'megabyte', Math.floor(maxUploadBytes / 1024 ** 2))
  const fields = Object.entries(target.fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
  )
  return html`<section class="stage">
        <form class="view narrow" method="post" action="${target.action}" enctype="multipart/form-data">
          ${fields}
          <label class="field"><span>${upload.picture}</span><input type="file" name="file" accept="image/jpeg,image/png,image/webp,image/avif,image/gif" aria-describedby="file-hint" required /></label>
          <p id="file-hint" class="fine">${upload.hint(size)}</p>
          ${target.expiresAt && directHint(upload, messages.language, target.expiresAt, size)}
          <p class="actions"><button class="primary" type="submit">${upload.submit}</button></p>
        </form>
      </section>`
}

/** What the bucket refuses it says by itself, and no page of this application can stand in between: so it is said before. */
function directHint(upload: PlainWords['upload'], language: string, expiresAt: Date, size: string): Html {
  const minutes = unitText(language, 'minute', Math.floor((expiresAt.getTime() - Date.now()) / 60_000))
  return html`<p class="fine">${upload.direct(minutes, size)} <a href="">${upload.anew}</a></p>`
}

function unitText(language: string, unit: 'megabyte' | 'minute', count: number): string {
  const unitDisplay = unit === 'minute' ? 'long' : 'short'
  return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay }).format(count)
}

/** The picture with its square, ways to choose another one, and the numbers that are sent. */
export function cropForm({ language, flow }: StepPage, session: ShownSession, shown: ShownSquare): Html {
  const { crop } = language.words
  const { original } = session
  const { square } = shown
  const extent = turnedExtent(original, shown.choice.turn)
  const numbers = new Intl.NumberFormat(language.messages.language)
  return html`<section class="stage">
        <div class="view plain-crop">
          ${markedPicture(crop, session, shown)}
          ${cropChoices({ words: crop, action: flow.crop, session, shown })}
          <form class="plain-numbers" method="post" action="${flow.avatars}/crop">
            ${sessionFields(session)}
            <input type="hidden" name="rotate" value="${square.rotate}" />
            <input type="hidden" name="scaleX" value="${square.scaleX}" />
            <input type="hidden" name="scaleY" value="${square.scaleY}" />
            <fieldset aria-describedby="numbers-hint">
              <legend>${crop.numbers}</legend>
              <div class="number-row">
                ${numberField(crop.x, 'x', square.x, { min: 0, max: extent.width - 1 })}
                ${numberField(crop.y, 'y', square.y, { min: 0, max: extent.height - 1 })}
                ${numberField(crop.width, 'width', square.width, { min: 1, max: extent.width })}
                ${numberField(crop.height, 'height', square.height, { min: 1, max: extent.height })}
              </div>
              <p id="numbers-hint" class="fine">${crop.numbersHint(numbers.format(extent.width), numbers.format(extent.height))}</p>
            </fieldset>
            <p class="actions">
              <a class="button" href="${flow.choose}">${crop.back}</a>
              <button class="primary" type="submit">${crop.submit}</button>
            </p>
          </form>
        </div>
      </section>`
}

export function saveForm({ language, flow }: StepPage, session: ShownSession): Html {
  const { save } = language.words
  return html`<section class="stage">
        <form class="view" method="post" action="${flow.avatars}/save">
          ${sessionFields(session)}
          ${croppedPicture(save, session, save.hint)}
          <p class="actions">
            ${cropAgain(save, flow, session)}
            <button class="primary" type="submit">${save.submit}</button>
          </p>
        </form>
      </section>`
}

/** Asks who somebody is whose picture is cropped already; the answer makes the session theirs. */
export function signUpForm({ language, flow }: StepPage, session: ShownSession): Html {
  const { save, signUp } = language.words
  return html`<section class="stage">
        <form class="view" method="post" action="${flow.choose}">
          ${sessionFields(session)}
          ${croppedPicture(save, session, signUp.hint)}
          ${nameField(signUp.name)}
          <p class="actions">
            ${cropAgain(save, flow, session)}
            <button class="primary" type="submit">${signUp.submit}</button>
          </p>
        </form>
      </section>`
}

function croppedPicture(words: PlainWords['save'], { preview }: ShownSession, hint: string): Html {
  return html`<div class="result">
            <img class="result-picture" src="${preview}" alt="${words.cropped}" />
            <p>${hint}</p>
          </div>`
}

function cropAgain(words: PlainWords['save'], flow: Flow, session: ShownSession): Html {
  return html`<a class="button" href="${uploadAddress(flow, session)}">${words.again}</a>`
}

/** Where the upload is cropped anew, from the square that was cropped before. */
export function uploadAddress({ crop: page }: Flow, { session, original, crop }: ShownSession): string {
  return addressOf(page, { session, ...(crop ? queryOf(original, crop) : {}) })
}

function nameField(label: string): Html {
  return html`<label class="field"><span>${label}</span><input name="user" maxlength="64" autocomplete="username" spellcheck="false" dir="auto" required /></label>`
}

/** The session by its name, and where its file is, as the article's forms carry it: a label, the token decides. */
function sessionFields({ reference, relativePath }: ShownSession): Html {
  return html`<input type="hidden" name="session" value="${reference}" /><input type="hidden" name="file_relative_path" value="${relativePath}" />`
}

interface NumberRange {
  readonly min: number
  readonly max: number
}

function numberField(label: string, name: string, value: number, { min, max }: NumberRange): Html {
  return html`<label class="field"><span>${label}</span><input type="number" name="${name}" value="${value}" min="${min}" max="${max}" step="1" inputmode="numeric" required /></label>`
}
