import type { renderImage } from '@bucket-brigade/images'

/** Renders each picture once: the same recipe gives the same bytes, and a search asks for them a thousand times. */
export function rememberPictures(render: typeof renderImage): typeof renderImage {
  const rendered = new Map<string, ReturnType<typeof renderImage>>()
  return (source, recipe, limits) => {
    const known = JSON.stringify([source.toString(), recipe])
    const images = rendered.get(known) ?? render(source, recipe, limits)
    rendered.set(known, images)
    return images
  }
}
