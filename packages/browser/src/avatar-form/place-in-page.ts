/**
 * Tells an element from all others of its kind on the page, the same after a reload: by its id, or else by its number, in
 * the document or in the shadow root that it is in, which is told by its host's place.
 */
export function placeOf(element: Element): string {
  const root = element.getRootNode()
  const isShadow = root instanceof ShadowRoot
  const others = isShadow || root instanceof Document ? [...root.querySelectorAll(element.localName)] : []
  const place = element.id || `${element.localName} ${others.indexOf(element)}`
  return isShadow ? `${placeOf(root.host)} ${place}` : place
}
