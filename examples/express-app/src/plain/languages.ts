import type { IncomingMessage } from 'node:http'
import {
  type Catalogues,
  CropperError,
  chooseMessages,
  english,
  german,
  type Messages,
  messageOf,
} from '@bucket-brigade/avatar-cropper'
import { cropperProblem } from '@bucket-brigade/avatar-cropper/router'
import { HttpProblem, problemOf } from '@bucket-brigade/express'
import type { PageLanguage } from '../settings.js'
import { englishWords } from './words/english.js'
import { germanWords } from './words/german.js'
import type { PlainWords } from './words/plain-words.js'

/** What one language says: the pages, and the refusals of the cropper with those of this application. */
export interface Language {
  readonly words: PlainWords
  readonly messages: Messages
}

const LANGUAGES: Readonly<Record<PageLanguage, Language>> = {
  en: {
    words: englishWords,
    messages: {
      ...english,
      refusals: { 'too-narrow': 'This picture is a strip. Please choose one that is less long and narrow.' },
    },
  },
  de: {
    words: germanWords,
    messages: {
      ...german,
      refusals: { 'too-narrow': 'Dieses Bild ist ein Streifen. Bitte wählen Sie eines, das nicht so schmal ist.' },
    },
  },
}

/** Chooses, for each request, the language that its browser asks for. */
export class Languages {
  /** The texts of the cropper, as its router takes them. */
  readonly messages: Catalogues
  readonly #languages: readonly Language[]

  /** @param first For browsers that ask for none that there is. */
  constructor(first: PageLanguage) {
    const others = Object.values(LANGUAGES).filter((language) => language !== LANGUAGES[first])
    this.#languages = [LANGUAGES[first], ...others]
    this.messages = [LANGUAGES[first].messages, ...others.map(({ messages }) => messages)]
  }

  of(req: IncomingMessage): Language {
    const chosen = chooseMessages(this.messages, req.headers['accept-language'])
    return this.#languages.find(({ messages }) => messages === chosen) ?? LANGUAGES.en
  }

  /** Any error as the refusal that a person can read; as the avatar router does for its own. */
  readonly problem = (error: unknown, req: IncomingMessage): HttpProblem => {
    const problem = cropperProblem(error) ?? problemOf(error)
    const { messages } = this.of(req)
    const { status, code, detail, extra, cause } = problem
    const parameters = CropperError.is(error) ? error.parameters : {}
    const title = messageOf(messages, code, parameters)
    if (title === undefined) return problem
    const headers = { ...problem.headers, 'Content-Language': messages.language }
    return new HttpProblem(status, code, detail, { title, headers, extra, cause })
  }
}
