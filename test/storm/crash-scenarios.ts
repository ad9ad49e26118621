import type { CrashPoint, StepCall } from './crash-servers.js'

/** Runs a step where nobody crashes. */
export type Run = (step: string, ...args: readonly unknown[]) => Promise<unknown>

/** A step that is tried at every crash point. */
export interface Scenario {
  readonly name: string
  /** Does what comes before, and gives the step. */
  readonly prepare: (run: Run, user: string, picture: string) => Promise<StepCall>
  /** A repeat opens another session: what two of them leave differs by their names. */
  readonly namesDiffer?: true
}

const SQUARE = { x: 0, y: 0, width: 40, height: 40 }
const OTHER_SQUARE = { x: 30, y: 10, width: 30, height: 30 }

const uploaded = async (run: Run, user: string | null, picture: string) =>
  (await run('upload', user, picture)) as { readonly token: string }

const cropped = async (run: Run, user: string, picture: string, crop: object = SQUARE) =>
  (await run('crop', (await uploaded(run, user, picture)).token, crop)) as { readonly token: string }

const saved = async (run: Run, user: string, picture: string, crop: object = SQUARE) =>
  (await run('save', (await cropped(run, user, picture, crop)).token)) as { readonly id: string }

/** The ids of an earlier avatar, and of the current one. */
async function savedTwo(run: Run, user: string, picture: string): Promise<readonly string[]> {
  const avatars = [await saved(run, user, picture), await saved(run, user, picture, OTHER_SQUARE)]
  return avatars.map(({ id }) => id)
}

export const SCENARIOS: readonly Scenario[] = [
  { name: 'upload', prepare: async (_run, ...args) => ({ step: 'upload', args }), namesDiffer: true },
  { name: 'upload of a stream', prepare: async (_run, ...args) => ({ step: 'uploadStream', args }), namesDiffer: true },
  {
    name: 'upload of a stream whose length nobody knows',
    prepare: async (_run, ...args) => ({ step: 'uploadUnannounced', args }),
    namesDiffer: true,
  },
  { name: 'upload in parts', prepare: async (_run, ...args) => ({ step: 'uploadInParts', args }), namesDiffer: true },
  {
    name: 'accept',
    prepare: async (run, user, picture) => {
      const { token } = (await run('offerAndSend', user, picture)) as { readonly token: string }
      return { step: 'accept', args: [token] }
    },
  },
  {
    name: 'crop',
    prepare: async (run, user, picture) => ({
      step: 'crop',
      args: [(await uploaded(run, user, picture)).token, SQUARE],
    }),
  },
  {
    name: 'save',
    prepare: async (run, user, picture) => ({ step: 'save', args: [(await cropped(run, user, picture)).token] }),
  },
  {
    name: 'save of a second avatar',
    prepare: async (run, user, picture) => {
      await saved(run, user, picture)
      return { step: 'save', args: [(await cropped(run, user, picture, OTHER_SQUARE)).token] }
    },
  },
  {
    name: 'claim',
    prepare: async (run, user, picture) => {
      const { token } = await uploaded(run, null, picture)
      return { step: 'claim', args: [token, user] }
    },
  },
  {
    name: 'select',
    prepare: async (run, user, picture) => ({ step: 'select', args: [user, (await savedTwo(run, user, picture))[0]] }),
  },
  {
    name: 'remove',
    prepare: async (run, user, picture) => ({ step: 'remove', args: [user, (await savedTwo(run, user, picture))[1]] }),
  },
  {
    name: 'prune',
    prepare: async (run, user, picture) => {
      await savedTwo(run, user, picture)
      return { step: 'prune', args: [user, 0] }
    },
  },
  {
    name: 'forget',
    prepare: async (run, user, picture) => {
      const { token } = await uploaded(run, null, picture)
      await run('claim', token, user)
      await saved(run, user, picture)
      return { step: 'forget', args: [user] }
    },
  },
]

/** Before and after each of so many requests. */
export function everyPoint(requests: number): readonly CrashPoint[] {
  const numbers = Array.from({ length: requests }, (_, index) => index + 1)
  return numbers.flatMap((request) => [
    { when: 'before', request },
    { when: 'after', request },
  ])
}
