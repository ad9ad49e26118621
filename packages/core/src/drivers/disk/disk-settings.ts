import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { missingSettings } from '../../contract/missing-settings.js'
import type { BucketSettingsDriver } from '../../contract/settings-driver.js'
import type { BucketFolder } from './bucket-folder.js'
import { isErrno } from './disk-errors.js'
import { makeFolders } from './make-folders.js'

const ON_DISK = {
  cors: 'files are served by diskObjects(): name the origins there, diskObjects({ corsOrigins: ["https://www.example.com"] })',
  lifecycle: 'no rule removes files: sweep what is temporary from time to time',
  publicAccess: 'files are public as far as diskObjects() serves them: mount it only where they shall be',
  ownership:
    'files have no owners but in the operating system; access control lists are kept, and diskObjects() heeds them',
  location: 'a folder is in no region',
}

/** A bucket on disk can be made: it is a folder. All else is the application's own. */
export function diskSettings(folderOf: (bucket: string) => BucketFolder): BucketSettingsDriver {
  return {
    ...missingSettings(ON_DISK),
    createBucket: async (bucket) => {
      const { root } = folderOf(bucket)
      await makeFolders(dirname(root))
      try {
        await mkdir(root)
        return 'created'
      } catch (error) {
        if (isErrno(error, 'EEXIST')) return 'already-yours'
        throw error
      }
    },
  }
}
