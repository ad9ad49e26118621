import { readFile } from 'node:fs/promises'
import ts from 'typescript'

export interface Snippet {
  readonly language: 'js' | 'ts'
  readonly code: string
}

const FENCE = /^```(?<language>js|ts|javascript|typescript|mjs)\n(?<code>.*?)^```$/ms

/** The first fenced block of JavaScript or TypeScript in a Markdown file, as printed. */
export async function readFirstSnippet(file: string): Promise<Snippet> {
  const { language, code } = FENCE.exec(await readFile(file, 'utf8'))?.groups ?? {}
  if (language === undefined || code === undefined) throw new Error(`${file} has no block of JavaScript or TypeScript`)
  return { language: language.startsWith('t') ? 'ts' : 'js', code }
}

/** What Node runs: JavaScript as printed, TypeScript without its types. */
export function toJavaScript({ language, code }: Snippet): string {
  if (language === 'js') return code
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023, verbatimModuleSyntax: true }
  return ts.transpileModule(code, { compilerOptions }).outputText
}
