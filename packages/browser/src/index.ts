export { DirectUploadError, type DirectUploadErrorDetails } from './upload-direct/direct-upload-error.js'
export { type UploadableFile, uploadDirect } from './upload-direct/upload-direct.js'
export type { ResumeStorage, UploadDirectOptions, UploadProgress, UploadWait } from './upload-direct/upload-options.js'
