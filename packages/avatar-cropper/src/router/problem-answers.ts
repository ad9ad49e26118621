import type { IncomingMessage } from 'node:http'
import { HttpProblem, type ProblemsOptions, problemOf, problems } from '@bucket-brigade/express'
import type { ErrorRequestHandler } from 'express'
import { CropperError, type CropperErrorParameters } from '../errors.js'
import { english } from '../messages/english.js'
import { type Catalogues, chooseMessages, messageOf } from '../messages/messages.js'
import { cropperProblem } from './cropper-problem.js'
import { type AvatarPages, problemPage } from './pages.js'

/** How refusals are told. */
export interface ProblemAnswerOptions {
  readonly pages?: AvatarPages | undefined
  /** What a refusal is called, in every language that there is; the first is for everybody else. Default: English. */
  readonly messages?: Catalogues | undefined
  /** Told of every refusal, before the answer. Default: writes what became a 5xx to stderr. */
  readonly onError?: ProblemsOptions['onError'] | undefined
  /** The page for a refusal, where a page is preferred. It must escape what it shows. Default: a plain one. */
  readonly renderProblem?: NonNullable<ProblemsOptions['renderHtml']> | undefined
}

/** Answers every refusal: the code for programs, the title for people in their language, the detail for developers. */
export function problemAnswers(options: ProblemAnswerOptions): ErrorRequestHandler {
  const { pages, onError, renderProblem } = options
  const renderHtml = renderProblem ?? (pages && problemPage(pages))
  return problems({
    map: (error, req) => titled(options.messages ?? [english], error, req),
    ...(onError ? { onError } : {}),
    ...(renderHtml ? { renderHtml } : {}),
  })
}

function titled(catalogues: Catalogues, error: unknown, req: IncomingMessage): HttpProblem {
  const problem = cropperProblem(error) ?? problemOf(error)
  const messages = chooseMessages(catalogues, req.headers['accept-language'])
  const title = messageOf(messages, problem.code, parametersOf(error, problem))
  if (title === undefined) return problem
  const { status, code, detail, extra, cause } = problem
  const headers = { ...problem.headers, 'Content-Language': messages.language }
  return new HttpProblem(status, code, detail, { title, headers, extra, cause })
}

/** A form that is too large is refused before the cropper sees it, with the limit in the answer. */
function parametersOf(error: unknown, { extra }: HttpProblem): CropperErrorParameters {
  if (CropperError.is(error)) return error.parameters
  return typeof extra.maxBytes === 'number' ? { maxBytes: extra.maxBytes } : {}
}
