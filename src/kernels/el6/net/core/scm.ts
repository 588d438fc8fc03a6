// SPDX-License-Identifier: GPL-2.0-only
/** net/core/scm.c: control messages. */
import { note, traced } from "../../../../trace/traced.ts";
import { MSG_CTRUNC } from "../../../../uapi/socket.ts";
import type { Msghdr } from "../../include/linux/net.ts";
import type { Kernel } from "../../kernel.ts";

const FILE = "net/core/scm.c";

/** sizeof(struct cmsghdr), x86-64. */
export const SIZEOF_CMSGHDR = 16;
export function CMSG_ALIGN(len: number): number {
  return (len + 7) & ~7;
}
export function CMSG_LEN(len: number): number {
  return SIZEOF_CMSGHDR + len;
}
export function CMSG_SPACE(len: number): number {
  return SIZEOF_CMSGHDR + CMSG_ALIGN(len);
}

/** Append a control message for the receiver, as far as its buffer goes. */
export const put_cmsg = traced(
  FILE,
  "put_cmsg(msg, level, type, len, data)",
  (k: Kernel, msg: Msghdr, level: number, type: number, len: number, data: Uint8Array): number => {
    if (msg.msg_controllen < SIZEOF_CMSGHDR) {
      note(k, "no room for control data: MSG_CTRUNC", { level, type, msg_controllen: msg.msg_controllen });
      msg.msg_flags |= MSG_CTRUNC;
      return 0;
    }
    let cmlen = CMSG_LEN(len);
    if (msg.msg_controllen < cmlen) {
      note(k, "control message truncated: MSG_CTRUNC", { level, type, msg_controllen: msg.msg_controllen });
      msg.msg_flags |= MSG_CTRUNC;
      cmlen = msg.msg_controllen;
    }
    msg.cmsgs.push([level, type, data.slice(0, cmlen - SIZEOF_CMSGHDR)]);
    msg.msg_controllen -= Math.min(CMSG_SPACE(len), msg.msg_controllen);
    return 0;
  },
);
