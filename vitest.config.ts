import { defineConfig } from 'vitest/config'

/** The house supports the Node that the AWS SDK warns of: said once per process, it would drown what tests say. */
const env = { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' }

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['packages/*/test/**/*.test.ts', 'examples/*/test/**/*.test.ts'],
          exclude: ['**/*.service.test.ts'],
          env,
          // A busy machine is no failure: these end tests that hang, not tests that are slow.
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'journeys',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.service.test.ts'],
          env,
          testTimeout: 60_000,
          hookTimeout: 60_000,
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
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
