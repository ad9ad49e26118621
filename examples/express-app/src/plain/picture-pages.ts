import type { Avatar, AvatarList } from '@bucket-brigade/avatar-cropper'
import { addressOf, PLAIN } from './addresses.js'
import { type Html, html } from './html.js'

/** The picture that everybody sees now, by its sizes, and the earlier ones. */
export function picturesView(list: AvatarList): Html {
  const { current } = list
  const again = html`<p class="actions"><a class="button primary" href="${PLAIN.choose}">${current ? 'Another picture' : 'Choose a picture'}</a></p>`
  return html`<section class="stage">
        <div class="view">${current ? currentPicture(current) : NO_PICTURE}${again}</div>
      </section>
      ${earlierPictures(list)}`
}

const NO_PICTURE = html`<p>You have no picture yet. What you save is kept here, so that you can go back to it.</p>`

function currentPicture({ url, sizes }: Avatar): Html {
  const links = Object.entries(sizes)
    .sort(([a], [b]) => Number(b) - Number(a))
    .map(([edge, address]) => html`<li><a href="${address}">${edge} px</a></li>`)
  return html`<div class="result">
            <img class="result-picture" src="${url}" alt="Your picture now" />
            <div class="result-words">
              <p>This is the picture that others see.</p>
              <p class="fine">The same picture by its sizes:</p>
              <ul class="sizes">${links}</ul>
            </div>
          </div>`
}

/** Nothing where there is none. */
export function earlierPictures({ current, avatars }: AvatarList): Html | undefined {
  if (avatars.length === 0) return undefined
  const items = avatars.map((avatar, index) => {
    const name = avatar.id === current?.id ? 'Your picture now' : `Picture ${index + 1}`
    return html`<li class="plain-earlier">
            <img src="${smallest(avatar)}" width="88" height="88" alt="${name}" />
            <div>
              <p><b>${name}</b></p>
              <p class="fine">Saved <time datetime="${avatar.savedAt}">${day(avatar.savedAt)}</time></p>
              <div class="plain-tools">
                ${avatar.id === current?.id ? undefined : useForm(avatar.id, name)}
                <a class="button" href="${addressOf(PLAIN.remove, { id: avatar.id })}">Delete<span class="unseen"> ${name}</span></a>
              </div>
            </div>
          </li>`
  })
  return html`<section aria-labelledby="earlier-title">
        <h2 id="earlier-title">Your pictures</h2>
        <ul class="plain-list">${items}</ul>
      </section>`
}

/** Asks before a picture goes: without scripts there is no dialog to do so. */
export function removeForm(avatar: Avatar): Html {
  return html`<section class="stage">
        <form class="view" method="post" action="/avatars/${avatar.id}/delete">
          <img class="remove-picture" src="${smallest(avatar)}" alt="The picture in question" />
          <p>All its sizes go. This cannot be taken back.</p>
          <p class="actions">
            <a class="button" href="${PLAIN.done}">Keep it</a>
            <button class="primary" type="submit">Delete</button>
          </p>
        </form>
      </section>`
}

function useForm(id: string, name: string): Html {
  return html`<form method="post" action="/avatars/current"><input type="hidden" name="id" value="${id}" /><button type="submit">Use<span class="unseen"> ${name}</span></button></form>`
}

/** Large enough for a round picture of 88 pixels on fine screens. */
function smallest({ url, sizes }: Avatar): string {
  return sizes['192'] ?? url
}

/** Without scripts nobody knows the person's time zone. */
function day(savedAt: string): string {
  const format = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' })
  return `${format.format(new Date(savedAt))} UTC`
}
