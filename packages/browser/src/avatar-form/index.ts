/**
 * `<avatar-form>` and `<avatar-crop>` as custom elements. Importing this module defines both.
 *
 * @module avatar-form
 */
import { AvatarCrop } from './avatar-crop.js'
import { AvatarForm } from './avatar-form.js'
import type { AvatarFormEvents } from './form-events.js'

export { AvatarCrop, type LoadOptions } from './avatar-crop.js'
export { AvatarForm } from './avatar-form.js'
export type { Avatar } from './avatar-routes.js'
export type { AvatarFormEvents, AvatarStepDetail } from './form-events.js'
export type { CropData, Size } from './geometry.js'
export { arabic } from './messages/arabic.js'
export { english } from './messages/english.js'
export { german } from './messages/german.js'
export type {
  CropMessages,
  EarlierMessages,
  FormMessages,
  Messages,
  ProblemCode,
  ProblemWords,
  Template,
} from './messages/messages.js'
export type { Problem } from './problem.js'

declare global {
  interface HTMLElementTagNameMap {
    'avatar-crop': AvatarCrop
    'avatar-form': AvatarForm
  }

  interface HTMLElementEventMap extends AvatarFormEvents {}
}

// A page may load this module twice, from two addresses.
if (!customElements.get('avatar-crop')) customElements.define('avatar-crop', AvatarCrop)
if (!customElements.get('avatar-form')) customElements.define('avatar-form', AvatarForm)
