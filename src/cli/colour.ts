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

/**
 * The palette: the 16 colours of the user's theme, of which only bright red and bright magenta can be read on every ground
 * (docs/architecture.md#colours). What has to be read stands in the theme's own ink, bold where the eye should go first.
 */
export async function painter(colour: boolean): Promise<Paint> {
  if (!colour) return plain;
  const { Chalk } = await import("chalk");
  const c = new Chalk({ level: 1 });
  const own = (text: string): string => text;
  const accent = c.magentaBright;
  const roles: Record<Role, (text: string) => string> = {
    "layer:socket": accent,
    "layer:udp": accent,
    "layer:route": accent,
    "layer:ip": accent,
    "layer:neigh": accent,
    "layer:dev": accent,
    "layer:driver": accent,
    "layer:icmp": accent,
    name: c.bold,
    why: own,
    number: own,
    fold: own,
    hex: own,
    head: c.bold,
    quiet: c.dim,
    fail: c.redBright.bold,
    good: c.green,
    wait: c.yellow,
  };
  return (role, text) => roles[role](text);
}
