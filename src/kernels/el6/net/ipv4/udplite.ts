// SPDX-License-Identifier: GPL-2.0-only
/** net/ipv4/udplite.c: UDP-Lite (RFC 3828), UDP whose checksum may cover a part of the datagram only. */
import { traced } from "../../../../trace/traced.ts";
import { IPPROTO_UDPLITE } from "../../../../uapi/in.ts";
import { SOCK_DGRAM } from "../../../../uapi/socket.ts";
import type { SkBuff } from "../../include/linux/skbuff.ts";
import type { Proto } from "../../include/net/sock.ts";
import { udp_lib_close, udp_lib_hash } from "../../include/net/udp.ts";
import { udplite_sk_init } from "../../include/net/udplite.ts";
import type { Kernel } from "../../kernel.ts";
import { INET_PROTOSW_PERMANENT, inet_dgram_ops, inet_register_protosw } from "./af_inet.ts";
import { ip4_datagram_connect } from "./datagram.ts";
import {
  __udp4_lib_err,
  __udp4_lib_rcv,
  udp_destroy_sock,
  udp_disconnect,
  udp_getsockopt,
  udp_ioctl,
  udp_lib_unhash,
  udp_queue_rcv_skb,
  udp_recvmsg,
  udp_sendmsg,
  udp_sendpage,
  udp_setsockopt,
  udp_v4_get_port,
} from "./udp.ts";

const FILE = "net/ipv4/udplite.c";

/** UDP-Lite's handler for what ip_local_deliver gives. */
export const udplite_rcv = traced(FILE, "udplite_rcv(skb)", (k: Kernel, skb: SkBuff): number => {
  return __udp4_lib_rcv(k, skb, k.udplite_table, IPPROTO_UDPLITE);
});

/** UDP-Lite's handler for ICMP errors. */
export const udplite_err = traced(
  FILE,
  "udplite_err(skb, info)",
  (k: Kernel, skb: SkBuff, info: number): void => {
    __udp4_lib_err(k, skb, info, k.udplite_table);
  },
);

/** struct proto of UDP-Lite. */
export const udplite_prot: Proto = {
  name: "UDP-Lite",
  family: "udplite",
  obj_size: 824,
  has_memory_accounting: false,
  close: (k, sk, timeout) => udp_lib_close(k, sk, timeout),
  connect: (k, sk, uaddr, addr_len) => ip4_datagram_connect(k, sk, uaddr, addr_len),
  disconnect: (k, sk, flags) => udp_disconnect(k, sk, flags),
  ioctl: (k, sk, cmd, arg) => udp_ioctl(k, sk, cmd, arg),
  init: (k, sk) => udplite_sk_init(k, sk),
  destroy: (k, sk) => udp_destroy_sock(k, sk),
  setsockopt: (k, sk, level, optname, optval, optlen) =>
    udp_setsockopt(k, sk, level, optname, optval, optlen),
  getsockopt: (k, sk, level, optname, optval) => udp_getsockopt(k, sk, level, optname, optval),
  sendmsg: (k, sk, msg, len) => udp_sendmsg(k, sk, msg, len),
  recvmsg: (k, sk, msg, len, noblock, flags) => udp_recvmsg(k, sk, msg, len, noblock, flags),
  sendpage: (k, sk, page, offset, size, flags) => udp_sendpage(k, sk, page, offset, size, flags),
  backlog_rcv: (k, sk, skb) => udp_queue_rcv_skb(k, sk, skb),
  hash: (k, sk) => udp_lib_hash(k, sk),
  unhash: (k, sk) => udp_lib_unhash(k, sk),
  get_port: (k, sk, snum) => udp_v4_get_port(k, sk, snum),
};

/** UDP-Lite takes its place above IP. */
export function udplite4_register(k: Kernel): void {
  k.inet_protos.set(IPPROTO_UDPLITE, { handler: udplite_rcv, err_handler: udplite_err, no_policy: true });
  inet_register_protosw(k, {
    type: SOCK_DGRAM,
    protocol: IPPROTO_UDPLITE,
    prot: udplite_prot,
    ops: inet_dgram_ops,
    no_check: 0,
    flags: INET_PROTOSW_PERMANENT,
  });
}
