// SPDX-License-Identifier: GPL-2.0-only
/** Networks are imported as their text: by esbuild's text loader (tools/build.mjs) and a plugin of vitest.config.ts. */
declare module "*.net" {
  const text: string;
  export default text;
}
