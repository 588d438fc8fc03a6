// SPDX-License-Identifier: GPL-2.0-only
/** The commands, in the order in which `--help` lists them: one file each, one line each here. */
import type { Register } from "./register.ts";

/** Every command of the program, loaded when it is asked for. */
const COMMANDS: Readonly<Record<string, () => Promise<Register>>> = {
  sendto: async () => (await import("./sendto.ts")).sendto,
  run: async () => (await import("./run.ts")).run,
  render: async () => (await import("./render.ts")).render,
  capture: async () => (await import("./capture.ts")).capture,
  diff: async () => (await import("./diff.ts")).diff,
  host: async () => (await import("./host.ts")).host,
  schema: async () => (await import("./schema.ts")).schema,
  licenses: async () => (await import("./licenses.ts")).licenses,
};

/** Who asks for the version needs no command. */
const NONE: readonly (string | undefined)[] = ["-V", "--version"];

/** The command of that name; all of them where there is none of that name. */
export async function commandsFor(name: string | undefined): Promise<Register[]> {
  if (NONE.includes(name)) return [];
  const load = name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  return Promise.all(load === undefined ? Object.values(COMMANDS).map((each) => each()) : [load()]);
}
