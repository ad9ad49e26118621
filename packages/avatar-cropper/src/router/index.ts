export { type AvatarRouterOptions, avatarRouter, avatarSession, type DefaultPicture } from './avatar-router.js'
export type { AvatarPages } from './pages.js'
