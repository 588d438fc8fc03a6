// SPDX-License-Identifier: GPL-2.0-only
/** What a process does to itself, beside its sockets: limits, programs, namespaces, descriptors by the dozen. */
import type { TaskCall } from "../step.ts";

/** What calls are counted under that lead to another network: it is not modelled. */
export const OTHER_NETWORK = "network namespaces";
/** …where the log does not tell whether it is a network. */
export const SOME_NAMESPACE = "a namespace of unknown kind";

const CLOSE_RANGE_UNSHARE = 2;
const CLOSE_RANGE_CLOEXEC = 4;
/** Descriptors are ints. */
const LAST_FD = 0x7fffffff;
/** fs.nr_open: no limit is greater. */
const NO_LIMIT = 1024 * 1024;

/** The call that begins at `at`, as far as it concerns the process; `ret` is its result. Undefined: it does not. */
export function taskCall(
  text: string,
  at: number,
  name: string,
  ret: number | undefined,
): TaskCall | undefined {
  if (ret === undefined || ret < 0) return undefined;
  const args = text.slice(at + name.length + 1);
  switch (name) {
    case "execve":
    case "execveat":
      return { name: "exec" };
    case "setrlimit":
    case "getrlimit":
    case "ugetrlimit":
      return /^(?:RLIMIT_NOFILE|0x7 |7,)/.test(args) ? limit(args) : undefined;
    case "prlimit64":
      return /^0, RLIMIT_NOFILE/.test(args) ? limit(args) : undefined;
    case "close_range":
      return closeRange(args);
    case "fcntl":
    case "fcntl64": {
      const set = /^(\d+)[^,]*, F_SETFD, (.*?)\)/.exec(args);
      return set === null
        ? undefined
        : { name: "cloexec", fd: Number(set[1]), on: /CLOEXEC|0x1\b|^1/.test(set[2] ?? "") };
    }
    case "ioctl": {
      const set = /^(\d+)[^,]*, (FIO(?:N?)CLEX)\b/.exec(args);
      return set === null ? undefined : { name: "cloexec", fd: Number(set[1]), on: set[2] === "FIOCLEX" };
    }
    case "unshare":
      return /\bCLONE_FILES\b/.test(args) ? { name: "unshare" } : undefined;
    default:
      return undefined;
  }
}

/** `{rlim_cur=4*1024, rlim_max=RLIM64_INFINITY}`: the first structure is what holds from now on. */
function limit(args: string): TaskCall | undefined {
  const value = /\brlim_cur=([^,}]+)/.exec(args)?.[1];
  if (value === undefined) return undefined;
  if (/INFINITY/.test(value)) return { name: "rlimit", nofile: NO_LIMIT };
  const product = value.split("*").reduce((all, factor) => all * Number(factor), 1);
  return Number.isSafeInteger(product) && product >= 0 ? { name: "rlimit", nofile: product } : undefined;
}

/** `3, 4294967295, 0`, `3, ~0U, CLOSE_RANGE_UNSHARE`. */
function closeRange(args: string): TaskCall | undefined {
  const m = /^(\d+)[^,]*, (~?\w+), ([\w|]+)/.exec(args);
  if (m === null) return undefined;
  const last = /^~/.test(m[2] as string) ? LAST_FD : Number(m[2]);
  const flags = m[3] as string;
  const has = (name: string, bit: number): boolean => flags.includes(name) || (Number(flags) & bit) !== 0;
  return {
    name: "close-range",
    first: Number(m[1]),
    last: Math.min(Number.isNaN(last) ? LAST_FD : last, LAST_FD),
    unshare: has("UNSHARE", CLOSE_RANGE_UNSHARE),
    cloexec: has("CLOEXEC", CLOSE_RANGE_CLOEXEC),
  };
}

/** What a call is counted under that leads to another network; undefined where it does not. */
export function namespaceOf(text: string, at: number, name: string): string | undefined {
  const args = text.slice(at + name.length + 1);
  if (/\bCLONE_NEWNET\b/.test(args)) return OTHER_NETWORK;
  if (name === "unshare") return /^0x4[0-9a-f]{7}\b/.test(args) ? OTHER_NETWORK : undefined;
  if (name !== "setns") return undefined;
  const [fd = "", kind = ""] = args.split(", ");
  if (/net:\[|\/ns\/net|\/netns\//.test(fd)) return OTHER_NETWORK;
  if (/^0x40000000\)/.test(kind)) return OTHER_NETWORK;
  const other = /<(?:mnt|pid|uts|ipc|user|cgroup|time)\w*:\[|\/ns\/(?!net)/.test(fd);
  return /^0\)/.test(kind) && !other ? SOME_NAMESPACE : undefined;
}
