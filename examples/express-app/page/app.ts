import type { AvatarForm, AvatarStepDetail } from '@bucket-brigade/browser/avatar-form'
import { api, type Line, RequestError } from './api.js'
import { BrigadeLine } from './brigade-line.js'
import { element } from './elements.js'
import { Language } from './language.js'
import { Session, type User } from './session.js'

const work = element('work', HTMLElement)
const signInForm = element('sign-in', HTMLFormElement)
const nameField = element('sign-in-user', HTMLInputElement)
const signOutForm = element('sign-out', HTMLFormElement)
const trouble = element('trouble', HTMLElement)
const status = element('status', HTMLElement)

const line = new BrigadeLine()
const language = new Language((words) => line.speak(words))
const session = new Session({ onChange: showUser, onProblem: showProblem })
let avatarForm: AvatarForm | undefined
let maxBytes: number | undefined
let uploads: Line['uploads']

/** Each person gets a form of their own: nothing of the one before is left in it. */
function showUser(user: User): void {
  trouble.hidden = true
  line.restart()
  avatarForm?.remove()
  avatarForm = undefined
  const signedIn = typeof user === 'string'
  signInForm.hidden = signedIn
  signOutForm.hidden = !signedIn
  element('user', HTMLElement).textContent = user ?? ''
  if (!signedIn) return
  avatarForm = document.createElement('avatar-form')
  avatarForm.endpoint = '/avatars'
  avatarForm.history = 'steps'
  configure(avatarForm)
  work.append(avatarForm)
}

function configure(form: AvatarForm): void {
  if (maxBytes !== undefined) form.maxBytes = maxBytes
  if (uploads !== undefined) form.upload = uploads
}

function showStep({ step, server }: AvatarStepDetail): void {
  if (step === 'chosen') line.restart()
  else line.handled(server, step)
}

function showProblem(error: unknown): void {
  if (!(error instanceof RequestError)) reportError(error)
  const { noAnswer, noAnswerAdvice } = language.words
  tellTrouble(noAnswer, noAnswerAdvice)
}

function tellTrouble(title: string, advice: string): void {
  element('trouble-title', HTMLElement).textContent = title
  element('trouble-advice', HTMLElement).textContent = advice
  trouble.hidden = false
}

/** The form tells of every problem but this one, which only the page can do something about. */
function onProblem(event: HTMLElementEventMap['avatar-problem']): void {
  if (event.detail.code !== 'unauthenticated') return
  event.preventDefault()
  session.end()
  const { sessionEnded, sessionEndedAdvice } = language.words
  tellTrouble(sessionEnded, sessionEndedAdvice)
  nameField.focus()
}

async function meetTheLine(): Promise<void> {
  const { servers, bucket, maxUploadBytes, uploads: way } = await api.line()
  maxBytes = maxUploadBytes
  uploads = way
  if (avatarForm) configure(avatarForm)
  line.standUp(servers, bucket.endsWith('disk') ? 'disk' : 's3')
}

work.addEventListener('avatar-step', ({ detail }) => showStep(detail))
work.addEventListener('avatar-problem', onProblem)
signInForm.addEventListener('submit', (event) => {
  event.preventDefault()
  void session.ask(api.signIn(nameField.value)).then(() => {
    if (typeof session.user !== 'string') return
    status.textContent = `${language.words.signedInAs} ${session.user}`
    // The button that had the focus is gone; the next key goes to the form that came in its place.
    work.focus({ preventScroll: true })
  })
})
signOutForm.addEventListener('submit', (event) => {
  event.preventDefault()
  void session.ask(api.signOut()).then(() => {
    if (session.user !== null) return
    status.textContent = language.words.signedOut
    nameField.focus()
  })
})
meetTheLine().catch(showProblem)
void session.ask(api.whoAmI())
