import { describe, expect, test } from 'vitest'
import { html } from '../../src/plain/html.js'

describe('html', () => {
  test('escapes what it is given, in text as in attributes', () => {
    const name = `<b onclick='x'>"A" & B`
    expect(String(html`<p title="${name}">${name}</p>`)).toBe(
      '<p title="&#60;b onclick=&#39;x&#39;&#62;&#34;A&#34; &#38; B">&#60;b onclick=&#39;x&#39;&#62;&#34;A&#34; &#38; B</p>',
    )
  })

  test('takes templates as they are, several in a row, numbers, and nothing for undefined', () => {
    const items = ['<1>', '2'].map((text) => html`<li>${text}</li>`)
    expect(String(html`<ul>${items}</ul>${undefined}${0}`)).toBe('<ul><li>&#60;1&#62;</li><li>2</li></ul>0')
  })
})
