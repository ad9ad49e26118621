import type { Attack } from '../attack.js'
import { filePart, form, type Part, rawForm, textPart } from './requests.js'

const UPLOAD = '/avatars'
const NOT_A_PICTURE = 'not a picture, but long enough to be taken for one'
const DISPOSITION = 'Content-Disposition: form-data; name="file"; filename="me.jpg"'

/** A form of these parts, and the code that it is refused with. */
function parts(what: string, content: readonly Part[], code = 'invalid-request', status = 400): Attack {
  return { what, request: ({ attacker }) => form(UPLOAD, content, attacker.cookie), status, code }
}

/** A body as it stands, with `{B}` for the boundary. */
function raw(what: string, body: string): Attack {
  return {
    what,
    request: ({ attacker }) => rawForm(UPLOAD, body, attacker.cookie),
    status: 400,
    code: 'invalid-request',
  }
}

/** Content types whose boundary is none. */
function boundary(what: string, type: string, status = 400): Attack {
  return {
    what,
    request: ({ attacker }) => form(UPLOAD, [filePart(NOT_A_PICTURE)], attacker.cookie, { 'Content-Type': type }),
    status,
  }
}

const AMOUNTS: readonly Attack[] = [
  parts('5000 parts with text', [
    ...Array.from({ length: 5000 }, (_, i) => textPart(`f${i}`)),
    filePart(NOT_A_PICTURE),
  ]),
  parts(
    '5000 files',
    Array.from({ length: 5000 }, (_, i) => filePart('', { name: `f${i}` })),
  ),
  parts(
    '5000 parts without a head',
    Array.from({ length: 5000 }, () => ({ head: [], content: '' })),
  ),
  parts('one field 500 times', [...Array.from({ length: 500 }, () => textPart('a')), filePart(NOT_A_PICTURE)]),
  parts('a field of 2 MB', [textPart('a', 'x'.repeat(2_000_000)), filePart(NOT_A_PICTURE)]),
  parts('a field name of 70 KB', [textPart('n'.repeat(70_000)), filePart(NOT_A_PICTURE)]),
  parts('a file name of 70 KB', [filePart(NOT_A_PICTURE, { filename: 'n'.repeat(70_000) })]),
  parts('5000 headers of one part', [
    { head: [DISPOSITION, ...Array.from({ length: 5000 }, (_, i) => `X-${i}: y`)], content: NOT_A_PICTURE },
  ]),
  parts('a header of 100 KB in a part', [{ head: [DISPOSITION, `X-A: ${'y'.repeat(100_000)}`], content: '' }]),
  {
    what: 'a file of 21 MB, where 20 MB are taken',
    request: ({ attacker }) => form(UPLOAD, [filePart(Buffer.alloc(21 * 1024 * 1024, 0xff))], attacker.cookie),
    status: 413,
    code: 'file-too-large',
  },
  {
    what: 'a file that announces 100 TB',
    request: ({ attacker }) =>
      form(UPLOAD, [textPart('file_size', '109951162777600'), filePart(NOT_A_PICTURE)], attacker.cookie),
    status: [400, 413],
  },
  parts('a file that announces less than nothing', [textPart('file_size', '-1'), filePart(NOT_A_PICTURE)]),
]

const NAMES: readonly Attack[] = [
  ...['__proto__', 'constructor', 'prototype', 'a[b]', 'a[b][c][d]', 'a[__proto__][x]', 'a[]', '[', 'a\u0000b', ''].map(
    (name) => parts(`a field named ${JSON.stringify(name)}`, [textPart(name), filePart(NOT_A_PICTURE)]),
  ),
  parts('a name with 5000 brackets', [textPart(`a${'[b]'.repeat(5000)}`), filePart(NOT_A_PICTURE)]),
  parts('a file named __proto__', [filePart(NOT_A_PICTURE, { name: '__proto__' })]),
  parts('a file in a field of brackets', [filePart(NOT_A_PICTURE, { name: 'file[0][__proto__]' })]),
  parts('a file without a name of its field', [
    { head: ['Content-Disposition: form-data; filename="me.jpg"'], content: NOT_A_PICTURE },
  ]),
]

/** The classes of published holes in busboy, dicer, multer, multiparty and formidable. */
const MALFORMED: readonly Attack[] = [
  raw(
    'a header that begins with a space (CVE-2022-24434)',
    '--{B}\r\n Content-Disposition: form-data; name="a"\r\n\r\n\r\n--{B}--',
  ),
  raw('a part without any header (CVE-2022-24434)', '--{B}\r\n\r\n\r\n--{B}--\r\n'),
  raw(
    'an empty field name (CVE-2025-48997)',
    '--{B}\r\nContent-Disposition: form-data; name=""; filename="a"\r\n\r\nx\r\n--{B}--\r\n',
  ),
  raw('no boundary in the body (CVE-2025-47944)', 'nothing of a form'),
  raw('an empty body (CVE-2025-47944)', ''),
  raw('the closing boundary alone (CVE-2025-7338)', '--{B}--\r\n'),
  raw('a first part that never ends (CVE-2026-2359)', `--{B}\r\n${DISPOSITION}\r\n\r\nhalf of a fi`),
  raw('a head that never ends (CVE-2026-3304)', `--{B}\r\n${DISPOSITION}\r\nX-Half: `),
  raw(
    'nested names (CVE-2026-5079)',
    `--{B}\r\nContent-Disposition: form-data; name="a${'[x]'.repeat(200)}"\r\n\r\n1\r\n--{B}--\r\n`,
  ),
  raw(
    'a file name that takes a parser long (CVE-2026-8159)',
    `--{B}\r\nContent-Disposition: form-data; name="file"; filename="${'\\"'.repeat(20_000)}\r\n\r\nx\r\n--{B}--\r\n`,
  ),
  raw(
    'an encoded file name that is none (CVE-2026-8162)',
    '--{B}\r\nContent-Disposition: form-data; name="file"; filename*=utf-8\'%E0%A4%A\r\n\r\nx\r\n--{B}--\r\n',
  ),
  raw('a part that is not form-data', '--{B}\r\nContent-Disposition: attachment; filename="a"\r\n\r\nx\r\n--{B}--\r\n'),
  raw('two dispositions of one part', `--{B}\r\n${DISPOSITION}\r\n${DISPOSITION}\r\n\r\nx\r\n--{B}\r\n`),
  raw(
    'a form in a form',
    `--{B}\r\nContent-Disposition: form-data; name="f"\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n--{B}--\r\n`,
  ),
  raw('line ends without CR', `--{B}\n${DISPOSITION}\n\nx\n--{B}--\n`),
  raw('bytes behind the last boundary', `--{B}\r\n${DISPOSITION}\r\n\r\nx\r\n--{B}--\r\nGET / HTTP/1.1\r\n\r\n`),
  raw('a header of bytes that are no text', '--{B}\r\n\xff\xfe\x00\r\n\r\nx\r\n--{B}--\r\n'),
  raw('a thousand beginnings of a boundary', `--{B}\r\n${DISPOSITION}\r\n\r\n${'\r\n--{'.repeat(1000)}`),
]

const BOUNDARIES: readonly Attack[] = [
  boundary('no boundary', 'multipart/form-data'),
  boundary('an empty boundary', 'multipart/form-data; boundary='),
  boundary('an empty boundary in quotes', 'multipart/form-data; boundary=""'),
  boundary('two boundaries', 'multipart/form-data; boundary=a; boundary=b'),
  boundary('a boundary of 4000 characters', `multipart/form-data; boundary=${'b'.repeat(4000)}`),
  boundary('a boundary of signs that are none', 'multipart/form-data; boundary="a\\"b"'),
  boundary('another kind of multipart', 'multipart/mixed; boundary=b', 415),
  boundary('JSON where a form is due', 'application/json', 415),
  boundary('a form without files', 'application/x-www-form-urlencoded', 415),
  boundary('a type that is none', ';;;=', 415),
  {
    what: 'a form that says it is packed',
    request: ({ attacker }) => form(UPLOAD, [filePart('x')], attacker.cookie, { 'Content-Encoding': 'gzip' }),
    status: 415,
  },
]

/** The form that the bucket takes itself, on disk: fields before the signature is known. */
const BUCKET_FORMS: readonly Attack[] = [
  {
    what: 'the form of the bucket without a policy',
    request: () => form('/objects/avatars', [textPart('key', 'uploads/x.html'), filePart('x')], ''),
    status: 403,
    code: 'permission-denied',
  },
  {
    what: 'the form of the bucket with an empty policy',
    request: () =>
      form(
        '/objects/avatars',
        [
          textPart('key', '../../treasure.txt'),
          textPart('policy', 'e30='),
          textPart('x-brigade-signature', '00'),
          filePart('x'),
        ],
        '',
      ),
    status: 403,
    code: 'permission-denied',
  },
  {
    what: 'the form of the bucket with 5000 fields',
    request: () =>
      form('/objects/avatars', [...Array.from({ length: 5000 }, (_, i) => textPart(`f${i}`)), filePart('x')], ''),
    status: 400,
    code: 'invalid-request',
  },
]

export const FORMS: readonly Attack[] = [...AMOUNTS, ...NAMES, ...MALFORMED, ...BOUNDARIES, ...BUCKET_FORMS]
