import type { Words } from './words.js'

export const german: Words = {
  direction: 'ltr',
  pageTitle: 'Ihr Bild',
  skip: 'Weiter zum Bild',
  signedInAs: 'Angemeldet als',
  signOut: 'Abmelden',
  title: 'Ihr Bild, von Hand zu Hand.',
  intro:
    'Auswählen, zuschneiden, speichern. Jeder Schritt kann bei einem anderen Server ankommen, und keiner behält etwas: Was sie weitergeben, liegt im Bucket.',
  line: 'Die Server, und was jeder getan hat',
  you: 'Sie',
  buckets: { disk: 'Bucket auf Platte', s3: 'Bucket auf S3' },
  received: 'nahm an',
  cropped: 'schnitt zu',
  saved: 'legte ab',
  signInTitle: 'Für wen ist das Bild?',
  signInHint: 'Jeder Name geht: Das ist eine Vorführung. Sie bekommen ein Cookie, das jeder Server prüfen kann.',
  name: 'Name',
  start: 'Anfangen',
  signedOut: 'Abgemeldet.',
  sessionEnded: 'Sie sind nicht mehr angemeldet',
  sessionEndedAdvice: 'Geben Sie Ihren Namen noch einmal ein, und machen Sie weiter, wo Sie waren.',
  noAnswer: 'Kein Server antwortet',
  noAnswerAdvice: 'Es ist nichts verloren. Warten Sie einen Moment, und versuchen Sie es dann noch einmal.',
  foot: 'Keine klebenden Sitzungen, keine gemeinsame Platte, keine Datenbank: Server, ein Bucket und ein signiertes Token, das sagt, was der nächste Schritt anfassen darf.',
}
