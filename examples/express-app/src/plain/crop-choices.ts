import type { ShownSession } from '@bucket-brigade/avatar-cropper/router'
import { type Html, html } from './html.js'
import { type ShownSquare, type SquareChoice, transformOf, turnedExtent } from './square.js'
import type { PlainWords } from './words/plain-words.js'

export interface CropChoices {
  readonly words: PlainWords['crop']
  /** The page itself, which shows what was chosen. */
  readonly action: string
  readonly session: ShownSession
  readonly shown: ShownSquare
}

/**
 * Ways to choose another square. A button for each rather than a group with one to confirm: what is chosen is what is
 * shown and sent, with no button between to forget.
 */
export function cropChoices(choices: CropChoices): Html {
  const { words } = choices
  return html`<div class="plain-choices">
            ${group(choices, { title: words.where, name: 'place', shape: 'places', labels: words.place })}
            ${group(choices, { title: words.howMuch, name: 'size', shape: 'row', labels: words.size })}
            ${group(choices, { title: words.wayUp, name: 'turn', shape: 'row', labels: words.turn })}
            ${group(choices, { title: words.mirror, name: 'mirror', shape: 'row', labels: words.mirrored })}
          </div>`
}

interface Group<Name extends keyof SquareChoice> {
  readonly title: string
  readonly name: Name
  readonly shape: 'places' | 'row'
  readonly labels: Readonly<Record<SquareChoice[Name], string>>
}

function group<Name extends keyof SquareChoice>(
  choices: CropChoices,
  { title, name, shape, labels }: Group<Name>,
): Html {
  const {
    action,
    session,
    shown: { choice, by },
  } = choices
  const kept = Object.entries({ session: session.reference, ...choice })
    .filter(([other]) => other !== name)
    .map(([other, value]) => html`<input type="hidden" name="${other}" value="${value}" />`)
  const buttons = inOrder<string>(labels).map(([value, label]) => {
    const chosen = choice[name] === value && (by === 'choice' || name === 'turn' || name === 'mirror')
    return html`<li><button type="submit" name="${name}" value="${value}" aria-pressed="${chosen ? 'true' : 'false'}">${label}</button></li>`
  })
  return html`<form method="get" action="${action}"><fieldset><legend>${title}</legend>${kept}<ul class="choices ${shape}">${buttons}</ul></fieldset></form>`
}

/** Names that are numbers come first in every object, and in their order: none, a quarter, a half is not how one asks. */
function inOrder<Label>(labels: Readonly<Record<string, Label>>): readonly (readonly [string, Label])[] {
  const entries = Object.entries(labels)
  return '100' in labels ? entries.reverse() : entries
}

/**
 * The mirrored and turned picture, dimmed outside of the square. An `img` inside of the drawing, so that the browser itself
 * brings photos upright, and attributes instead of styles, which the page's policy forbids.
 */
export function markedPicture(
  words: PlainWords['crop'],
  { original, preview }: ShownSession,
  { choice, square }: ShownSquare,
): Html {
  const { width, height } = turnedExtent(original, choice.turn)
  const { x, y, width: across, height: down } = square
  const outside = `M0 0H${width}V${height}H0zM${x} ${y}v${down}h${across}v${-down}z`
  return html`<svg class="plain-picture" viewBox="0 0 ${width} ${height}" role="group" aria-label="${words.marked}">
            <foreignObject width="${original.width}" height="${original.height}" transform="${transformOf(original, choice)}">
              <img src="${preview}" width="${original.width}" height="${original.height}" alt="${words.uploaded}" />
            </foreignObject>
            <path class="outside" d="${outside}" fill-rule="evenodd" />
            <rect class="kept" x="${x}" y="${y}" width="${across}" height="${down}" />
          </svg>`
}
