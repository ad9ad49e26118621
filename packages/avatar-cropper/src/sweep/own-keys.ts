const SEGMENT = '(?:[A-Za-z0-9_-]{1,64}|~[0-9a-f]{32}|~anonymous)'
const SESSION_FILE = '(?:original|claim|crop-[0-9a-f]{32}\\.(?:jpg|png|webp|avif))'

const TEMPORARY = new RegExp(
  `^tmp/(?:avatars/${SEGMENT}/[0-9a-f]{32}/${SESSION_FILE}|probe/[0-9a-f]{32}/[a-z-]{1,32}|sweep/[0-9a-f]{32})$`,
)
const ORIGINAL = new RegExp(`^tmp/avatars/${SEGMENT}/[0-9a-f]{32}/original$`)

/** Every key below `tmp/` of this package, its probe included, and no other: what else lies there is somebody else's. */
export function isOwnTemporary(key: string): boolean {
  return TEMPORARY.test(key)
}

/** What may be uploaded in parts. */
export function isOwnOriginal(key: string): boolean {
  return ORIGINAL.test(key)
}
