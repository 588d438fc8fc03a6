// SPDX-License-Identifier: GPL-2.0-only
/** net/ipv4/tcp.c: a TCP socket without a connection. Connections are not modelled. */
import { note, traced } from "../../../../trace/traced.ts";
import { EOPNOTSUPP } from "../../../../uapi/errno.ts";
import { MSG_DONTWAIT, SOL_IP } from "../../../../uapi/socket.ts";
import type { Msghdr, Socket } from "../../include/linux/net.ts";
import type { PollTable } from "../../include/linux/poll.ts";
import type { Page } from "../../include/linux/skbuff.ts";
import {
  lock_sock,
  type Proto,
  type Sock,
  sock_orphan,
  sock_put,
  sock_sndtimeo,
  TCP_ESTABLISHED,
} from "../../include/net/sock.ts";
import type { Kernel } from "../../kernel.ts";
import { release_sock } from "../core/sock.ts";
import { sk_stream_error, sk_stream_wait_connect } from "../core/stream.ts";
import { ip_getsockopt, ip_setsockopt } from "./ip_sockglue.ts";
import { tcp_v4_init_sock } from "./tcp_ipv4.ts";
import { tcp_release_cb } from "./tcp_output.ts";

const FILE = "net/ipv4/tcp.c";
const TCP_CLOSE_WAIT = 8;

function not_modelled(k: Kernel): number {
  note(k, "not modelled: TCP connections");
  return -EOPNOTSUPP;
}

/** poll(2). */
export const tcp_poll = traced(
  FILE,
  "tcp_poll(sock, wait)",
  (k: Kernel, _sock: Socket, _wait: PollTable | null): number => {
    not_modelled(k);
    return 0;
  },
);

/** Send: without a connection a broken pipe. */
export const tcp_sendmsg = traced(
  FILE,
  "tcp_sendmsg(sock, msg, size)",
  (k: Kernel, sock: Socket, msg: Msghdr, _size: number): number => {
    const sk = sock.sk as Sock;
    lock_sock(k, sk);
    const flags = msg.msg_flags;
    const timeo = sock_sndtimeo(sk, flags & MSG_DONTWAIT);
    let err: number;
    if (sk.sk_state !== TCP_ESTABLISHED && sk.sk_state !== TCP_CLOSE_WAIT) {
      note(k, "no connection");
      err = sk_stream_wait_connect(k, sk, timeo);
    } else {
      err = not_modelled(k);
    }
    err = sk_stream_error(k, sk, flags, err);
    release_sock(k, sk);
    return err;
  },
);

/** Send a page. */
export const tcp_sendpage = traced(
  FILE,
  "tcp_sendpage(sock, page, offset, size, flags)",
  (k: Kernel, _sock: Socket, _page: Page, _offset: number, _size: number, _flags: number): number =>
    not_modelled(k),
);

/** Close a socket that never had a connection. */
export const tcp_close = traced(
  FILE,
  "tcp_close(sk, timeout)",
  (k: Kernel, sk: Sock, _timeout: number): void => {
    note(k, "not modelled: how TCP closes");
    sock_orphan(k, sk);
    sock_put(k, sk);
  },
);

/** TCP sockets. */
export const tcp_prot: Proto = {
  name: "TCP",
  obj_size: 1600,
  family: "tcp",
  has_memory_accounting: true,
  rhel_ext: true,
  close: tcp_close,
  connect: (k) => not_modelled(k),
  disconnect: (k) => not_modelled(k),
  init: (k, sk) => tcp_v4_init_sock(k, sk),
  setsockopt: (k, sk, level, optname, optval, optlen) =>
    level === SOL_IP ? ip_setsockopt(k, sk, level, optname, optval, optlen) : not_modelled(k),
  getsockopt: (k, sk, level, optname, optval) =>
    level === SOL_IP ? ip_getsockopt(k, sk, level, optname, optval) : not_modelled(k),
  // Nothing is ever queued without a connection.
  ioctl: (_k, _sk, _cmd, arg) => {
    arg.value = 0;
    return 0;
  },
  recvmsg: (k) => not_modelled(k),
  get_port: (k) => {
    not_modelled(k);
    return 1;
  },
  release_cb: (k, sk) => tcp_release_cb(k, sk),
};
