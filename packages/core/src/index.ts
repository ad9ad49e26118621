export {
  type BrowserAccess,
  type BrowserAccessOptions,
  browserRule,
  setBrowserAccess,
} from './browser-access.js'
export type { SettingsChange } from './bucket-rules.js'
export { BucketSettings } from './bucket-settings.js'
export { BucketStore } from './bucket-store.js'
export { type CacheOptions, cacheDriver } from './cache-driver.js'
export { fileToKey, keyToFile, keyToRelativePath } from './content-path.js'
export { DirectUploadTrial, type DirectUploadTrialOptions, type DirectWay } from './direct-upload-trial.js'
export type * from './driver.js'
export { DriverError, StoreError, type StoreErrorCode, type StoreErrorContext, show } from './errors.js'
export { REQUEST_CHANNEL, type RequestEvent } from './events.js'
export type { ParallelOptions } from './in-parallel.js'
export type { KeyInput } from './key-input.js'
export type { ObjectListing } from './listing.js'
export { type LocalFile, openLocalFile, writeLocalFile } from './local-file.js'
export type { MultipartUpload } from './multipart-upload.js'
export { encodeKey, parseKey, parsePrefix } from './object-key.js'
export { type OpenDriverOptions, openDriver } from './open-driver.js'
export type {
  AddressOptions,
  CopyOptions,
  CopyPrefixOptions,
  DeleteOptions,
  DownloadOptions,
  GetOptions,
  HeadOptions,
  ListOptions,
  MovePrefixOptions,
  MultipartOptions,
  PrefixOptions,
  PrefixProgress,
  PresignPartOptions,
  PresignUploadOptions,
  PublicUrlOptions,
  PutOptions,
  SignedUrlOptions,
} from './options.js'
export { prefixDriver } from './prefix-driver.js'
export type * from './probe/report.js'
export { probeCapabilities, probeConditionalWrites, probeDirectUploads } from './probe.js'
export {
  type RenameOptions,
  type RenameProgress,
  type RenameReport,
  renameLeadingSlashKeys,
} from './rename-leading-slash-keys.js'
export { readServiceClock, type ServiceClockLeftover, type ServiceClockOptions } from './service-clock.js'
export type * from './settings-driver.js'
export {
  type NothingSwept,
  type SweepFinding,
  type SweepMode,
  type SweepOptions,
  type SweepPlace,
  type SweepPlan,
  type SweepProgress,
  type SweepReport,
  type SweptObjects,
  type SweptPrefix,
  type SweptUploads,
  sweep,
  type TemporaryKind,
} from './sweep.js'
export {
  expiryOf,
  expiryRules,
  setTemporaryExpiry,
  type TemporaryExpiry,
  type TemporaryExpiryOptions,
} from './temporary-expiry.js'
export type { UploadBody } from './upload-body.js'
