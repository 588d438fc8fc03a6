// SPDX-License-Identifier: GPL-2.0-only
/** Hands a file to the desktop's own program for it. */
import type { Program } from "./io.ts";

/** A program that does not show a file at once is a browser, which stays. */
const PATIENCE = 3000;

/** What shows a file on this platform. */
export function viewerOf(platform: NodeJS.Platform, path: string): Program["words"] {
  if (platform === "darwin") return ["open", path];
  if (platform === "win32") return ["cmd", "/c", "start", "", path];
  return ["xdg-open", path];
}

/** Start it, and wait a moment to hear whether it could: why not, or null. */
export function show([program = "", ...args]: Program["words"]): Promise<string | null> {
  const { spawn } = process.getBuiltinModule("node:child_process");
  const child = spawn(program, args, { stdio: "ignore", detached: true });
  return new Promise((resolve) => {
    const patience = setTimeout(() => resolve(null), PATIENCE);
    const end = (why: string | null): void => {
      clearTimeout(patience);
      resolve(why);
    };
    child.on("error", ({ code }: NodeJS.ErrnoException) =>
      end(code === "ENOENT" ? `there is no ${program}` : `${program}: ${code}`),
    );
    child.on("exit", (status) => end(status === 0 ? null : `${program} ended with status ${status}`));
  });
}
