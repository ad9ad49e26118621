import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT } from './run.js'

const LINK = /(?:\]\(|src=")([^)"\s]+)/g
const PAGES = execFileSync('git', ['ls-files', '*.md'], { cwd: ROOT, encoding: 'utf8' }).trim().split('\n')

/** What stands in code is no link of the page. */
function withoutCode(page: string): string {
  return page.replace(/^(`{3,}).*?^\1/gms, '').replace(/`[^`\n]*`/g, '')
}

/** What a link may point to inside a page: its headings, spelled as GitHub does. */
function anchorsOf(page: string): readonly string[] {
  return [...page.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

function isBroken(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? join(ROOT, page) : join(ROOT, dirname(page), path)
  if (!existsSync(target)) return true
  return anchor !== undefined && !anchorsOf(readFileSync(target, 'utf8')).includes(anchor)
}

describe('the pages of this repository', () => {
  it.each(PAGES)('lead nowhere in vain: %s', (page) => {
    const links = [...withoutCode(readFileSync(join(ROOT, page), 'utf8')).matchAll(LINK)].map(([, link = '']) => link)
    const inside = links.filter((link) => !/^[a-z]+:/.test(link))
    expect(inside.filter((link) => isBroken(page, link))).toEqual([])
  })
})
