/**
 * `npm run audit:files`: looks through every file that git knows for what must not be published: secrets, paths of one machine,
 * hosts of a registry, unfinished work, silenced checks. `node tools/audit.mjs <folder>` does so in another checkout.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, extname, join, resolve } from 'node:path'
import { ROOT } from './child.mjs'

const FOLDER = resolve(process.argv[2] ?? ROOT)
const CODE = /\.([cm]?[jt]s|jsonc?|html|css|php|sh|ya?ml)$/
const BINARY = new Set(['.png', '.jpg', '.jpeg', '.webp', '.avif', '.gif', '.ico', '.woff2'])

/**
 * The patterns are written so that they do not match themselves.
 *
 * @type {readonly { readonly finds: RegExp, readonly why: string, readonly files?: RegExp }[]}
 */
const RULES = [
  { finds: /\b(TO[D]O|FIX[M]E|X[X]X)\b/, why: 'unfinished work belongs in an issue', files: CODE },
  { finds: /@ts-(ignor[e]|nochec[k])/, why: 'the compiler must not be silenced', files: CODE },
  { finds: /@ts-expect-erro[r]/, why: 'the compiler must not be silenced', files: /\/src\// },
  { finds: /\b(biom[e]|eslin[t]|oxlin[t])-(ignore|disable)/, why: 'the linter must not be silenced', files: CODE },
  { finds: /\bas an[y]\b/, why: 'say the type', files: /\.[cm]?ts$/ },
  { finds: /\bAKIA(?!IOSFODNN7EXAMPLE)[0-9A-Z]{16}\b/, why: 'this looks like an AWS access key' },
  { finds: /-----BEGIN [A-Z ]*PRIVATE KEY-----/, why: 'this looks like a private key' },
  { finds: literal(FOLDER), why: 'this is the folder of one checkout' },
  { finds: literal(homedir()), why: 'this is the home of one person' },
  {
    finds: /"resolved": "https?:/,
    why: 'a lockfile names no registry: .npmrc leaves the host out',
    files: /lock\.json$/,
  },
]

/**
 * Matches a path as a whole; never anything for `/`, or for a folder at the root such as `/root`, which are nobody's in particular.
 *
 * @param {string} path
 */
function literal(path) {
  if (dirname(path) === '/' || path === '/') return /(?!)/
  return new RegExp(`${path.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\w.-])`)
}

/** @param {string} file */
function* findings(file) {
  const rules = RULES.filter(({ files }) => files === undefined || files.test(file))
  const lines = readFileSync(join(FOLDER, file), 'utf8').split('\n')
  for (const [index, line] of lines.entries()) {
    for (const { finds, why } of rules) {
      const match = finds.exec(line)
      if (match) yield `${file}:${index + 1}: ${JSON.stringify(match[0])}: ${why}`
    }
  }
}

const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  cwd: FOLDER,
  encoding: 'utf8',
})
  .split('\0')
  .filter((file) => file !== '' && !BINARY.has(extname(file)) && existsSync(join(FOLDER, file)))
const found = files.flatMap((file) => [...findings(file)])
for (const line of found) console.error(line)
console.log(`${files.length} files looked through, ${found.length} findings`)
process.exitCode = found.length === 0 ? 0 : 1
