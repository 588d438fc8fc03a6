// SPDX-License-Identifier: GPL-2.0-only
/** Calls on descriptors in general: ioctl, fcntl. What of them concerns a socket is understood. */
import type { Made } from "../step.ts";
import { type Args, flagsOf, intOf, Unsimulated } from "./args.ts";
import { OPEN_FLAGS } from "./names.ts";
import type { Value } from "./value.ts";

const O_NONBLOCK = 0o4000;

/** The name or the number that a request is written with. */
function word(v: Value): string {
  if (v.kind === "names") return v.parts.map((part) => part.text).join("|");
  return v.kind === "number" ? v.text : "?";
}

/** What an ioctl is counted under whose argument cannot be read, or does not matter; undefined for one that is understood. */
export function otherIoctl(text: string): string | undefined {
  const request = /^ioctl\(\w+(?:<[^>]*>)?, ([A-Za-z_]\w*|0x[0-9a-f]+)/.exec(text)?.[1];
  return request === undefined || UNDERSTOOD.has(request) ? undefined : `ioctl ${request}`;
}

const UNDERSTOOD: ReadonlySet<string> = new Set(
  "FIONBIO 0x5421 FIONREAD 0x541b TIOCINQ SIOCINQ SIOCOUTQ 0x5411 TIOCOUTQ".split(" "),
);

/** FIONBIO, FIONREAD, SIOCOUTQ; x86-64 has other names for the last two, and -X raw has numbers. */
export function ioctl(args: Args): Made {
  const fd = args.fd();
  const request = word(args.get(1));
  switch (request) {
    case "FIONBIO":
    case "0x5421":
      return { call: { name: "ioctl", fd, request: "FIONBIO", value: pointed(args.get(2)) } };
    case "FIONREAD":
    case "0x541b":
    case "TIOCINQ":
    case "SIOCINQ":
      return { call: { name: "ioctl", fd, request: "FIONREAD" } };
    case "SIOCOUTQ":
    case "0x5411":
    case "TIOCOUTQ":
      return { call: { name: "ioctl", fd, request: "SIOCOUTQ" } };
    default:
      throw new Unsimulated(`ioctl ${request}`);
  }
}

/** `[1]`: the int behind a pointer. */
function pointed(v: Value): number {
  const inner = v.kind === "array" ? v.items[0] : v;
  if (inner?.kind !== "number") throw new Unsimulated("ioctl with an argument that strace could not read");
  return intOf(inner, "the argument");
}

export function fcntl(args: Args): Made {
  const fd = args.fd();
  const command = word(args.get(1));
  switch (command) {
    case "F_SETFL":
    case "0x4": {
      const flags = flagsOf(args.get(2), OPEN_FLAGS, "an O_ flag");
      return { call: { name: "fcntl", fd, nonblock: (flags & O_NONBLOCK) !== 0 } };
    }
    case "F_GETFL":
    case "0x3":
      return { call: { name: "fcntl", fd } };
    case "F_DUPFD":
    case "0":
      return { call: { name: "dup", fd, to: args.int(2) } };
    case "F_DUPFD_CLOEXEC":
    case "0x406":
      return { call: { name: "dup", fd, to: args.int(2) }, cloexec: true };
    default:
      throw new Unsimulated(`fcntl ${command}`);
  }
}
