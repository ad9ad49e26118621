import type { Messages } from './messages.js'

/** Words for every refusal, in German. */
export const german: Messages = {
  language: 'de',
  texts: {
    'invalid-request': 'In der Anfrage fehlt etwas, oder etwas stimmt nicht.',
    'crop-out-of-bounds': 'Der Ausschnitt ragt über das Bild hinaus. Bitte schieben Sie ihn zurück.',
    unauthenticated: 'Bitte melden Sie sich zuerst an.',
    'token-invalid': 'Dieser Vorgang lässt sich nicht fortsetzen. Bitte wählen Sie Ihr Bild noch einmal.',
    'token-expired': 'Die Zeit für diesen Vorgang ist abgelaufen. Bitte wählen Sie Ihr Bild noch einmal.',
    'token-user-mismatch': 'Diesen Vorgang hat jemand anderes begonnen. Bitte wählen Sie Ihr eigenes Bild.',
    'session-unclaimed': 'Dieses Bild gehört noch niemandem. Bitte melden Sie sich an, um es zu behalten.',
    'cross-origin': 'Diese Seite darf hier keine Avatare ändern.',
    forbidden: 'Das ist nicht erlaubt.',
    'not-found': 'Dieses Bild gibt es nicht.',
    'method-not-allowed': 'Das ist hier nicht möglich.',
    'step-out-of-order':
      'Dieser Schritt passt nicht. Bitte gehen Sie einen zurück, oder wählen Sie Ihr Bild noch einmal.',
    'original-changed': 'Das Bild wurde inzwischen ersetzt. Bitte wählen Sie es noch einmal.',
    'pointer-conflict': 'Ihr Avatar wurde im selben Moment woanders geändert. Bitte versuchen Sie es noch einmal.',
    'already-exists': 'Dieses Bild gibt es schon.',
    'session-expired': 'Das hochgeladene Bild ist nicht mehr da. Bitte wählen Sie es noch einmal.',
    'precondition-failed': 'Das Bild wurde inzwischen geändert. Bitte laden Sie die Seite neu.',
    'file-too-large': 'Diese Datei ist zu groß. Erlaubt sind höchstens {maxSize}.',
    'image-too-large': 'Dieses Bild hat zu viele Pixel. Bitte wählen Sie ein kleineres.',
    'request-too-large': 'Die Anfrage ist zu groß.',
    'image-unsupported':
      'Diese Art von Datei geht hier nicht. Bitte wählen Sie ein Bild als JPEG, PNG, WebP, AVIF oder GIF.',
    'unsupported-media-type': 'Die Anfrage hat eine Form, die hier niemand versteht.',
    'image-corrupt': 'Dieses Bild ist beschädigt. Bitte wählen Sie ein anderes.',
    refused: 'Dieses Bild ist hier nicht erlaubt. Bitte wählen Sie ein anderes.',
    'too-many-sessions':
      'Sie haben zu viele Bilder in Arbeit. Bitte schließen Sie eines ab, oder versuchen Sie es später.',
    'too-many-bytes': 'Ihre Bilder in Arbeit brauchen zu viel Platz. Bitte versuchen Sie es später noch einmal.',
    'request-timeout': 'Das Hochladen hat zu lange gedauert. Bitte versuchen Sie es noch einmal.',
    'request-aborted': 'Das Hochladen wurde unterbrochen. Bitte versuchen Sie es noch einmal.',
    integrity: 'Das Bild ist nicht so angekommen, wie es abgeschickt wurde. Bitte versuchen Sie es noch einmal.',
    'image-timeout': 'Der Server ist gerade beschäftigt. Bitte versuchen Sie es gleich noch einmal.',
    overloaded: 'Hier ist gerade zu viel zu tun. Bitte versuchen Sie es gleich noch einmal.',
    'hook-failed': 'Ein Teil dieser Seite ist gerade nicht erreichbar. Bitte versuchen Sie es gleich noch einmal.',
    'store-unavailable': 'Bilder lassen sich gerade nicht speichern. Bitte versuchen Sie es gleich noch einmal.',
    interrupted: 'Der Server wurde unterbrochen. Bitte versuchen Sie es noch einmal.',
    'internal-error': 'Der Server hat einen Fehler gemacht. Bitte versuchen Sie es später noch einmal.',
    'invalid-option': 'Der Server ist falsch eingerichtet.',
    'service-unsuitable': 'Der Server ist falsch eingerichtet.',
    'pointer-corrupt': 'Die Liste Ihrer Avatare ist nicht lesbar. Bitte wenden Sie sich an die Betreiber der Seite.',
  },
}
