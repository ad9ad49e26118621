import type { Words } from './words.js'

export const english: Words = {
  direction: 'ltr',
  pageTitle: 'Your picture',
  skip: 'Skip to the picture',
  signedInAs: 'Signed in as',
  signOut: 'Sign out',
  title: 'Your picture, passed along.',
  intro:
    'Choose, crop, save. Each step may reach another server, and none of them keeps anything: what they hand on lies in the bucket.',
  line: 'The servers, and what each of them did',
  you: 'You',
  buckets: { disk: 'Bucket on disk', s3: 'Bucket on S3' },
  received: 'received',
  cropped: 'cropped',
  saved: 'saved',
  signInTitle: 'Who is the picture for?',
  signInHint: 'Any name will do: this is a demo. You get a cookie that every server can verify.',
  name: 'Name',
  start: 'Start',
  signedOut: 'Signed out.',
  sessionEnded: 'You are no longer signed in',
  sessionEndedAdvice: 'Enter your name again, and go on where you were.',
  noAnswer: 'No server answers',
  noAnswerAdvice: 'Nothing is lost. Wait a moment, then try again.',
  foot: 'No sticky session, no shared disk, no database: servers, a bucket, and a signed token that says what the next step may touch.',
}
