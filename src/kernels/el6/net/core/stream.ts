// SPDX-License-Identifier: GPL-2.0-only
/** net/core/stream.c: waiting of stream sockets. */
import { note, traced } from "../../../../trace/traced.ts";
import { EAGAIN, EPIPE } from "../../../../uapi/errno.ts";
import { MSG_NOSIGNAL } from "../../../../uapi/socket.ts";
import { type Sock, sock_error } from "../../include/net/sock.ts";
import type { Kernel } from "../../kernel.ts";

const FILE = "net/core/stream.c";
const TCP_SYN_SENT = 2;
const TCP_SYN_RECV = 3;

/** Wait until the connection is there: 0, or -errno. */
export const sk_stream_wait_connect = traced(
  FILE,
  "sk_stream_wait_connect(sk, timeo)",
  (k: Kernel, sk: Sock, _timeo: number): number => {
    const err = sock_error(sk);
    if (err !== 0) return err;
    if (sk.sk_state !== TCP_SYN_SENT && sk.sk_state !== TCP_SYN_RECV) {
      note(k, "neither connected nor about to be", { sk_state: sk.sk_state });
      return -EPIPE;
    }
    note(k, "not modelled: waiting for a TCP connection");
    return -EAGAIN;
  },
);

/** A broken pipe raises SIGPIPE, unless MSG_NOSIGNAL. */
export const sk_stream_error = traced(
  FILE,
  "sk_stream_error(sk, flags, err)",
  (k: Kernel, sk: Sock, flags: number, err: number): number => {
    if (err !== -EPIPE) return err;
    const pending = sock_error(sk);
    if (pending !== 0) return pending;
    if ((flags & MSG_NOSIGNAL) === 0) note(k, "the caller gets SIGPIPE as well");
    return -EPIPE;
  },
);
