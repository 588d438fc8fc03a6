// SPDX-License-Identifier: GPL-2.0-only
/** net/core/stream.c: waiting of stream sockets, and the end of their queues. */
import { inlined, note, refuse, traced } from "../../../../trace/traced.ts";
import { EAGAIN, EPIPE } from "../../../../uapi/errno.ts";
import { MSG_NOSIGNAL } from "../../../../uapi/socket.ts";
import { SOCK_NOSPACE } from "../../include/linux/net.ts";
import { POLLOUT, POLLWRBAND, POLLWRNORM } from "../../include/linux/poll.ts";
import { __skb_queue_purge, drop_all } from "../../include/linux/skbuff.ts";
import {
  lock_sock,
  pending_error,
  type Sock,
  sk_has_sleeper,
  sk_mem_reclaim,
  sk_stream_min_wspace,
  sk_stream_wspace,
} from "../../include/net/sock.ts";
import {
  TCP_CLOSING,
  TCP_FIN_WAIT1,
  TCP_LAST_ACK,
  TCP_SYN_RECV,
  TCP_SYN_SENT,
} from "../../include/net/tcp_states.ts";
import type { Kernel } from "../../kernel.ts";
import { release_sock, wake_up } from "./sock.ts";

const FILE = "net/core/stream.c";

/** Room came up in the send buffer, or the buffer grew: wake who waits, once half as much as is queued is free. */
export const sk_stream_write_space = traced(
  FILE,
  "sk_stream_write_space(sk)",
  (k: Kernel, sk: Sock): void => {
    const sock = sk.sk_socket;
    if (sock === null || sk_stream_wspace(sk) < sk_stream_min_wspace(sk)) return;
    sock.flags &= ~(1 << SOCK_NOSPACE);
    if (sk_has_sleeper(sk)) wake_up(k, sk, POLLOUT | POLLWRNORM | POLLWRBAND);
  },
);

/** Wait until the connection is there: 0, or -errno. */
export const sk_stream_wait_connect = traced(
  FILE,
  "sk_stream_wait_connect(sk, timeo)",
  (k: Kernel, sk: Sock, _timeo: number): number => {
    const err = pending_error(k, sk);
    if (err !== 0) return err;
    if (sk.sk_state !== TCP_SYN_SENT && sk.sk_state !== TCP_SYN_RECV) {
      return refuse(k, -EPIPE, "the socket is not connected", { sk_state: sk.sk_state });
    }
    return refuse(k, -EAGAIN, "not modelled: waiting for a TCP connection");
  },
);

/** Is there still something to be sent before the connection ends? */
export const sk_stream_closing = inlined(
  FILE,
  "sk_stream_closing(sk)",
  (_k: Kernel, sk: Sock): boolean =>
    sk.sk_state === TCP_FIN_WAIT1 || sk.sk_state === TCP_CLOSING || sk.sk_state === TCP_LAST_ACK,
);

/** SO_LINGER: wait until all is sent. A socket without a connection has nothing to send. */
export const sk_stream_wait_close = traced(
  FILE,
  "sk_stream_wait_close(sk, timeout)",
  (k: Kernel, sk: Sock, timeout: number): void => {
    if (timeout === 0) return;
    note(k, "SO_LINGER: wait here until the data is sent", { timeout });
    release_sock(k, sk);
    sk_stream_closing(k, sk);
    lock_sock(k, sk);
    sk_stream_closing(k, sk);
  },
);

/** A broken pipe raises SIGPIPE, unless MSG_NOSIGNAL. */
export const sk_stream_error = traced(
  FILE,
  "sk_stream_error(sk, flags, err)",
  (k: Kernel, sk: Sock, flags: number, err: number): number => {
    if (err !== -EPIPE) return err;
    const pending = pending_error(k, sk);
    if (pending !== 0) return pending;
    if ((flags & MSG_NOSIGNAL) === 0) note(k, "SIGPIPE is sent to the caller");
    return -EPIPE;
  },
);

/** Throw away what waits to be received, and the errors. */
export const sk_stream_kill_queues = traced(
  FILE,
  "sk_stream_kill_queues(sk)",
  (k: Kernel, sk: Sock): void => {
    drop_all(k, sk.sk_receive_queue, "SOCKET_CLOSE", "the socket is closed with unread data");
    __skb_queue_purge(k, sk.sk_receive_queue);
    __skb_queue_purge(k, sk.sk_error_queue);
    sk_mem_reclaim(k, sk);
  },
);
