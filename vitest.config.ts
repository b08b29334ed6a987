import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["source"] },
  ssr: { resolve: { conditions: ["source"] } },
  test: {
    include: ["packages/*/src/**/*.test.ts", "test/**/*.test.ts", "scripts/**/*.test.ts", "examples/**/*.test.ts"],
    globalSetup: ["test/support/own-temporary-folder.ts"],
    exclude: ["test/shared/**", "**/node_modules/**"],
    // Real files, sockets and child processes on shared machines: a promise of seconds gets slack here, speed is measured in bench/.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Its own limit is one second, which says something of the machine and nothing of the code.
    expect: { poll: { timeout: 30_000, interval: 5 } },
    execArgv: ["--conditions=source"],
  },
});
