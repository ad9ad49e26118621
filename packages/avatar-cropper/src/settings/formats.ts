import { OUTPUT_FORMATS, type OutputFormat } from '@bucket-brigade/images'

/** What `format` may be. `auto` is JPEG, or PNG where there is transparency. */
export const FORMATS: readonly ('auto' | OutputFormat)[] = ['auto', ...OUTPUT_FORMATS]
