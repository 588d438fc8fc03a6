// SPDX-License-Identifier: GPL-2.0-only
/**
 * The script and the style of the HTML page (src/render/html/page/) as text, and the policy that allows a browser
 * to run these two and nothing else. build.mjs and vitest.config.ts hand them to src/render/html.ts as the
 * constants that it declares.
 */

import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const PAGE = fileURLToPath(new URL("../src/render/html/page", import.meta.url));

/** One file of the page with all that it imports, small. */
async function bundle(file) {
  const result = await build({
    absWorkingDir: PAGE,
    entryPoints: [file],
    bundle: true,
    format: "iife",
    target: ["chrome123", "firefox121", "safari17.5"],
    charset: "ascii",
    minify: true,
    legalComments: "none",
    write: false,
    logLevel: "error",
  });
  return result.outputFiles[0].text.trim();
}

const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** The constants, each as the expression that stands for it. */
export async function pageConstants() {
  const [style, script] = await Promise.all([bundle("page.css"), bundle("main.ts")]);
  if (/<\/(?:script|style)|<!--/i.test(style + script))
    throw new Error("the page's own text would end its element");
  const policy = `default-src 'none'; style-src ${hash(style)}; script-src ${hash(script)}; base-uri 'none'; form-action 'none'`;
  return {
    PAGE_STYLE: JSON.stringify(style),
    PAGE_SCRIPT: JSON.stringify(script),
    PAGE_POLICY: JSON.stringify(policy),
  };
}
