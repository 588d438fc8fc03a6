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
  completion: async () => (await import("./completion.ts")).completion,
  man: async () => (await import("./man.ts")).man,
};

export const COMMAND_NAMES: readonly string[] = Object.keys(COMMANDS);

export function isCommand(name: string | undefined): boolean {
  return name !== undefined && Object.hasOwn(COMMANDS, name);
}

/** These are about all commands. */
const ABOUT_ALL: readonly string[] = ["completion", "man"];

/** The command of that name; all of them where there is none of that name, or where it is about all. */
export async function commandsFor(name = ""): Promise<Register[]> {
  const load = isCommand(name) && !ABOUT_ALL.includes(name) ? COMMANDS[name] : undefined;
  return Promise.all(load === undefined ? Object.values(COMMANDS).map((each) => each()) : [load()]);
}
