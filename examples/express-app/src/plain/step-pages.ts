import type { SessionState } from '@bucket-brigade/avatar-cropper'
import { addressOf, PLAIN } from './addresses.js'
import { type Html, html } from './html.js'
import { type Extent, type Place, type SquareChoice, squareOf, turnedExtent } from './square.js'

/** A session as its page shows it. */
export type ShownSession = SessionState & { readonly reference: string }

export function signInForm(): Html {
  return html`<section class="stage">
        <form class="view narrow" method="post" action="/sign-in">
          <h2>Who is the picture for?</h2>
          <p>Any name will do: this is a demo. You get a cookie that every server can verify.</p>
          <div class="field-row">
            <label class="field"><span>Name</span><input name="user" maxlength="64" autocomplete="username" spellcheck="false" required /></label>
            <button class="primary" type="submit">Start</button>
          </div>
        </form>
      </section>`
}

/** @param maxUploadBytes What the cropper takes. */
export function uploadForm(maxUploadBytes: number): Html {
  const megabytes = Math.floor(maxUploadBytes / 1024 ** 2)
  return html`<section class="stage">
        <form class="view narrow" method="post" action="/avatars" enctype="multipart/form-data">
          <label class="field"><span>Picture</span><input type="file" name="file" accept="image/jpeg,image/png,image/webp,image/avif,image/gif" aria-describedby="file-hint" required /></label>
          <p id="file-hint" class="fine">JPEG, PNG, WebP, AVIF or GIF, up to ${megabytes} MB</p>
          <p class="actions"><button class="primary" type="submit">Upload</button></p>
        </form>
      </section>`
}

/** The picture with its square, ways to choose another one, and the numbers that are sent. */
export function cropForm(session: ShownSession, choice: SquareChoice): Html {
  const { original } = session
  const square = squareOf(original, choice)
  const extent = turnedExtent(original, choice.turn)
  return html`<section class="stage">
        <div class="view plain-crop">
          ${markedPicture(session, choice)}
          <div class="plain-choices">
            ${choices('Which part', 'places', session, choice, PLACE_CHOICES)}
            ${choices('How much', 'row', session, choice, SIZE_CHOICES)}
            ${choices('Which way up', 'row', session, choice, TURN_CHOICES)}
          </div>
          <form class="plain-numbers" method="post" action="/avatars/crop">
            ${sessionFields(session)}
            <input type="hidden" name="rotate" value="${square.rotate}" />
            <fieldset aria-describedby="numbers-hint">
              <legend>The square, in pixels</legend>
              <div class="number-row">
                ${numberField('From the left', 'x', square.x, { min: 0, max: extent.width - 1 })}
                ${numberField('From the top', 'y', square.y, { min: 0, max: extent.height - 1 })}
                ${numberField('Width', 'width', square.width, { min: 1, max: extent.width })}
                ${numberField('Height', 'height', square.height, { min: 1, max: extent.height })}
              </div>
              <p id="numbers-hint" class="fine">Change them if you like. The picture has ${extent.width} × ${extent.height} pixels; width and height must be the same.</p>
            </fieldset>
            <p class="actions">
              <a class="button" href="${PLAIN.choose}">Back</a>
              <button class="primary" type="submit">Crop</button>
            </p>
          </form>
        </div>
      </section>`
}

export function saveForm(session: ShownSession): Html {
  const again = addressOf(PLAIN.crop, { session: session.session })
  return html`<section class="stage">
        <form class="view" method="post" action="/avatars/save">
          ${sessionFields(session)}
          <div class="result">
            <img class="result-picture" src="${session.preview}" alt="What you cropped" />
            <p>Save it, or go back and crop it again. The original is still there.</p>
          </div>
          <p class="actions">
            <a class="button" href="${again}">Crop again</a>
            <button class="primary" type="submit">Save</button>
          </p>
        </form>
      </section>`
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

/** What one link changes about the choice, and its words. */
type ChoiceLink = readonly [change: Partial<SquareChoice>, label: string]

const PLACE_WORDS: readonly (readonly [Place, string])[] = [
  ['top-left', 'Top left'],
  ['top', 'Top'],
  ['top-right', 'Top right'],
  ['left', 'Left'],
  ['centre', 'Centre'],
  ['right', 'Right'],
  ['bottom-left', 'Bottom left'],
  ['bottom', 'Bottom'],
  ['bottom-right', 'Bottom right'],
]
const PLACE_CHOICES: readonly ChoiceLink[] = PLACE_WORDS.map(([place, label]) => [{ place }, label])
const SIZE_CHOICES: readonly ChoiceLink[] = [
  [{ size: '100' }, 'As much as fits'],
  [{ size: '75' }, 'Three quarters'],
  [{ size: '50' }, 'Half'],
  [{ size: '25' }, 'A quarter'],
]
const TURN_CHOICES: readonly ChoiceLink[] = [
  [{ turn: '0' }, 'As it is'],
  [{ turn: '90' }, 'Turned right'],
  [{ turn: '180' }, 'Upside down'],
  [{ turn: '270' }, 'Turned left'],
]

/** Links rather than radio buttons: what is chosen is what is shown and sent, with no button between to forget. */
function choices(
  title: string,
  shape: 'places' | 'row',
  { reference }: ShownSession,
  choice: SquareChoice,
  links: readonly ChoiceLink[],
): Html {
  const items = links.map(([change, label]) => {
    const next = { ...choice, ...change }
    const href = addressOf(PLAIN.crop, { session: reference, ...next })
    const chosen = next.place === choice.place && next.size === choice.size && next.turn === choice.turn
    return html`<li><a href="${href}" aria-current="${chosen ? 'true' : 'false'}">${label}</a></li>`
  })
  return html`<nav aria-label="${title}"><p class="choice-title">${title}</p><ul class="choices ${shape}">${items}</ul></nav>`
}

/**
 * The turned picture, dimmed outside of the square. An `img` inside of the drawing, so that the browser itself brings
 * photos upright, and attributes instead of styles, which the page's policy forbids.
 */
function markedPicture({ original, preview }: ShownSession, choice: SquareChoice): Html {
  const { width, height } = turnedExtent(original, choice.turn)
  const { x, y, width: edge } = squareOf(original, choice)
  const outside = `M0 0H${width}V${height}H0zM${x} ${y}v${edge}h${edge}v${-edge}z`
  return html`<svg class="plain-picture" viewBox="0 0 ${width} ${height}" role="group" aria-label="Your picture, with the square that will be kept">
            <foreignObject width="${original.width}" height="${original.height}" transform="${turning(original, choice)}">
              <img src="${preview}" width="${original.width}" height="${original.height}" alt="What you uploaded" />
            </foreignObject>
            <path class="outside" d="${outside}" fill-rule="evenodd" />
            <rect class="kept" x="${x}" y="${y}" width="${edge}" height="${edge}" />
          </svg>`
}

function turning({ width, height }: Extent, { turn }: SquareChoice): string {
  const moves = { '0': [0, 0], '90': [height, 0], '180': [width, height], '270': [0, width] } as const
  return `translate(${moves[turn].join(' ')}) rotate(${turn})`
}
