// SPDX-License-Identifier: GPL-2.0-only
import { fileURLToPath } from "node:url";
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

/** Where NETTRACE_BIN or NETTRACE_NODE says what to test, tests of the command line start it: test/built/main.ts. */
const builtProgram = {
  name: "built-program",
  enforce: "pre" as const,
  resolveId(source: string, importer: string | undefined) {
    const name = /(?:src\/cli|^\.)\/(main|memory-io|disk)\.ts$/.exec(source)?.[1];
    if (name === undefined || importer === undefined || !/\/test\/(?:cli|golden)\//.test(importer))
      return null;
    return fileURLToPath(new URL(`test/built/${name}.ts`, import.meta.url));
  },
};
const built = process.env["NETTRACE_BIN"] !== undefined || process.env["NETTRACE_NODE"] !== undefined;

const config: ViteUserConfig = defineConfig({
  plugins: built ? [netFiles, builtProgram] : [netFiles],
  // The notices are known when the program is bundled.
  define: { ...(await pageConstants()), NOTICES: JSON.stringify("nettrace GPL-2.0-only\n") },
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/global-setup.ts"],
    setupFiles: ["test/setup.ts"],
    // A process a run takes its time.
    testTimeout: built ? 300_000 : 30_000,
    reporters: json ? ["default", "json"] : ["default"],
    ...(json ? { outputFile: { json } } : {}),
    coverage: { provider: "v8", include: ["src/**/*.ts"], reporter: ["text-summary", "html"] },
  },
});

export default config;
