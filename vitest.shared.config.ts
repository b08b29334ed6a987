import { defineConfig, mergeConfig } from "vitest/config";
import base from "./vitest.config.ts";

/** Tests against captures of real servers, which are not part of the repository: REELAY_CAPTURES is their folder. */
export default mergeConfig(
  { ...base, test: { ...base.test, include: [], exclude: [] } },
  defineConfig({
    test: { include: ["test/shared/**/*.test.ts"], exclude: ["**/node_modules/**"] },
  }),
);
