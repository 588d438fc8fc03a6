// SPDX-License-Identifier: GPL-2.0-only
/** Lines of `perf trace` in strace's words: arguments by name and without those that are 0, constants without their prefix. */

/** The time is gone where the program wrote between it and the rest. */
const TIME = /^\s*(?:([0-9]+\.[0-9]{3}) )?\(\s*(?:[0-9.]+ ms|\?)?\s*\): (?:(\S(?:[^(]*?)?)\/([0-9]+) +)?/;
const CALL = /^([a-z_][a-z0-9_]*)\((.*)\)\s*(= .*|\.\.\.)$/;
const CONTINUED = /^\s*(?:\.\.\. )?\[continued\]: ([a-z_][a-z0-9_]*)\((.*)\)\s*(= .*)$/;

/** Keys in the order of strace's arguments, and what stands for one that is left out. */
const ARGUMENTS: Readonly<
  Record<string, readonly (readonly [keys: string, absent: string, prefix?: string])[]>
> = {
  socket: [
    ["family domain", "0", "AF_"],
    ["type", "0", "SOCK_"],
    ["protocol", "0", "IPPROTO_"],
  ],
  bind: [
    ["fd", "0"],
    ["umyaddr addr", "NULL"],
    ["addrlen addr_len", "16"],
  ],
  connect: [
    ["fd", "0"],
    ["uservaddr addr", "NULL"],
    ["addrlen addr_len", "16"],
  ],
  sendto: [
    ["fd", "0"],
    ["buff buf", "NULL"],
    ["len", "0"],
    ["flags", "0", "MSG_"],
    ["addr", "NULL"],
    ["addr_len", "0"],
  ],
  recvfrom: [
    ["fd", "0"],
    ["ubuf buf", "NULL"],
    ["size len", "0"],
    ["flags", "0", "MSG_"],
    ["addr", "NULL"],
    ["", "[16]"],
  ],
  getsockname: [
    ["fd", "0"],
    ["usockaddr", "NULL"],
    ["", "[16]"],
  ],
  getpeername: [
    ["fd", "0"],
    ["usockaddr", "NULL"],
    ["", "[16]"],
  ],
  setsockopt: [
    ["fd", "0"],
    ["level", "SOL_IP", "SOL_"],
    ["optname", "0", "SO_"],
    ["optval", "NULL"],
    ["optlen", "0"],
  ],
  read: [
    ["fd", "0"],
    ["buf", "NULL"],
    ["count", "0"],
  ],
  write: [
    ["fd", "0"],
    ["buf", "NULL"],
    ["count", "0"],
  ],
  close: [["fd", "0"]],
  shutdown: [
    ["fd", "0"],
    ["how", "0"],
  ],
  dup: [["fildes oldfd", "0"]],
};

/** Does the line begin as perf trace's do? */
export const isPerf = (line: string): boolean => TIME.test(line);

/** The line as strace would write it; undefined where it is none of perf trace's. */
export function fromPerf(line: string): string | undefined {
  const head = TIME.exec(line);
  if (head === null) return undefined;
  const [whole, time, , pid] = head;
  const rest = line.slice(whole.length).trimEnd();
  const before = `${pid === undefined ? "" : `${pid} `}${time === undefined ? "" : `${time} `}`;
  const continued = CONTINUED.exec(rest);
  if (continued !== null) return `${before}<... ${continued[1]} resumed>) ${continued[3]}`;
  const call = CALL.exec(rest);
  if (call === null) return undefined;
  const [, name = "", args = "", end = ""] = call;
  const text = `${before}${name}(${argumentsOf(name, args)}`;
  return end === "..." ? `${text} <unfinished ...>` : `${text}) ${end}`;
}

function argumentsOf(name: string, text: string): string {
  const order = Object.hasOwn(ARGUMENTS, name) ? ARGUMENTS[name] : undefined;
  const given = pairs(text);
  // perf config trace.show_arg_names=no: as strace has them.
  if (order === undefined || given === undefined) return text;
  return order
    .map(([keys, absent, prefix]) => {
      const value = keys
        .split(" ")
        .map((key) => given.get(key))
        .find((v) => v !== undefined);
      return value === undefined ? absent : worded(value, prefix);
    })
    .join(", ");
}

/** `fd: 3, len: 5`: by their names; undefined where they have none. */
function pairs(text: string): Map<string, string> | undefined {
  const found = new Map<string, string>();
  for (const m of text.matchAll(/(?:^|, )([a-z_]+): (\{[^}]*\}|"(?:[^"\\]|\\.)*"(?:\.\.\.)?|[^,]*)/g)) {
    found.set(m[1] as string, (m[2] as string).trim());
  }
  return found.size > 0 || text.trim() === "" ? found : undefined;
}

const ADDRESS = /^\{ \.family: (?:[AP]F_)?(\w+)(?:, \.?port: (\d+), \.?addr: ([^ ,}]+))?.*\}$/;

function worded(value: string, prefix: string | undefined): string {
  const address = ADDRESS.exec(value);
  if (address !== null) {
    const [, family = "", port, addr] = address;
    if (family !== "INET" || addr === undefined) return `{sa_family=AF_${family}}`;
    return `{sa_family=AF_INET, sin_port=htons(${port}), sin_addr=inet_addr("${addr}")}`;
  }
  if (prefix === undefined || /^[0-9{"]/.test(value) || value.startsWith(prefix)) return value;
  return value
    .split("|")
    .map((word) =>
      /^[0-9]/.test(word) || (word.includes("_") && word.startsWith(prefix)) ? word : `${prefix}${word}`,
    )
    .join("|");
}
