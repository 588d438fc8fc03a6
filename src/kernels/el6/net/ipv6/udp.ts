// SPDX-License-Identifier: GPL-2.0-only
/** net/ipv6/udp.c: UDP over IPv6, which sends to IPv4 addresses as UDP over IPv4 does. Its functions are not traced. */
import { note, refuse } from "../../../../trace/traced.ts";
import { EDESTADDRREQ, EINVAL, ENETUNREACH, ENOPROTOOPT, EOPNOTSUPP } from "../../../../uapi/errno.ts";
import { AF_INET, AF_INET6, AF_UNSPEC } from "../../../../uapi/socket.ts";
import { get16, get32, set16 } from "../../../../wire/bytes.ts";
import type { Msghdr } from "../../include/linux/net.ts";
import { udp_sk } from "../../include/net/inet_sock.ts";
import { lock_sock, type Proto, type Sock } from "../../include/net/sock.ts";
import type { Kernel } from "../../kernel.ts";
import { release_sock } from "../core/sock.ts";
import {
  udp_flush_pending_frames,
  udp_getsockopt,
  udp_lib_get_port,
  udp_prot,
  udp_sendmsg,
  udp_setsockopt,
} from "../ipv4/udp.ts";

const SOL_IPV6 = 41;
const SIN6_LEN_RFC2133 = 24;
const SIZEOF_SOCKADDR_IN = 16;
const SIN6_ADDR = 8;

/** The sockaddr_in that an IPv4-mapped address (::ffff:a.b.c.d) means. */
function mapped(sin6: Uint8Array): Uint8Array | undefined {
  const zeros = get32(sin6, SIN6_ADDR) === 0 && get32(sin6, SIN6_ADDR + 4) === 0;
  if (!zeros || get32(sin6, SIN6_ADDR + 8) !== 0xffff) return undefined;
  const sin = new Uint8Array(SIZEOF_SOCKADDR_IN);
  sin[0] = AF_INET;
  set16(sin, 2, get16(sin6, 2));
  sin.set(sin6.subarray(SIN6_ADDR + 12, SIN6_ADDR + 16), 4);
  return sin;
}

function unreachable(k: Kernel): number {
  return refuse(k, -ENETUNREACH, "not modelled: IPv6 routes; no IPv6 address is reachable");
}

/** More of a corked datagram; no socket is connected. */
function without_address(k: Kernel, sk: Sock, msg: Msghdr, len: number): number {
  if (udp_sk(sk).pending === AF_INET) return udp_sendmsg(k, sk, msg, len);
  return refuse(k, -EDESTADDRREQ, "no destination address, and the socket is not connected");
}

/** udpv6_sendmsg. */
function udpv6_sendmsg(k: Kernel, sk: Sock, msg: Msghdr, len: number): number {
  const name = msg.msg_name;
  if (name === null) return without_address(k, sk, msg, len);
  if (msg.msg_namelen < 2) {
    return refuse(k, -EINVAL, "address is too short for sa_family", { msg_namelen: msg.msg_namelen });
  }
  switch (get_family(name)) {
    case AF_UNSPEC:
      msg.msg_name = null;
      msg.msg_namelen = 0;
      return without_address(k, sk, msg, len);
    case AF_INET:
      note(k, "IPv4 address: sent by udp_sendmsg");
      return udp_sendmsg(k, sk, msg, len);
    case AF_INET6: {
      if (msg.msg_namelen < SIN6_LEN_RFC2133) {
        return refuse(k, -EINVAL, "address shorter than struct sockaddr_in6", {
          msg_namelen: msg.msg_namelen,
        });
      }
      const sin = mapped(name);
      if (sin === undefined) return unreachable(k);
      note(k, "IPv4-mapped address: sent by udp_sendmsg");
      msg.msg_name = sin;
      msg.msg_namelen = SIZEOF_SOCKADDR_IN;
      return udp_sendmsg(k, sk, msg, len);
    }
    default:
      return refuse(k, -EINVAL, "family is neither AF_INET6 nor AF_INET", { family: get_family(name) });
  }
}

function get_family(name: Uint8Array): number {
  return (name[0] as number) | ((name[1] as number) << 8);
}

/** struct proto of UDP over IPv6. */
export const udpv6_prot: Proto = {
  ...udp_prot,
  name: "UDPv6",
  obj_size: 976,
  connect: (k) => refuse(k, -EOPNOTSUPP, "not modelled: connected IPv6 sockets"),
  destroy: (k, sk) => {
    lock_sock(k, sk);
    if (udp_sk(sk).pending === AF_INET) udp_flush_pending_frames(k, sk);
    release_sock(k, sk);
  },
  setsockopt: (k, sk, level, optname, optval, optlen) =>
    level === SOL_IPV6
      ? refuse(k, -ENOPROTOOPT, "not modelled: IPv6 socket options", { optname })
      : udp_setsockopt(k, sk, level, optname, optval, optlen),
  getsockopt: (k, sk, level, optname, optval) =>
    level === SOL_IPV6
      ? refuse(k, -ENOPROTOOPT, "not modelled: IPv6 socket options", { optname })
      : udp_getsockopt(k, sk, level, optname, optval),
  sendmsg: udpv6_sendmsg,
  recvmsg: (k) => refuse(k, -EOPNOTSUPP, "not modelled: receiving on IPv6 sockets"),
  // ipv6_rcv_saddr_equal: bound to no address, it stands in the way of all.
  get_port: (k, sk, snum) => udp_lib_get_port(k, sk, snum, () => true),
};
