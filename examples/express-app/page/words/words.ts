/** What this page says around the form, in one language. `data-words` in `index.html` names the texts. */
export interface Words {
  readonly direction: 'ltr' | 'rtl'
  readonly pageTitle: string
  readonly skip: string
  readonly signedInAs: string
  readonly signOut: string
  readonly title: string
  readonly intro: string
  readonly line: string
  readonly you: string
  readonly buckets: { readonly disk: string; readonly s3: string }
  readonly received: string
  readonly cropped: string
  readonly saved: string
  readonly signInTitle: string
  readonly signInHint: string
  readonly name: string
  readonly start: string
  readonly signedOut: string
  readonly sessionEnded: string
  readonly sessionEndedAdvice: string
  readonly noAnswer: string
  readonly noAnswerAdvice: string
  readonly foot: string
}
