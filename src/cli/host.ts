// SPDX-License-Identifier: GPL-2.0-only
/** The network of the Linux machine that runs us: asked for with `ip -j`, read from /proc/sys, nothing changed. */
import { LineError } from "../script/error.ts";
import { commandOf } from "../script/net/command.ts";
import type { Network } from "../script/net/network.ts";
import { parseNetwork } from "../script/net/parse.ts";
import { UsageError } from "./errors.ts";
import { hostSysctls } from "./host-sysctls.ts";
import type { Finished, Io } from "./io.ts";

/** Where ip may be: people who are not root often lack sbin in their PATH. */
const PLACES = ["ip", "/sbin/ip", "/usr/sbin/ip"];

/** What is asked; IPv6 is not modelled. */
const QUESTIONS: readonly (readonly string[])[] = [
  ["-4", "-j", "-d", "addr"],
  ["-j", "-d", "link"],
  ["-4", "-N", "-j", "route", "show", "table", "all"],
  ["-4", "-N", "-j", "rule"],
  ["-4", "-j", "neigh"],
];

/** Ask. Throws UsageError where there is no iproute2, or one that cannot print JSON. */
export function hostNetwork(io: Io): Network {
  const ip = findIp(io);
  const text = QUESTIONS.map((question) => ask(io, ip, question)).join("\n");
  const found = read(text);
  const sysctls = hostSysctls(io, devicesOf(found)).map((text) => commandOf(text, nowhere));
  return {
    commands: [...found.commands.map((c) => ({ ...c, place: nowhere })), ...sysctls],
    notes: found.notes.map((n) => ({ ...n, place: nowhere })),
    recorded: true,
  };
}

/** Another program than iproute2 may be called ip. */
function read(text: string): Network {
  try {
    return parseNetwork(text);
  } catch (error) {
    if (!(error instanceof LineError)) throw error;
    throw new UsageError(`cannot parse the output of ip: ${error.problem}, expected ${error.expected}`);
  }
}

function findIp(io: Io): string {
  const found = PLACES.find((place) => io.runProgram(place, ["-V"])?.status === 0);
  if (found !== undefined) return found;
  throw new UsageError(
    "cannot find the program ip, which reads this host's network: on Linux, install the package iproute2 (or iproute)",
  );
}

function ask(io: Io, ip: string, question: readonly string[]): string {
  const done = io.runProgram(ip, question);
  const text = done === undefined ? "" : new TextDecoder().decode(done.stdout);
  if (done?.status === 0 && /^\s*(?:[[{]|$)/.test(text)) return text;
  throw new UsageError(
    `${["ip", ...question].join(" ")}: ${trouble(done)}; expected iproute2 4.18 or newer, which prints JSON`,
  );
}

function trouble(done: Finished | undefined): string {
  const said = done?.stderr.trim().split("\n")[0] ?? "";
  if (said !== "") return said;
  return done?.status === 0 ? "not JSON" : `exit status ${done?.status ?? "unknown"}`;
}

function devicesOf(network: Network): string[] {
  const names = new Set(["lo"]);
  for (const { changes } of network.commands) {
    for (const c of changes) {
      if (c.kind !== "link-add") continue;
      names.add(c.name);
      if (c.peer !== undefined) names.add(c.peer.name);
    }
  }
  return [...names];
}

/** What ip printed is in no file. */
function nowhere(): null {
  return null;
}
