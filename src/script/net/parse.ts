// SPDX-License-Identifier: GPL-2.0-only
/** A network as somebody wrote, pasted or recorded it: commands, what programs printed, or what `ip -j` printed. */
import type { NetCommand, Network } from "./network.ts";
import { parsePasted } from "./paste/paste.ts";
import { isPython, jsonOfPython } from "./paste/plain.ts";
import { parseRecorded } from "./recorded.ts";

/** Read a network in either form; `strict`: what cannot be read of a pasted text is an error, too. Throws `LineError`. */
export function parseNetwork(text: string, strict = false): Network {
  const plain = text.startsWith("\ufeff") ? text.slice(1) : text;
  return withLoopback(
    isJson(plain) && isWhole(plain)
      ? parseRecorded(isPython(plain) ? jsonOfPython(plain) : plain)
      : parsePasted(plain, strict),
  );
}

/** Prompts, headings of files and a forum's marks begin with a bracket, too: `[root@host ~]# `, `[Match]`, `[CODE]`. */
function isJson(text: string): boolean {
  const word = /^\s*\[(?!null|true|false)[A-Za-z/][^\]{}"[]*\]|^\s*\[[^\]{}"[]*\]\s*[#$%>]/;
  return /^\s*[[{]/.test(text) && !word.test(text);
}

/** JSON and nothing else: no text behind it, no command between. */
function isWhole(text: string): boolean {
  const end = text.trimEnd();
  const line = end.lastIndexOf("\n");
  const behind = line >= 0 && /^[A-Za-z*:#$\d]/.test(end.slice(line + 1));
  return !behind && !/^[^[\]{}",\n]*\bip(?:\s+-\S+)*\s+-j/m.test(text);
}

/** lo is up when a system has booted: so it is here, unless the file sees to it. */
function withLoopback(network: Network): Network {
  const seen = network.commands.some(({ changes }) =>
    changes.some((c) => c.kind === "link-set" && c.dev === "lo" && c.up !== undefined),
  );
  return seen ? network : { ...network, commands: [LO_UP, ...network.commands] };
}

const LO_UP: NetCommand = {
  text: "ip link set lo up",
  changes: [{ kind: "link-set", dev: "lo", up: true }],
  place: () => null,
};
