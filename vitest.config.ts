import { defineConfig } from 'vitest/config'

/** The house supports the Node that the AWS SDK warns of: said once per process, it would drown what tests say. */
const env = { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' }

const setupFiles = [
  ...(process.env.CI === 'true' ? ['tools/property-seed.mjs'] : []),
  // Where `npm test` asks for it, what processes give to tests is looked through for secrets, as everything that is printed.
  ...(process.env.BRIGADE_PRINTED_FOLDER === undefined ? [] : ['tools/record-children.mjs']),
]

/**
 * In CI a test that fails is tried again, and named above the totals if it passes then: it is to be mended, but tells nothing about the change at
 * hand. What counts losses (storm, crash points, races) has no second try.
 */
const retry = process.env.CI === 'true' ? 1 : 0

export default defineConfig({
  test: {
    // Most tests wait for a service, a child process or a browser: two at a time halve the run, on two cores too.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['packages/*/test/**/*.test.ts', 'examples/*/test/**/*.test.ts'],
          exclude: ['**/*.{service,bucket}.test.ts'],
          env,
          setupFiles,
          retry,
          // A busy machine is no failure: these end tests that hang, not tests that are slow.
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        test: {
          name: 'journeys',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.{service,bucket}.test.ts'],
          env,
          setupFiles,
          retry,
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        test: {
          name: 'services',
          include: [
            'packages/*/test/**/*.service.test.ts',
            'examples/*/test/**/*.service.test.ts',
            'test/**/*.service.test.ts',
          ],
          globalSetup: ['test/services/global-setup.ts'],
          env,
          setupFiles,
          retry,
          testTimeout: 240_000,
          hookTimeout: 240_000,
        },
      },
      {
        test: {
          // On the bucket that TEST_BUCKET_URL names: npm run test:bucket.
          name: 'bucket',
          include: ['packages/*/test/**/*.bucket.test.ts', 'test/**/*.bucket.test.ts'],
          env,
          setupFiles,
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
})
