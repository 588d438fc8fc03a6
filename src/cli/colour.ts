// SPDX-License-Identifier: GPL-2.0-only
/** Whether there is colour, and which. */
import { type Paint, plain, type Role } from "../render/style.ts";
import type { Io } from "./io.ts";

export type When = "auto" | "always" | "never";

/** --color > NO_COLOR > FORCE_COLOR > is it a terminal (no-color.org; chalk does not know NO_COLOR). */
export function wantsColour(when: When, toFile: boolean, io: Io): boolean {
  if (when !== "auto") return when === "always";
  if (set(io.env["NO_COLOR"])) return false;
  const force = io.env["FORCE_COLOR"];
  if (force !== undefined) return force !== "0" && force !== "false";
  return !toFile && io.stdoutIsTTY && io.env["TERM"] !== "dumb";
}

function set(value: string | undefined): boolean {
  return value !== undefined && value !== "";
}

/** The palette: layers told apart by hue, bookkeeping dim, errors the one thing in red. */
export async function painter(colour: boolean): Promise<Paint> {
  if (!colour) return plain;
  const { Chalk } = await import("chalk");
  const c = new Chalk({ level: 2 });
  const roles: Record<Role, (text: string) => string> = {
    "layer:socket": c.ansi256(75),
    "layer:udp": c.ansi256(114),
    "layer:route": c.ansi256(179),
    "layer:ip": c.ansi256(141),
    "layer:neigh": c.ansi256(80),
    "layer:dev": c.ansi256(110),
    "layer:driver": c.ansi256(173),
    "layer:icmp": c.ansi256(205),
    why: c.ansi256(108),
    quiet: c.dim,
    fail: c.redBright.bold,
    good: c.green,
    wait: c.yellow,
    number: c.ansi256(222),
    head: c.bold,
    hex: c.ansi256(250),
  };
  return (role, text) => roles[role](text);
}
