export { type AvatarRouterOptions, avatarRouter, avatarSession } from './avatar-router.js'
export type { DefaultAddress, DefaultPicture, PictureOptions } from './current-picture.js'
export type { AvatarPages } from './pages.js'
export type { ProblemAnswerOptions } from './problem-answers.js'
