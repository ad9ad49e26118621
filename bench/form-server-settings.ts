/** What a contender is told on its command line. */
export interface FormServerSettings {
  readonly contender: 'bucket brigade' | 'multer-s3' | 'piped by hand'
  readonly bucket: string
  readonly endpoint: string
  readonly region: string
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
}

/** Where the contender that pipes by hand sends the body: its client has signed the address. */
export const TARGET_HEADER = 'x-target'
