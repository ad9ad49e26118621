export type * from './contract/driver.js'
export type * from './contract/settings-driver.js'
export { DriverError, StoreError, type StoreErrorCode, type StoreErrorContext, show } from './errors.js'
export { REQUEST_CHANNEL, type RequestEvent } from './events.js'
export { fileToKey, keyToFile, keyToRelativePath } from './keys/content-path.js'
export { encodeKey, parseKey, parsePrefix } from './keys/object-key.js'
export { type OpenDriverOptions, openDriver } from './open-driver.js'
export { DirectUploadTrial, type DirectUploadTrialOptions, type DirectWay } from './probe/direct-upload-trial.js'
export { probeCapabilities, probeConditionalWrites, probeDirectUploads } from './probe/probe.js'
export type * from './probe/report.js'
export type { SettingsChange } from './store/bucket-rules.js'
export { BucketSettings } from './store/bucket-settings.js'
export { BucketStore } from './store/bucket-store.js'
export type { KeyInput } from './store/key-input.js'
export type { ObjectListing } from './store/listing.js'
export { type LocalFile, openLocalFile, writeLocalFile } from './store/local-file.js'
export type { MultipartUpload } from './store/multipart-upload.js'
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
} from './store/options.js'
export type { ParallelOptions } from './transfer/in-parallel.js'
export type { UploadBody } from './transfer/upload-body.js'
export {
  type BrowserAccess,
  type BrowserAccessOptions,
  browserRule,
  setBrowserAccess,
} from './upkeep/browser-access.js'
export {
  type RenameOptions,
  type RenameProgress,
  type RenameReport,
  renameLeadingSlashKeys,
} from './upkeep/rename-leading-slash-keys.js'
export { readServiceClock, type ServiceClockLeftover, type ServiceClockOptions } from './upkeep/service-clock.js'
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
} from './upkeep/sweep.js'
export {
  expiryOf,
  expiryRules,
  setTemporaryExpiry,
  type TemporaryExpiry,
  type TemporaryExpiryOptions,
} from './upkeep/temporary-expiry.js'
export { type CacheOptions, cacheDriver } from './wrappers/cache-driver.js'
export { prefixDriver } from './wrappers/prefix-driver.js'
