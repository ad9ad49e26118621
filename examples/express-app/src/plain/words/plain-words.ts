import type { Place, Size, Turn } from '../square.js'

/** Everything that the pages without scripts say, in one language. Refusals are in the messages of the cropper. */
export interface PlainWords {
  readonly title: {
    readonly welcome: string
    readonly choose: string
    readonly crop: string
    readonly save: string
    readonly picture: string
    readonly noPicture: string
    readonly remove: string
    readonly refused: string
    readonly signUp: string
    readonly signUpSave: string
  }
  readonly frame: {
    readonly steps: string
    readonly step: Readonly<Record<'choose' | 'crop' | 'save', string>>
    /** What follows the name of a step that is done, for those who hear the page. */
    readonly done: string
    readonly signedInAs: string
    readonly signOut: string
    readonly foot: (server: string) => string
  }
  readonly signIn: {
    readonly heading: string
    readonly hint: string
    readonly name: string
    readonly start: string
    readonly signUp: string
  }
  readonly signUp: { readonly hint: string; readonly name: string; readonly submit: string }
  readonly upload: {
    readonly picture: string
    /** @param size In words, such as `20 MB`. */
    readonly hint: (size: string) => string
    /** Where the file goes to the bucket, which refuses in words of its own: for how long it can, and what to do then. */
    readonly direct: (minutes: string, size: string) => string
    readonly anew: string
    readonly submit: string
  }
  readonly crop: {
    readonly marked: string
    readonly uploaded: string
    readonly where: string
    readonly place: Readonly<Record<Place, string>>
    readonly howMuch: string
    readonly size: Readonly<Record<Size, string>>
    readonly wayUp: string
    readonly turn: Readonly<Record<Turn, string>>
    readonly mirror: string
    readonly mirrored: Readonly<Record<'none' | 'across' | 'down', string>>
    readonly numbers: string
    readonly x: string
    readonly y: string
    readonly width: string
    readonly height: string
    readonly numbersHint: (width: string, height: string) => string
    readonly back: string
    readonly submit: string
  }
  readonly save: { readonly cropped: string; readonly hint: string; readonly again: string; readonly submit: string }
  readonly pictures: {
    readonly heading: string
    readonly none: string
    readonly choose: string
    readonly another: string
    readonly now: string
    readonly seen: string
    readonly sizes: string
    readonly number: (number: string) => string
    readonly saved: string
    readonly use: string
    readonly remove: string
  }
  readonly remove: {
    readonly picture: string
    readonly warning: string
    readonly keep: string
    readonly submit: string
  }
  readonly refused: {
    readonly details: string
    readonly pictures: string
    /** What people may enter that cannot be used. */
    readonly mistakes: { readonly notSquare: string; readonly user: string }
    readonly again: string
    readonly cropAgain: string
    readonly signIn: string
    readonly choose: string
  }
}
