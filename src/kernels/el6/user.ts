// SPDX-License-Identifier: GPL-2.0-only
/** What a system call points to, as memory that a call tree can show. */
import type { Plain } from "../../trace/plain.ts";
import { AF_INET } from "../../uapi/socket.ts";
import { get16, get32 } from "../../wire/bytes.ts";
import { formatIpv4 } from "../../wire/ipv4.ts";
import { latin1 } from "../describe.ts";
import type { UserPtr } from "../release.ts";
import type { UserMem } from "./include/net/sock.ts";

/** Bytes of a buffer that a call tree shows. */
const SHOWN = 32;

/** Memory of user space that a call tree can show. */
class Shown implements UserMem {
  readonly bytes: Uint8Array;
  readonly kernel: boolean;
  private readonly claimed: number;
  private readonly say: () => Plain;
  constructor(ptr: NonNullable<UserPtr>, claimed: number, say: () => Plain) {
    this.bytes = ptr.bytes;
    this.kernel = ptr.kernel ?? false;
    this.claimed = claimed;
    this.say = say;
  }
  plain(): Plain {
    return this.kernel || (this.bytes.length === 0 && this.claimed > 0) ? "unreadable" : this.say();
  }
}

/** A struct sockaddr in user memory, `len` bytes as the caller says: shown as `127.0.0.1:9999`. */
export function userAddress(ptr: UserPtr, len: number): UserMem | null {
  if (ptr === null) return null;
  return new Shown(ptr, len, () => {
    const b = ptr.bytes;
    if (b.length < 8 || b[0] !== AF_INET || b[1] !== 0) return "…";
    return `${formatIpv4(get32(b, 4))}:${get16(b, 2)}`;
  });
}

/** A buffer in user memory, `len` bytes as the caller says: shown as its first bytes. */
export function userBuffer(ptr: UserPtr, len: number): UserMem | null {
  if (ptr === null) return null;
  return new Shown(ptr, len, () => {
    const cut = ptr.bytes.length > SHOWN ? "..." : "";
    return `${quote(latin1(ptr.bytes.subarray(0, SHOWN)))}${cut}`;
  });
}

/** What needs no escape between quotation marks. */
const ORDINARY = /^[ !#-[\]-~]*$/;

/** Text in which only printable ASCII stands as it is: other bytes must not reach a terminal. */
function quote(text: string): string {
  if (ORDINARY.test(text)) return `"${text}"`;
  return JSON.stringify(text).replace(/[\x7f-\xff]/g, (c) => `\\x${c.charCodeAt(0).toString(16)}`);
}
