// SPDX-License-Identifier: GPL-2.0-only
/**
 * security/security.c: where a security module may say no. SELinux is off, so the default operations
 * (security/capability.c) answer every one of these hooks: 0, and nothing done; only of labels there are none.
 */
import { inlined, refuse, traced } from "../../../trace/traced.ts";
import { ENOPROTOOPT } from "../../../uapi/errno.ts";
import type { Msghdr, Socket } from "../include/linux/net.ts";
import type { SkBuff } from "../include/linux/skbuff.ts";
import type { Flowi } from "../include/net/flow.ts";
import type { OptOut, Sock } from "../include/net/sock.ts";
import type { Kernel } from "../kernel.ts";

const FILE = "security/security.c";

/** May this task make a socket of this kind? */
export const security_socket_create = traced(
  FILE,
  "security_socket_create(family, type, protocol, kern)",
  (_k: Kernel, _family: number, _type: number, _protocol: number, _kern: number): number => 0,
);

/** Label the new socket. */
export const security_socket_post_create = traced(
  FILE,
  "security_socket_post_create(sock, family, type, protocol, kern)",
  (_k: Kernel, _sock: Socket, _family: number, _type: number, _protocol: number, _kern: number): number => 0,
);

/** May it be bound there? */
export const security_socket_bind = traced(
  FILE,
  "security_socket_bind(sock, address, addrlen)",
  (_k: Kernel, _sock: Socket, _address: Uint8Array, _addrlen: number): number => 0,
);

/** May it be connected there? */
export const security_socket_connect = traced(
  FILE,
  "security_socket_connect(sock, address, addrlen)",
  (_k: Kernel, _sock: Socket, _address: Uint8Array, _addrlen: number): number => 0,
);

/** May this message be sent? */
export const security_socket_sendmsg = traced(
  FILE,
  "security_socket_sendmsg(sock, msg, size)",
  (_k: Kernel, _sock: Socket, _msg: Msghdr, _size: number): number => 0,
);

/** May a message be received? */
export const security_socket_recvmsg = traced(
  FILE,
  "security_socket_recvmsg(sock, msg, size, flags)",
  (_k: Kernel, _sock: Socket, _msg: Msghdr, _size: number, _flags: number): number => 0,
);

/** May its own address be read? */
export const security_socket_getsockname = traced(
  FILE,
  "security_socket_getsockname(sock)",
  (_k: Kernel, _sock: Socket): number => 0,
);

/** May its peer's address be read? */
export const security_socket_getpeername = inlined(
  FILE,
  "security_socket_getpeername(sock)",
  (_k: Kernel, _sock: Socket): number => 0,
);

/** May this option be read? */
export const security_socket_getsockopt = inlined(
  FILE,
  "security_socket_getsockopt(sock, level, optname)",
  (_k: Kernel, _sock: Socket, _level: number, _optname: number): number => 0,
);

/** May this option be set? */
export const security_socket_setsockopt = traced(
  FILE,
  "security_socket_setsockopt(sock, level, optname)",
  (_k: Kernel, _sock: Socket, _level: number, _optname: number): number => 0,
);

/** May it be shut down? */
export const security_socket_shutdown = traced(
  FILE,
  "security_socket_shutdown(sock, how)",
  (_k: Kernel, _sock: Socket, _how: number): number => 0,
);

/** May this packet go to this socket? */
export const security_sock_rcv_skb = traced(
  FILE,
  "security_sock_rcv_skb(sk, skb)",
  (_k: Kernel, _sk: Sock, _skb: SkBuff): number => 0,
);

/** Who is the peer, as a label? Nobody can say without a security module. */
export const security_socket_getpeersec_stream = traced(
  FILE,
  "security_socket_getpeersec_stream(sock, optval, len)",
  (k: Kernel, _sock: Socket, _optval: OptOut, _len: number): number =>
    refuse(k, -ENOPROTOOPT, "no security module: no peer label"),
);

/** Whose packet is it, as a label? Nobody can say without a security module. */
export const security_socket_getpeersec_dgram = traced(
  FILE,
  "security_socket_getpeersec_dgram(sock, skb)",
  (_k: Kernel, _sock: Socket | null, _skb: SkBuff): number => -ENOPROTOOPT,
);

/** Make room for the socket's label. */
export const security_sk_alloc = traced(
  FILE,
  "security_sk_alloc(sk, family, priority)",
  (_k: Kernel, _sk: Sock, _family: number, _priority: number): number => 0,
);

/** Make room for an IPsec policy's label. */
export const security_xfrm_policy_alloc = traced(
  FILE,
  "security_xfrm_policy_alloc(ctx)",
  (_k: Kernel, _ctx: null): number => 0,
);

/** May this IPsec policy be deleted? */
export const security_xfrm_policy_delete = traced(
  FILE,
  "security_xfrm_policy_delete(ctx)",
  (_k: Kernel, _ctx: null): number => 0,
);

/** Does the flow's label match the policy's? */
export const security_xfrm_policy_lookup = traced(
  FILE,
  "security_xfrm_policy_lookup(ctx, fl_secid, dir)",
  (_k: Kernel, _ctx: null, _fl_secid: number, _dir: number): number => 0,
);

/** Label an IPsec state that is about to be negotiated. */
export const security_xfrm_state_alloc_acquire = traced(
  FILE,
  "security_xfrm_state_alloc_acquire(x, polsec, secid)",
  (_k: Kernel, _x: object, _polsec: null, _secid: number): number => 0,
);

/** Read the flow's label from a packet. */
export const security_xfrm_decode_session = traced(
  FILE,
  "security_xfrm_decode_session(skb, fl)",
  (_k: Kernel, _skb: SkBuff, _fl: Flowi): number => 0,
);

/** Free the socket's label. */
export const security_sk_free = traced(FILE, "security_sk_free(sk)", (_k: Kernel, _sk: Sock): void => {});

/** Put the socket's label on the flow. */
export const security_sk_classify_flow = traced(
  FILE,
  "security_sk_classify_flow(sk, fl)",
  (_k: Kernel, _sk: Sock, _fl: Flowi): void => {},
);

/** Put the packet's label on the flow. */
export const security_skb_classify_flow = traced(
  FILE,
  "security_skb_classify_flow(skb, fl)",
  (_k: Kernel, _skb: SkBuff, _fl: Flowi): void => {},
);

/** Take the label over from socket to struct sock. */
export const security_sock_graft = traced(
  FILE,
  "security_sock_graft(sk, parent)",
  (_k: Kernel, _sk: Sock, _parent: Socket): void => {},
);

/** Free an IPsec policy's label. */
export const security_xfrm_policy_free = traced(
  FILE,
  "security_xfrm_policy_free(ctx)",
  (_k: Kernel, _ctx: null): void => {},
);

/** Free an IPsec state's label. */
export const security_xfrm_state_free = traced(
  FILE,
  "security_xfrm_state_free(x)",
  (_k: Kernel, _x: object): void => {},
);
