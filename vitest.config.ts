import { defineConfig } from "vitest/config";

// Two projects, so that only a run with tests of the built program has to build it.
export default defineConfig({
  test: {
    pool: "forks",
    maxWorkers: 2,
    retry: 0,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // What the SDK says of Node 20 is true of the tests only: the functions run on Node 24.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
    projects: [
      { extends: true, test: { name: "unit", include: ["src/**/*.test.ts", "test/architecture.test.ts"] } },
      {
        extends: true,
        test: {
          name: "system",
          include: ["test/**/*.test.ts"],
          exclude: ["test/architecture.test.ts"],
          testTimeout: 60_000,
          globalSetup: ["test/build.ts"],
          // What is built is tested as it is.
          server: { deps: { external: [/\/dist\//] } },
        },
      },
    ],
  },
});
