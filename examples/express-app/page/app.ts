import { api } from './api.js'
import { AvatarForm } from './avatar-form.js'
import { BrigadeLine } from './brigade-line.js'
import { EarlierAvatars } from './earlier-avatars.js'
import { element } from './elements.js'
import { Trouble, toProblem } from './trouble.js'
import { Views } from './views.js'

const status = element('status', HTMLElement)
const announce = (message: string) => {
  status.textContent = message
}

const trouble = new Trouble()
const report = (error: unknown) => trouble.show(toProblem(error))
const line = new BrigadeLine()
const views = new Views()
const earlier = new EarlierAvatars({
  onDone: (message) => {
    trouble.hide()
    announce(message)
  },
  onRemoved: (id) => form.removed(id),
  onProblem: report,
})
const form = new AvatarForm({ views, line, earlier, trouble, announce })

const firstView = (user: string | null) => (user === null ? 'sign-in' : 'choose')

async function showUser(user: string | null): Promise<void> {
  element('sign-out', HTMLFormElement).hidden = user === null
  element('user', HTMLElement).textContent = user ?? ''
  element('remark-name', HTMLElement).textContent = user ?? ''
  if (user === null) earlier.clear()
  else await earlier.refresh()
}

async function changeUser(user: string | null): Promise<void> {
  form.restart(firstView(user))
  await showUser(user)
}

/** The forms work without this script; with it, the page stays. */
function onSubmit(submitted: HTMLFormElement, act: () => Promise<void>): void {
  submitted.addEventListener('submit', (event) => {
    event.preventDefault()
    trouble.hide()
    act().catch(report)
  })
}

async function begin(): Promise<void> {
  const [{ value: brigade }, { value: me }] = await Promise.all([api.line(), api.whoAmI()])
  line.draw(brigade.servers, brigade.bucket)
  form.open(firstView(me.user), brigade.maxUploadBytes)
  await showUser(me.user)
}

const name = element('sign-in-user', HTMLInputElement)
const signIn = name.form
if (signIn) onSubmit(signIn, async () => changeUser((await api.signIn(name.value)).value.user))
onSubmit(element('sign-out', HTMLFormElement), async () => {
  await api.signOut()
  await changeUser(null)
  announce('Signed out.')
})
begin().catch(report)
