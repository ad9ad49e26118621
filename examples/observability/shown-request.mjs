/** @typedef {import('node:http').IncomingMessage} IncomingMessage */

/**
 * The path of a request as it may be kept: without the query, which may be signed, and without what follows in addresses
 * of pictures, which is whose they are.
 *
 * @param {IncomingMessage} req
 */
export function shownPath({ url = '' }) {
  const [path = ''] = url.split('?', 1)
  return path.replace(/(\/of\/|\/objects\/[^/]+\/[^/]+\/).+/, '$1…')
}

/**
 * Whether it is asked by a machine, twice a second.
 *
 * @param {IncomingMessage} req
 */
export function isAboutHealth({ url }) {
  return url === '/healthz' || url === '/readyz'
}
