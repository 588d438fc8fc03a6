import { defineConfig, type ViteUserConfig } from "vitest/config";
import { pageConstants } from "./tools/page.mjs";

/** Where to leave the results as JSON too, for a script that counts them. */
const json = process.env["NETTRACE_TEST_JSON"];

const config: ViteUserConfig = defineConfig({
  define: await pageConstants(),
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/global-setup.ts"],
    testTimeout: 30_000,
    reporters: json ? ["default", "json"] : ["default"],
    ...(json ? { outputFile: { json } } : {}),
    coverage: { provider: "v8", include: ["src/**/*.ts"], reporter: ["text-summary", "html"] },
  },
});

export default config;
