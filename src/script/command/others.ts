// SPDX-License-Identifier: GPL-2.0-only
/** sleep, cat, sysctl, nstat, ss, nc: the few words of theirs that a scenario uses. */
import { ScriptError } from "../error.ts";
import { parseSysctls } from "../iproute2/others.ts";
import type { Reader } from "../reader.ts";
import type { Command } from "./kinds.ts";

/** Longer sleeps are a mistake. */
const LONGEST = 365 * 86_400;
const UNITS: Readonly<Record<string, number>> = { "": 1, s: 1, m: 60, h: 3600, d: 86_400 };

/** `sleep 0.5`, `sleep 2m`. */
export function parseSleep(r: Reader): Command {
  const m = /^(\d+(?:\.\d*)?|\.\d+)([smhd]?)$/.exec(r.next("seconds"));
  const seconds = m === null ? Number.NaN : Number(m[1]) * (UNITS[m[2] as string] as number);
  if (!(seconds <= LONGEST)) throw r.wrong("seconds, such as 0.5");
  return { kind: "sleep", ms: Math.round(seconds * 1000) };
}

/** `cat /proc/net/snmp …`. */
export function parseCat(r: Reader): Command {
  const files: { path: string; column: number }[] = [];
  do {
    const path = r.next("a file in /proc/net or /proc/sys/net");
    if (!/^\/proc\/(?:self\/)?(?:net|sys\/net)\//.test(path)) {
      throw r.wrong("a file in /proc/net or /proc/sys/net");
    }
    files.push({ path, column: r.column });
  } while (!r.done);
  return { kind: "cat", files };
}

/** `sysctl [-w] K=V …` changes, `sysctl [-n] K …` asks. */
export function parseSysctl(r: Reader): Command {
  const begin = r.position;
  let quiet = false;
  let write = false;
  while (/^-[wnqeNb]+$|^--(?:write|values|quiet|ignore|names)$/.test(r.peek() ?? "")) {
    const option = r.next("an option");
    if (/^-[a-z]*w|^--write$/.test(option)) write = true;
    if (/^-[a-z]*n|^--values$/.test(option)) quiet = true;
  }
  const asks = !write && r.peek()?.startsWith("-") !== true && r.peek()?.includes("=") !== true;
  if (asks) return { kind: "sysctl", keys: settings(r), quiet };
  while (r.position > begin) r.back();
  const changes = parseSysctls(r);
  return { kind: "config", changes, ...(r.notes.length === 0 ? {} : { notes: r.notes }) };
}

function settings(r: Reader): string[] {
  const keys: string[] = [];
  do {
    const key = r.next("a setting, such as net.ipv4.ip_forward");
    if (!/^[\w./-]+$/.test(key)) throw r.wrong("a setting, such as net.ipv4.ip_forward");
    keys.push(key);
  } while (!r.done);
  return keys;
}

/** `nstat [-asz] [PATTERN…]`. */
export function parseNstat(r: Reader): Command {
  const letters = flags(r, "asrzn", "an nstat option (-a, -s, -z)");
  const patterns: string[] = [];
  while (!r.done) patterns.push(r.next("a pattern"));
  return {
    kind: "nstat",
    absolute: letters.has("a"),
    zeros: letters.has("z"),
    keep: letters.has("s"),
    patterns,
  };
}

/** `ss -uan`: UDP, all sockets or those without a peer, numbers. */
export function parseSs(r: Reader): Command {
  const letters = flags(r, "uanlHp4", "an ss option (-u, -a, -n, -l, -H)");
  if (!letters.has("u")) throw r.missing("-u: only UDP sockets are simulated");
  return { kind: "ss", all: letters.has("a"), listening: letters.has("l"), header: !letters.has("H") };
}

/** `-abc -d` as a set of letters. */
function flags(r: Reader, known: string, expected: string): Set<string> {
  const letters = new Set<string>();
  while (r.peek()?.startsWith("-") === true) {
    const word = r.next(expected);
    for (const letter of word.slice(1)) {
      if (!known.includes(letter)) throw r.wrong(expected);
      letters.add(letter);
    }
  }
  return letters;
}

/** `nc -ul [-s ADDR] [ADDR] [-p] PORT [&]`: somebody who takes what comes. */
export function parseNc(r: Reader): Command {
  const column = r.column;
  let addr = 0;
  let port: number | undefined;
  const letters = new Set<string>();
  while (!r.done) {
    if (r.take("&")) continue;
    if (r.take("-s")) addr = r.address("an address to listen on");
    else if (r.take("-p")) port = r.number("a port", 65_535);
    else if (r.peek()?.startsWith("-") === true) for (const c of r.next("an option").slice(1)) letters.add(c);
    else if (/^[0-9]+&?$/.test(r.peek() ?? "")) port = Number(r.next("a port").replace("&", ""));
    else addr = r.address("an address, or a port");
  }
  if (!letters.has("u") || !letters.has("l")) {
    throw new ScriptError(column, "nc without -u and -l", "nc -ul PORT &, a listener outside of the log");
  }
  if (port === undefined || port < 1 || port > 65_535) throw r.missing("a port from 1 to 65535");
  return { kind: "listen", addr, port };
}
