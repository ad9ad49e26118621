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
