// SPDX-License-Identifier: GPL-2.0-only
import { defineConfig, type ViteUserConfig } from "vitest/config";
import { pageConstants } from "./tools/page.mjs";

/** Where to leave the results as JSON too, for a script that counts them. */
const json = process.env["NETTRACE_TEST_JSON"];

/** Networks are imported as their text, as tools/build.mjs has it. */
const netFiles = {
  name: "net-files",
  transform: (code: string, id: string) =>
    id.endsWith(".net") ? `export default ${JSON.stringify(code)};` : null,
};

const config: ViteUserConfig = defineConfig({
  plugins: [netFiles],
  define: await pageConstants(),
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/global-setup.ts"],
    setupFiles: ["test/setup.ts"],
    testTimeout: 30_000,
    reporters: json ? ["default", "json"] : ["default"],
    ...(json ? { outputFile: { json } } : {}),
    coverage: { provider: "v8", include: ["src/**/*.ts"], reporter: ["text-summary", "html"] },
  },
});

export default config;
