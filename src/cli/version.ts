// SPDX-License-Identifier: GPL-2.0-only
/** The version, from package.json: the bundle holds the text itself. */
import manifest from "../../package.json" with { type: "json" };

/** The version of nettrace. */
export const VERSION: string = manifest.version;

/** The day of its release, as CHANGELOG.md has it. */
export const RELEASED = "2026-12-01";

/** What `--version` prints: the version alone on its first line, then all else that a trace depends on. */
export async function versionText(build: string | undefined): Promise<string> {
  const { RELEASES } = await import("../kernels/index.ts");
  const kernels = Object.values(RELEASES).map(({ name, uname }) => `${name} (Linux ${uname})`);
  const made = build === undefined ? "" : `, build ${build}`;
  return `nettrace ${VERSION}\nkernels: ${kernels.join(", ")}\nnode ${process.version}${made}\n`;
}
