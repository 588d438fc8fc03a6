// SPDX-License-Identifier: GPL-2.0-only
/** Logs of other programs that trace, which look like strace's: told apart by what strace never writes. */
import { LineError, ScriptError } from "../error.ts";

interface Tracer {
  readonly name: string;
  /** What it writes, and strace does not. */
  readonly mark: RegExp;
  /** What its log lacks. */
  readonly lacks: string;
}

const RECORD = "an strace log: strace -f -o FILE PROGRAM";
const OTHER_SYSTEM = "the calls of another operating system";

const TRACERS: readonly Tracer[] = [
  {
    name: "gVisor's strace",
    mark: /\bstrace\.go:\d+\] |^\s*\[ *\d+(?:: *\d+)?\] \S+ [EX] [a-z_0-9]+\(/,
    lacks: "only the addresses of buffers, and results of gVisor's network stack",
  },
  {
    name: "ktrace (kdump)",
    mark: /^\s*\d+ (?:\d+ )?\S+\s+(?:-?\d+\.\d+ )?(?:CALL|RET|GIO|STRU|NAMI|PSIG)\s+\S/,
    lacks: OTHER_SYSTEM,
  },
  {
    name: "Solaris' truss",
    mark: /\bso_socket\(|\)\s+Err#\d+ [A-Z]|^(?:\d+(?:\/\d+)?:)?\s+AF_INET6?\s+name = /,
    lacks: OTHER_SYSTEM,
  },
  {
    name: "FreeBSD's truss",
    mark: /\)\s+(?:ERR#\d+ '|= -?\d+ \(0x[0-9a-f]+\)\s*$)/,
    lacks: OTHER_SYSTEM,
  },
  {
    name: "macOS' dtruss",
    mark: /^SYSCALL\(args\)\s+= return|\)\t\t = -?\w+ (?:-?\d+|Err#\d+)\s*$/,
    lacks: OTHER_SYSTEM,
  },
  {
    name: "ltrace",
    mark: /^\+\+\+ exited \(status \d+\) \+\+\+|\bSYS_[a-z][a-z0-9_]*\(|\b__libc_start_main(?:@\S+)?\(|\)\s+= <void>\s*$|^\S*->[a-z_0-9]+\(/,
    lacks: "no addresses or data of socket calls",
  },
  {
    name: "sysdig",
    mark: /^\d+ \d\d:\d\d:\d\d\.\d+ \d+ \S+ \(\d+(?:[.:]\d+)?\) [<>] [a-z0-9_]+ /,
    lacks: "no addresses as arguments",
  },
  {
    name: "tcpdump",
    mark: /^(?:\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d\.\d+ (?:\S+\s+(?:In|Out|B|M|P) +)?(?:IP6? |ARP, )/,
    lacks: "packets, but no calls",
  },
  { name: "auditd", mark: /^(?:----|type=\w+ msg=audit\()/, lacks: "addresses in hexadecimal, but no data" },
];

/** strace's own: a call with its result. */
const CALL = /[a-z_0-9]\(.*\)\s+= (?:-?\d|0x|\?)|<unfinished \.\.\.>|<\.\.\. \w+ resumed>/;
/** What people paste beside strace's. */
const BESIDE: ReadonlySet<string> = new Set(["tcpdump", "auditd", "sysdig"]);
/** Lines that are looked at, and characters of them. */
const LOOKED_AT = 400;
const LONGEST = 1000;

/** Refuse the log of another tracer, by its name and with what to do instead. Throws LineError. */
export function refuseOthers(lines: Iterable<string>): void {
  const found = new Map<Tracer, { times: number; readonly line: number }>();
  let calls = 0;
  let number = 0;
  for (const line of lines) {
    if (++number > LOOKED_AT) break;
    const text = line.slice(0, LONGEST).replace(/\r$/, "");
    const tracer = TRACERS.find(({ mark }) => mark.test(text));
    if (tracer === undefined) {
      if (CALL.test(text)) calls++;
      continue;
    }
    const known = found.get(tracer);
    if (known === undefined) found.set(tracer, { times: 1, line: number });
    else known.times++;
  }
  const [most] = [...found].sort(([, a], [, b]) => b.times - a.times);
  if (most === undefined || !isItsOwn(most[0], most[1].times, calls)) return;
  const [{ name, lacks }, { line }] = most;
  throw new LineError(line, new ScriptError(1, `this is output of ${name} (${lacks})`, RECORD));
}

/** Of ltrace's log most lines look like strace's. */
function isItsOwn({ name }: Tracer, times: number, calls: number): boolean {
  return BESIDE.has(name) ? times > calls : times * (name === "ltrace" ? 20 : 4) >= calls;
}
