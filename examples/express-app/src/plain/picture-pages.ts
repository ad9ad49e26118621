import type { Avatar, AvatarList } from '@bucket-brigade/avatar-cropper'
import { addressOf, PLAIN, SIGNED_IN } from './addresses.js'
import { type Html, html } from './html.js'
import type { Language } from './languages.js'
import type { PlainWords } from './words/plain-words.js'

/** The picture that everybody sees now, by its sizes, and the earlier ones. */
export function picturesView(language: Language, list: AvatarList): Html {
  const { pictures } = language.words
  const { current } = list
  const again = html`<p class="actions"><a class="button primary" href="${SIGNED_IN.choose}">${current ? pictures.another : pictures.choose}</a></p>`
  return html`<section class="stage">
        <div class="view">${current ? currentPicture(pictures, current) : html`<p>${pictures.none}</p>`}${again}</div>
      </section>
      ${earlierPictures(language, list)}`
}

function currentPicture(words: PlainWords['pictures'], { url, sizes }: Avatar): Html {
  const links = Object.entries(sizes)
    .sort(([a], [b]) => Number(b) - Number(a))
    .map(([edge, address]) => html`<li><a href="${address}">${edge} px</a></li>`)
  return html`<div class="result">
            <img class="result-picture" src="${url}" alt="${words.now}" />
            <div class="result-words">
              <p>${words.seen}</p>
              <p class="fine">${words.sizes}</p>
              <ul class="sizes">${links}</ul>
            </div>
          </div>`
}

/** Nothing where there is none. */
export function earlierPictures(
  { words: { pictures: words }, messages: { language } }: Language,
  { current, avatars }: AvatarList,
): Html | undefined {
  if (avatars.length === 0) return undefined
  const numbers = new Intl.NumberFormat(language)
  const items = avatars.map((avatar, index) => {
    const name = avatar.id === current?.id ? words.now : words.number(numbers.format(index + 1))
    return html`<li class="plain-earlier">
            <img src="${smallest(avatar)}" width="88" height="88" alt="${name}" />
            <div>
              <p><b>${name}</b></p>
              <p class="fine">${words.saved} <time datetime="${avatar.savedAt}">${day(language, avatar.savedAt)}</time></p>
              <div class="plain-tools">
                ${avatar.id === current?.id ? undefined : useForm(words, avatar.id, name)}
                <a class="button" href="${addressOf(PLAIN.remove, { id: avatar.id })}">${words.remove}<span class="unseen"> ${name}</span></a>
              </div>
            </div>
          </li>`
  })
  return html`<section aria-labelledby="earlier-title">
        <h2 id="earlier-title">${words.heading}</h2>
        <ul class="plain-list">${items}</ul>
      </section>`
}

/** Asks before a picture goes: without scripts there is no dialog to do so. */
export function removeForm({ words: { remove } }: Language, avatar: Avatar): Html {
  return html`<section class="stage">
        <form class="view" method="post" action="/avatars/${avatar.id}/delete">
          <img class="remove-picture" src="${smallest(avatar)}" alt="${remove.picture}" />
          <p>${remove.warning}</p>
          <p class="actions">
            <a class="button" href="${PLAIN.done}">${remove.keep}</a>
            <button class="primary" type="submit">${remove.submit}</button>
          </p>
        </form>
      </section>`
}

function useForm({ use }: PlainWords['pictures'], id: string, name: string): Html {
  return html`<form method="post" action="/avatars/current"><input type="hidden" name="id" value="${id}" /><button type="submit">${use}<span class="unseen"> ${name}</span></button></form>`
}

/** Large enough for a round picture of 88 pixels on fine screens. */
function smallest({ url, sizes }: Avatar): string {
  return sizes['192'] ?? url
}

/** Without scripts nobody knows the person's time zone. */
function day(language: string, savedAt: string): string {
  const format = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' })
  return `${format.format(new Date(savedAt))} UTC`
}
