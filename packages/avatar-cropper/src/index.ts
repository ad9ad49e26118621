export type { CropData } from '@bucket-brigade/images'
export { AvatarCropper } from './avatar-cropper.js'
export type { StepOptions } from './context.js'
export { type DrawnPicture, type DrawnSubject, drawPicture } from './default-picture.js'
export { CropperError, type CropperErrorCode, type CropperErrorDetails, type CropperErrorParameters } from './errors.js'
export { AVATAR_CHANNEL, type AvatarEvent, type ObservedStep } from './events.js'
export { english } from './messages/english.js'
export { german } from './messages/german.js'
export { type Catalogues, chooseMessages, type HttpCode, type Messages, messageOf } from './messages/messages.js'
export type { Avatar, AvatarList, AvatarSource } from './pointer/avatar.js'
export type { PointerWrites } from './pointer/write-rules.js'
export type { PresignedForm } from './session/presign-original.js'
export type { SessionStep, UploadedOriginal } from './session/session.js'
export type { UploadSource } from './session/upload-source.js'
export type {
  AcceptVerdict,
  BeforeAccept,
  HookOptions,
  OnSaved,
  ReceivedPicture,
  SavedAvatar,
} from './settings/hooks.js'
export { type AvatarLayout, defaultLayout, type FinalKeys, type FinalObject } from './settings/layout.js'
export type { CropperOptions, Leftover, UserLimits } from './settings/settings.js'
export type { ClaimedSession } from './steps/claim.js'
export type { CroppedAvatar } from './steps/crop.js'
export type { SessionState } from './steps/inspect.js'
export type { RemovedAvatars } from './steps/kept-avatars.js'
export type { AnnouncedFile, OfferedUpload } from './steps/offer.js'
export type { FormOptions, OfferedForm } from './steps/offer-form.js'
export type { UploadOptions } from './steps/upload.js'
export type {
  SweepFinding,
  SweepKind,
  SweepMode,
  SweepOptions,
  SweepProgress,
  SweepReport,
} from './sweep/sweep.js'
export { anonymous, type SessionUser } from './users/anonymous.js'
export { originalKey, pointerKey, temporaryPrefix, userSegment } from './users/names.js'
