// SPDX-License-Identifier: GPL-2.0-only
/** Before the tests: what they spawn is built from the sources as they are now. */

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

export default function setup(): void {
  const build = fileURLToPath(new URL("../tools/build.mjs", import.meta.url));
  execFileSync(process.execPath, [build, "--quiet", "--if-stale"], {
    stdio: ["ignore", "ignore", "inherit"],
  });
}
