/** What happened, and what to do now. */
export interface ProblemWords {
  readonly title: string
  readonly advice: string
}

/** Text in which every `{placeholder}` occurs: a translation that forgets one does not compile. */
export type Template<Placeholder extends string> = (
  Placeholder extends string
    ? (text: `${string}{${Placeholder}}${string}`) => void
    : never
) extends (text: infer Text) => void
  ? Text
  : never

/** Codes of refusals that people can do something particular about; all others share `otherwise`. */
export type ProblemCode =
  | 'unauthenticated'
  | 'file-too-large'
  | 'image-too-large'
  | 'image-unsupported'
  | 'image-corrupt'
  | 'refused'
  | 'crop-out-of-bounds'
  | 'token-expired'
  | 'session-expired'
  | 'token-invalid'
  | 'token-user-mismatch'
  | 'session-unclaimed'
  | 'step-out-of-order'
  | 'original-changed'
  | 'pointer-conflict'
  | 'not-found'
  | 'too-many-sessions'
  | 'too-many-bytes'
  | 'overloaded'
  | 'store-unavailable'
  | 'no-server'
  | 'offline'
  | 'preview-failed'
  | 'bucket-refused'
  | 'cors-blocked'
  | 'unreachable'
  | 'file-unreadable'

/** Words of the cropper. */
export interface CropMessages {
  readonly stage: string
  readonly stageRole: string
  readonly zoom: string
  readonly zoomIn: string
  readonly zoomOut: string
  readonly angle: string
  readonly turnLeft: string
  readonly turnRight: string
  readonly flipHorizontal: string
  readonly flipVertical: string
  readonly undo: string
  readonly redo: string
  readonly reset: string
  readonly tools: string
  readonly samples: string
  readonly keyMove: string
  readonly keyZoom: string
  readonly keyTurn: string
  readonly keyAngle: string
  readonly keyFlip: string
  /** What a mouse that scrolls over the picture is told. */
  readonly wheelHint: string
  /** All keys of the stage, in sentences. */
  readonly keysInWords: string
}

/** Words of the form, step by step. */
export interface FormMessages {
  readonly label: string
  readonly stepChoose: string
  readonly stepCrop: string
  readonly stepSave: string
  /** The name of a step that is done. */
  readonly stepDone: Template<'step'>
  readonly chooseTitle: string
  readonly choose: string
  readonly camera: string
  readonly dropHint: string
  readonly limits: Template<'size'>
  readonly sendTitle: string
  readonly sendProgress: string
  readonly sentSoFar: Template<'sent' | 'total'>
  readonly sentAll: string
  readonly pasted: string
  readonly chosenPicture: string
  readonly cancel: string
  readonly cancelled: string
  /** Where an upload did not arrive. */
  readonly notSent: string
  readonly tryAgain: string
  readonly cropTitle: string
  readonly back: string
  readonly crop: string
  readonly cropNow: string
  readonly saveTitle: string
  readonly saveNow: string
  readonly cropped: Template<'width' | 'height'>
  /** Of a crop with fewer pixels than are shown. */
  readonly small: string
  readonly cropAgain: string
  readonly save: string
  readonly doneTitle: string
  /** Of the saved picture while it is the current one; else `keptWords`. */
  readonly doneWords: string
  readonly keptWords: string
  readonly sizes: string
  readonly pixels: Template<'edge'>
  readonly another: string
  readonly savedPicture: string
}

/** Words of the pictures that were saved before. */
export interface EarlierMessages {
  readonly title: string
  readonly none: string
  readonly use: Template<'date'>
  readonly inUse: Template<'date'>
  readonly remove: Template<'date'>
  readonly chosen: string
  readonly removed: string
  readonly removeTitle: string
  readonly removeWarning: string
  readonly keep: string
  readonly removeGo: string
}

/** Everything that the elements say, in one language. To translate: copy `english`, and give every text another. */
export interface Messages {
  /** As in `lang`: `en`, `de`, `pt-BR`. Numbers, dates and sizes follow it. */
  readonly language: string
  readonly direction: 'ltr' | 'rtl'
  readonly crop: CropMessages
  readonly form: FormMessages
  readonly earlier: EarlierMessages
  readonly problems: Readonly<Record<ProblemCode | 'otherwise', ProblemWords>>
  /**
   * Words for the site's own reasons to refuse a picture (`beforeAccept` of the avatar cropper), by reason. Default: the
   * server's title, where it is in this language; else the words for `refused`.
   */
  readonly refusals?: Readonly<Record<string, ProblemWords>> | undefined
  readonly details: string
  readonly request: Template<'id'>
  readonly fileSize: Template<'size'>
  /** The advice while a step waits to be repeated; the time comes with its unit. */
  readonly goesOnIn: Template<'time'>
  /** The advice while an upload waits for the network. */
  readonly goesOnOnline: string
  readonly close: string
}

/** Puts values where the placeholders are; numbers as the language writes them. */
export function fill(
  template: string,
  values: Readonly<Record<string, string | number>>,
  { language }: Pick<Messages, 'language'>,
): string {
  const numbers = new Intl.NumberFormat(language)
  return template.replace(/\{(\w+)\}/g, (placeholder, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    return typeof value === 'number' ? numbers.format(value) : (value ?? placeholder)
  })
}

/** `3.1 MB`, in the units that files are sold in, as the language writes them. */
export function sizeText(bytes: number, { language }: Pick<Messages, 'language'>): string {
  const [unit, divisor, digits] =
    bytes < 1000
      ? (['byte', 1, 0] as const)
      : bytes < 999_500
        ? (['kilobyte', 1e3, 0] as const)
        : (['megabyte', 1e6, 1] as const)
  const unitDisplay = unit === 'byte' ? 'long' : 'short'
  return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay, maximumFractionDigits: digits }).format(
    bytes / divisor,
  )
}

/**
 * Moments, for people, no two alike: day and time, to the second where two of them were in the same minute, counted where they were in the
 * same second.
 */
export function dateTexts(moments: readonly string[], { language }: Pick<Messages, 'language'>): readonly string[] {
  const say = (timeStyle: 'short' | 'medium') => {
    const format = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle })
    return moments.map((iso) => format.format(new Date(iso)))
  }
  const [short, exact] = [say('short'), say('medium')]
  const texts = short.map((text, index) =>
    short.indexOf(text) === short.lastIndexOf(text) ? text : (exact[index] ?? text),
  )
  const numbers = new Intl.NumberFormat(language)
  return texts.map((text, index) => {
    const before = texts.slice(0, index).filter((other) => other === text).length
    return before === 0 ? text : `${text} (${numbers.format(before + 1)})`
  })
}

/** `5 seconds`, as the language writes them. */
export function secondsText(seconds: number, { language }: Pick<Messages, 'language'>): string {
  return new Intl.NumberFormat(language, { style: 'unit', unit: 'second', unitDisplay: 'long' }).format(seconds)
}
