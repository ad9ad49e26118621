import { readFile } from 'node:fs/promises'
import ts from 'typescript'

export interface Snippet {
  readonly language: 'js' | 'ts'
  readonly code: string
}

const FENCE = /^```(?<language>js|ts|javascript|typescript|mjs)\n(?<code>.*?)^```$/gms

/** The fenced blocks of JavaScript and TypeScript in a Markdown file, as printed. */
export async function readSnippets(file: string): Promise<readonly Snippet[]> {
  return [...(await readFile(file, 'utf8')).matchAll(FENCE)].map(({ groups }) => ({
    language: groups?.language?.startsWith('t') ? 'ts' : 'js',
    code: groups?.code ?? '',
  }))
}

/** The first of them. */
export async function readFirstSnippet(file: string): Promise<Snippet> {
  const [first] = await readSnippets(file)
  if (!first) throw new Error(`${file} has no block of JavaScript or TypeScript`)
  return first
}

/** What Node runs: JavaScript as printed, TypeScript without its types. */
export function toJavaScript({ language, code }: Snippet): string {
  if (language === 'js') return code
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023, verbatimModuleSyntax: true }
  return ts.transpileModule(code, { compilerOptions }).outputText
}

/** A step of a guide: a file to be written, or commands to be typed. */
export type GuideStep =
  | { readonly kind: 'file'; readonly name: string; readonly content: string }
  | { readonly kind: 'commands'; readonly text: string }

const STEP = /^(?:\*\*`(?<name>[^`]+)`\*\*\n\n```\w+\n(?<content>.*?)|```sh\n(?<text>.*?))^```$/gms

/** What a reader of a guide does, in its order: files that are named in bold before their block, and blocks of shell. */
export async function readGuide(file: string): Promise<readonly GuideStep[]> {
  return [...(await readFile(file, 'utf8')).matchAll(STEP)].map(({ groups = {} }) => {
    const { name, content = '', text = '' } = groups
    return name === undefined ? { kind: 'commands', text } : { kind: 'file', name, content }
  })
}
