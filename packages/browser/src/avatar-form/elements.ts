const SVG = 'http://www.w3.org/2000/svg'

/** Attributes of an element. What is undefined is left out; `true` is an empty attribute. */
export type Attributes = Readonly<Record<string, string | number | true | undefined>>

type Child = Node | string

/**
 * An element with its attributes and children. Nothing is parsed, so a page may forbid inline styles and demand trusted
 * types.
 */
export function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name)
  setAttributes(element, attributes)
  element.append(...children)
  return element
}

/** Pictures of controls, drawn on 24 by 24 with a pen. */
const ICONS = {
  plus: 'M12 5v14M5 12h14',
  minus: 'M5 12h14',
  turnLeft: 'M4 5v5h5M4.600 10A8 8 0 1 1 4 13.500',
  turnRight: 'M20 5v5h-5M19.400 10A8 8 0 1 0 20 13.500',
  flipHorizontal: 'M12 3v18M9 7 3.500 17H9zM15 7l5.500 10H15z',
  flipVertical: 'M3 12h18M7 9 17 3.500V9zM7 15l10 5.500V15z',
  undo: 'M8 5 4 9l4 4M4 9h9.500a5.500 5.500 0 0 1 0 11H9',
  redo: 'm16 5 4 4-4 4M20 9h-9.500a5.500 5.500 0 0 0 0 11H15',
  check: 'm5 12.500 4.500 4.500L19 7.500',
  bin: 'M4.500 7h15M9.500 7V4.500h5V7M6.500 7l.8 12.500h9.400L17.500 7M10.200 10.500v6M13.800 10.500v6',
  picture: 'M4 5.500h16v13H4zM4 16l5-5 4 4 2.500-2.500L20 17M15.500 9.200h.01',
  camera: 'M4 8h3.500L9 5.500h6L16.500 8H20v11H4zM12 10a3.250 3.250 0 1 0 0 6.500 3.250 3.250 0 0 0 0-6.500',
  warning: 'M12 4 2.800 19.500h18.400zM12 10v4.500M12 17.200v.01',
} as const

export type IconName = keyof typeof ICONS

export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg')
  setAttributes(svg, { viewBox: '0 0 24 24', 'aria-hidden': 'true', class: 'icon' })
  const path = document.createElementNS(SVG, 'path')
  path.setAttribute('d', ICONS[name])
  svg.append(path)
  return svg
}

function setAttributes(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) element.setAttribute(name, value === true ? '' : String(value))
  }
}

/** Style sheets of a shadow root: made by a script, so that no inline style is needed. */
export function styled(root: ShadowRoot, ...sheets: readonly string[]): void {
  root.adoptedStyleSheets = sheets.map((text) => {
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(text)
    return sheet
  })
}
