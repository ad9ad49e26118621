import { HttpProblem } from '../problems/http-problem.js'

/** 413: `maxBytes` goes along for programs. */
export function tooLarge(maxBytes: number): HttpProblem {
  return new HttpProblem(
    413,
    'file-too-large',
    `Expected a file of at most ${maxBytes} bytes; this one is larger: choose a smaller one.`,
    { extra: { maxBytes } },
  )
}

/** 409: something must come first. */
export function outOfOrder(detail: string, cause?: unknown): HttpProblem {
  return new HttpProblem(409, 'step-out-of-order', detail, { cause })
}

/** 409: what lies at the upload's place is not what was uploaded. */
export function originalChanged(): HttpProblem {
  return new HttpProblem(
    409,
    'original-changed',
    'Another file has taken the place of this upload: upload the file again.',
  )
}

/** 400: fewer bytes than announced, so that it is another file. */
export function sizeDiffers(announced: number, came: number): HttpProblem {
  return new HttpProblem(
    400,
    'invalid-request',
    `Expected the ${announced} bytes that were announced; ${came} came: announce the size that the file has.`,
  )
}

/** 410: the upload is over. */
export function sessionExpired(cause?: unknown): HttpProblem {
  return new HttpProblem(
    410,
    'session-expired',
    'This upload is gone: it was aborted, or took too long. Begin again.',
    {
      cause,
    },
  )
}
