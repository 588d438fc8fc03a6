// SPDX-License-Identifier: GPL-2.0-only
/** include/net/ip.h: what the parts of IPv4 share. */
import { inlined, note } from "../../../../trace/traced.ts";
import {
  IP_PMTUDISC_DO,
  IP_PMTUDISC_OMIT,
  IP_PMTUDISC_PROBE,
  IP_PMTUDISC_WANT,
} from "../../../../uapi/in.ts";
import { get16, set16 } from "../../../../wire/bytes.ts";
import {
  IP_CHECK,
  IP_DF,
  IP_FRAG_OFF,
  IP_ID,
  IP_MF,
  IP_OFFSET,
  IP_TTL_OFF,
  IP_VIHL,
} from "../../../../wire/ipv4.ts";
import type { Kernel } from "../../kernel.ts";
import { __ip_make_skb } from "../../net/ipv4/ip_output.ts";
import { __ip_select_ident } from "../../net/ipv4/route.ts";
import type { SkBuff } from "../linux/skbuff.ts";
import { type DstEntry, dst_metric_locked, dst_mtu, RTAX_MTU } from "./dst.ts";
import { type InetSock, type IpOptions, inet_sk } from "./inet_sock.ts";
import { IP_MAX_MTU, RT_CONN_FLAGS, RT_CONN_FLAGS_TOS, RT_TOS, type Rtable } from "./route.ts";
import type { Sock } from "./sock.ts";

const FILE = "include/net/ip.h";

// IPCB(skb)->flags
export const IPSKB_FORWARDED = 1;
export const IPSKB_XFRM_TUNNEL_SIZE = 2;
export const IPSKB_XFRM_TRANSFORMED = 4;
export const IPSKB_FRAG_COMPLETE = 8;
export const IPSKB_REROUTED = 16;

// enum ip_defrag_users
export const IP_DEFRAG_LOCAL_DELIVER = 0;
export const IP_DEFRAG_CALL_RA_CHAIN = 1;
export const IP_DEFRAG_CONNTRACK_IN = 2;

/** struct ipcm_cookie: what one send asks of IP, from the socket's options and control messages. */
export interface IpcmCookie {
  addr: number;
  oif: number;
  opt: IpOptions | null;
  /** union skb_shared_tx: time stamps asked for. */
  tx_flags: number;
  /** 0: as the socket says. */
  ttl: number;
  /** -1: as the socket says. */
  tos: number;
  priority: number;
}
export function new_ipcm_cookie(): IpcmCookie {
  return { addr: 0, oif: 0, opt: null, tx_flags: 0, ttl: 0, tos: -1, priority: 0 };
}

/** Where a `struct rtable **` stands in C: the callee may take the reference and leaves null. */
export interface RtRef {
  rt: Rtable | null;
}

/** Offset of the IP header in `skb.head.bytes`. */
export function ip_hdr(skb: SkBuff): number {
  return skb.network_header;
}
/** Length of the IP header in bytes, options included. */
export function ip_hdrlen(skb: SkBuff): number {
  return ((skb.head.bytes[skb.network_header + IP_VIHL] as number) & 0xf) * 4;
}
/** Is the header at `iph` that of a fragment? */
export function ip_is_fragment(bytes: Uint8Array, iph: number): boolean {
  return (get16(bytes, iph + IP_FRAG_OFF) & (IP_MF | IP_OFFSET)) !== 0;
}

/** Routing's TOS bits of one send. */
export function get_rttos(ipc: IpcmCookie, inet: InetSock): number {
  return ipc.tos !== -1 ? RT_TOS(ipc.tos) : RT_TOS(inet.tos);
}
/** As get_rttos, with the bit that SO_DONTROUTE sets. */
export function get_rtconn_flags(k: Kernel, ipc: IpcmCookie, sk: Sock): number {
  return ipc.tos !== -1 ? RT_CONN_FLAGS_TOS(k, sk, ipc.tos) : RT_CONN_FLAGS(k, sk);
}

/** One hop more: count the TTL of the header at `iph` down and mend its checksum. Returns the new TTL. */
export function ip_decrease_ttl(bytes: Uint8Array, iph: number): number {
  const check = get16(bytes, iph + IP_CHECK) + 0x0100;
  set16(bytes, iph + IP_CHECK, check + (check >= 0xffff ? 1 : 0));
  const ttl = ((bytes[iph + IP_TTL_OFF] as number) - 1) & 0xff;
  bytes[iph + IP_TTL_OFF] = ttl;
  return ttl;
}

/** May routers not cut this packet (DF)? IP_MTU_DISCOVER decides. */
export const ip_dont_fragment = inlined(
  FILE,
  "ip_dont_fragment(sk, dst)",
  (_k: Kernel, sk: Sock, dst: DstEntry): boolean => {
    const pmtudisc = inet_sk(sk).pmtudisc;
    return (
      pmtudisc === IP_PMTUDISC_DO || (pmtudisc === IP_PMTUDISC_WANT && !dst_metric_locked(dst, RTAX_MTU))
    );
  },
);

/** Does the socket believe what routes say about the MTU? */
export function ip_sk_use_pmtu(sk: Sock): boolean {
  return inet_sk(sk).pmtudisc < IP_PMTUDISC_PROBE;
}

/** The MTU of a route; what is forwarded goes by the device unless told otherwise. */
export function ip_dst_mtu_maybe_forward(dst: DstEntry, forwarding: boolean): number {
  const dev = dst.dev;
  if (!forwarding || dev === null || dst_metric_locked(dst, RTAX_MTU)) return dst_mtu(dst);
  if (dev.nd_net.sysctl_ip_fwd_use_pmtu !== 0) return dst_mtu(dst);
  return Math.min(dev.mtu, IP_MAX_MTU);
}

/** The MTU that this packet must fit. */
export const ip_skb_dst_mtu = inlined(FILE, "ip_skb_dst_mtu(skb)", (_k: Kernel, skb: SkBuff): number => {
  const dst = skb.dst as DstEntry;
  if (skb.sk === null || ip_sk_use_pmtu(skb.sk)) {
    const flags = skb.ipcb === null ? 0 : skb.ipcb.flags;
    return ip_dst_mtu_maybe_forward(dst, (flags & IPSKB_FORWARDED) !== 0);
  }
  return Math.min(dst.dev?.mtu ?? 0, IP_MAX_MTU);
});

/** May this host itself cut packets that carry DF? */
export function ip_sk_local_df(sk: Sock): boolean {
  const pmtudisc = inet_sk(sk).pmtudisc;
  return pmtudisc < IP_PMTUDISC_DO || pmtudisc === IP_PMTUDISC_OMIT;
}

/** Number the datagram whose header is at `iph`, for whoever has to put its fragments together. */
export const ip_select_ident = inlined(
  FILE,
  "ip_select_ident(iph, dst, sk)",
  (k: Kernel, iph: SkBuff, dst: DstEntry, sk: Sock | null): void => {
    const bytes = iph.head.bytes;
    const at = iph.network_header;
    if ((get16(bytes, at + IP_FRAG_OFF) & IP_DF) !== 0) {
      const inet = sk === null ? null : inet_sk(sk);
      if (inet !== null && inet.daddr !== 0) {
        note(k, "DF set and connected: IP id from the socket's counter", { id: inet.id });
        set16(bytes, at + IP_ID, inet.id);
        inet.id = (inet.id + 1) & 0xffff;
      } else {
        note(k, "DF set: never fragmented, IP id is 0", { id: 0 });
        set16(bytes, at + IP_ID, 0);
      }
      return;
    }
    __ip_select_ident(k, iph, dst, 0);
  },
);

/** Is the port kept out of the ephemeral range (ip_local_reserved_ports)? */
export const inet_is_reserved_local_port = inlined(
  FILE,
  "inet_is_reserved_local_port(port)",
  (k: Kernel, port: number): boolean => {
    return k.sysctl_local_reserved_ports.has(port);
  },
);

/** What was corked on the socket, as one datagram. */
export const ip_finish_skb = inlined(FILE, "ip_finish_skb(sk)", (k: Kernel, sk: Sock): SkBuff | null => {
  return __ip_make_skb(k, sk, sk.sk_write_queue, inet_sk(sk).cork);
});

/** The socket forgets its own address. */
export function inet_reset_saddr(sk: Sock): void {
  inet_sk(sk).rcv_saddr = 0;
  inet_sk(sk).saddr = 0;
}
