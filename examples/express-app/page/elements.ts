/**
 * An element of the page, of the expected kind.
 *
 * @throws Error where `index.html` lacks it
 */
export function element<T extends Element>(id: string, kind: new () => T): T {
  const found = document.getElementById(id)
  if (found instanceof kind) return found
  throw new Error(`expected #${id} to be a ${kind.name}; found ${found?.constructor.name ?? 'nothing'}`)
}

/** A copy of what a `<template>` holds: its one element. */
export function fromTemplate(id: string): HTMLElement {
  const { content } = element(id, HTMLTemplateElement)
  const [copy] = [...content.cloneNode(true).childNodes].filter((node) => node instanceof HTMLElement)
  if (copy) return copy
  throw new Error(`expected an element in the template #${id}; found none`)
}

/** The one element below `root` that carries `data-part`. */
export function part<T extends Element>(root: ParentNode, name: string, kind: new () => T): T {
  const found = root.querySelector(`[data-part="${name}"]`)
  if (found instanceof kind) return found
  throw new Error(`expected a ${kind.name} with data-part="${name}"; found ${found?.constructor.name ?? 'nothing'}`)
}
