import { Server } from 'node:http'

/**
 * Puts `watch` in front of every HTTP server of this process, so that the example is watched without a change to it.
 * An application of your own has `app.use(watch)` for that.
 *
 * @param {(
 *   req: import('node:http').IncomingMessage,
 *   res: import('node:http').ServerResponse,
 *   next: () => void,
 * ) => void} watch
 */
export function putInFront(watch) {
  const { emit } = Server.prototype
  /** @type {(this: Server, event: string, ...details: unknown[]) => boolean} */
  Server.prototype.emit = function (event, ...details) {
    const [req, res] = details
    const goOn = () => Reflect.apply(emit, this, [event, ...details])
    if (event !== 'request') return goOn()
    watch(
      /** @type {import('node:http').IncomingMessage} */ (req),
      /** @type {import('node:http').ServerResponse} */ (res),
      goOn,
    )
    return true
  }
}
