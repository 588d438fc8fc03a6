// SPDX-License-Identifier: GPL-2.0-only
/** net/ipv4/icmp.c: errors and questions between IP hosts: sending them, and hearing them. */
import { drop, dump, fate, inlined, note, traced } from "../../../../trace/traced.ts";
import {
  ECONNREFUSED,
  EHOSTDOWN,
  EHOSTUNREACH,
  EMSGSIZE,
  ENETUNREACH,
  ENONET,
  ENOPROTOOPT,
  EOPNOTSUPP,
  EPERM,
} from "../../../../uapi/errno.ts";
import { IP_PMTUDISC_DONT, IPPROTO_ICMP } from "../../../../uapi/in.ts";
import { AF_INET, MSG_DONTWAIT, SOCK_RAW } from "../../../../uapi/socket.ts";
import { get16, get32, get32le, set16, set32 } from "../../../../wire/bytes.ts";
import { csum_add, csum_block_add, csum_fold, csum_partial } from "../../../../wire/checksum.ts";
import {
  ICMP_ADDRESS,
  ICMP_ADDRESSREPLY,
  ICMP_CHECKSUM,
  ICMP_CODE,
  ICMP_DEST_UNREACH,
  ICMP_ECHO,
  ICMP_ECHOREPLY,
  ICMP_FRAG_MTU,
  ICMP_FRAG_NEEDED,
  ICMP_HLEN,
  ICMP_HOST_UNREACH,
  ICMP_NET_UNREACH,
  ICMP_PARAMETERPROB,
  ICMP_PORT_UNREACH,
  ICMP_PROT_UNREACH,
  ICMP_REST,
  ICMP_SR_FAILED,
  ICMP_TIMESTAMP,
  ICMP_TIMESTAMPREPLY,
  ICMP_TYPE,
  NR_ICMP_TYPES,
  NR_ICMP_UNREACH,
} from "../../../../wire/icmp.ts";
import {
  formatIpv4,
  IP_DADDR,
  IP_FRAG_OFF,
  IP_HLEN,
  IP_OFFSET,
  IP_PROTOCOL,
  IP_SADDR,
  IP_TOS_OFF,
} from "../../../../wire/ipv4.ts";
import { tell_made } from "../../fates.ts";
import { IN_DEV_FORWARD, IN_DEV_LOG_MARTIANS } from "../../include/linux/inetdevice.ts";
import {
  dev_net,
  dev_put,
  IFF_LOOPBACK,
  in_dev_get,
  in_dev_put,
  type NetDevice,
} from "../../include/linux/netdevice.ts";
import {
  CHECKSUM_COMPLETE,
  CHECKSUM_NONE,
  no_options,
  PACKET_HOST,
  pskb_may_pull,
  pskb_pull,
  SIZEOF_SK_BUFF,
  type SkBuff,
  skb_dst_set,
  skb_headlen,
  skb_network_offset,
  skb_peek,
  skb_rtable,
} from "../../include/linux/skbuff.ts";
import { type DstEntry, dst_mtu } from "../../include/net/dst.ts";
import { Flowi } from "../../include/net/flow.ts";
import { type IpOptions, inet_sk } from "../../include/net/inet_sock.ts";
import type { IpcmCookie } from "../../include/net/ip.ts";
import { RT_SCOPE_LINK, RTN_BROADCAST, RTN_LOCAL } from "../../include/net/ip_fib.ts";
import {
  ip_rt_put,
  RT_TOS,
  RTCF_BROADCAST,
  RTCF_DIRECTSRC,
  RTCF_LOCAL,
  RTCF_MULTICAST,
  type Rtable,
} from "../../include/net/route.ts";
import {
  count,
  ICMP_MIB_INERRORS,
  ICMP_MIB_INMSGS,
  ICMP_MIB_OUTMSGS,
  ICMPMSG_INC_STATS,
} from "../../include/net/snmp.ts";
import type { Sock } from "../../include/net/sock.ts";
import {
  XFRM_LOOKUP_ICMP,
  XFRM_POLICY_IN,
  xfrm_decode_session_reverse,
  xfrm4_policy_check,
} from "../../include/net/xfrm.ts";
import { type Kernel, local_bh_disable, local_bh_enable, type Net, printk } from "../../kernel.ts";
import { security_skb_classify_flow } from "../../security/security.ts";
import { __skb_checksum_complete } from "../core/datagram.ts";
import { dev_get_by_index } from "../core/dev.ts";
import { dst_release } from "../core/dst.ts";
import { kfree_skb, skb_copy_and_csum_bits, skb_copy_bits } from "../core/skbuff.ts";
import { net_ratelimit } from "../core/utils.ts";
import { nf_ct_attach } from "../netfilter/core.ts";
import { xfrm_lookup } from "../xfrm/xfrm_policy.ts";
import { inet_ctl_sock_create } from "./af_inet.ts";
import { inet_select_addr } from "./devinet.ts";
import { inet_addr_type } from "./fib_frontend.ts";
import { ip_options_echo } from "./ip_options.ts";
import { ip_append_data, ip_flush_pending_frames, ip_push_pending_frames } from "./ip_output.ts";
import { ping_err, ping_rcv } from "./ping.ts";
import { raw_icmp_error } from "./raw.ts";
import {
  __ip_route_output_key,
  ip_route_input,
  ip_route_output_key,
  ip_rt_frag_needed,
  ip_rt_redirect,
} from "./route.ts";

const FILE = "net/ipv4/icmp.c";

/** struct icmp_bxm: a message being built. `data` is the ICMP header and three timestamps. */
interface IcmpBxm {
  skb: SkBuff;
  /** Where the quoted bytes begin in `skb`. */
  offset: number;
  data_len: number;
  data: Uint8Array;
  head_len: number;
  replyopts: IpOptions;
}

/** What a destination unreachable's code means to a socket (RFC 1122, 3.2.2.1); indexed by code. */
export const icmp_err_convert: readonly { readonly errno: number; readonly fatal: boolean }[] = [
  { errno: ENETUNREACH, fatal: false }, // network unreachable
  { errno: EHOSTUNREACH, fatal: false }, // host unreachable
  { errno: ENOPROTOOPT, fatal: true }, // protocol unreachable
  { errno: ECONNREFUSED, fatal: true }, // port unreachable
  { errno: EMSGSIZE, fatal: false }, // fragmentation needed
  { errno: EOPNOTSUPP, fatal: false }, // source route failed
  { errno: ENETUNREACH, fatal: true }, // network unknown
  { errno: EHOSTDOWN, fatal: true }, // host unknown
  { errno: ENONET, fatal: true }, // source host isolated
  { errno: ENETUNREACH, fatal: true }, // network prohibited
  { errno: EHOSTUNREACH, fatal: true }, // host prohibited
  { errno: ENETUNREACH, fatal: false }, // network unreachable for this TOS
  { errno: EHOSTUNREACH, fatal: false }, // host unreachable for this TOS
  { errno: EHOSTUNREACH, fatal: true }, // filtered
  { errno: EHOSTUNREACH, fatal: true }, // precedence violation
  { errno: EHOSTUNREACH, fatal: true }, // precedence cut-off
];

const IPTOS_TOS_MASK = 0x1e;
const IPTOS_PREC_INTERNETCONTROL = 0xc0;
/** A reply or error tells as much as fits a datagram that every host must accept. */
const ICMP_MAX_DATAGRAM = 576;
const XRLIM_BURST_FACTOR = 6;

/** The socket that ICMP sends with, one a CPU. */
export const icmp_sk = inlined(FILE, "icmp_sk(net)", (_k: Kernel, net: Net): Sock => net.icmp_sk);

/** Take the ICMP socket; null when it is in use further down this very stack. */
export const icmp_xmit_lock = inlined(FILE, "icmp_xmit_lock(net)", (k: Kernel, net: Net): Sock | null => {
  local_bh_disable(k);
  const sk = icmp_sk(k, net);
  if (sk.slock_held) {
    note(k, "the ICMP socket is locked, further up this call stack: not sent");
    local_bh_enable(k);
    return null;
  }
  sk.slock_held = true;
  return sk;
});

/** Give the ICMP socket back. */
export const icmp_xmit_unlock = inlined(FILE, "icmp_xmit_unlock(sk)", (k: Kernel, sk: Sock): void => {
  sk.slock_held = false;
  local_bh_enable(k);
});

/** A token bucket in the destination: a message costs `timeout` jiffies, and six of them may be saved up. */
export const xrlim_allow = traced(
  FILE,
  "xrlim_allow(dst, timeout)",
  (k: Kernel, dst: DstEntry, timeout: number): number => {
    const now = k.jiffies;
    let token = Math.min(dst.rate_tokens + now - dst.rate_last, XRLIM_BURST_FACTOR * timeout);
    dst.rate_last = now;
    let rc = 0;
    if (token >= timeout) {
      token -= timeout;
      rc = 1;
    } else {
      note(k, "ICMP rate limit for this destination: not sent", { tokens: token, cost: timeout });
    }
    dst.rate_tokens = token;
    return rc;
  },
);

/** May this message be sent now? */
export const icmpv4_xrlim_allow = inlined(
  FILE,
  "icmpv4_xrlim_allow(net, rt, type, code)",
  (k: Kernel, net: Net, rt: Rtable, type: number, code: number): number => {
    if (type > NR_ICMP_TYPES) return 1;
    if (type === ICMP_DEST_UNREACH && code === ICMP_FRAG_NEEDED) {
      note(k, "fragmentation needed: never rate-limited");
      return 1;
    }
    if (rt.dev !== null && (rt.dev.flags & IFF_LOOPBACK) !== 0) {
      note(k, "no rate limit on loopback");
      return 1;
    }
    if (((1 << type) & net.sysctl_icmp_ratemask) === 0) {
      note(k, "this type is not rate-limited", { type });
      return 1;
    }
    return xrlim_allow(k, rt, net.sysctl_icmp_ratelimit);
  },
);

/** Count a message that goes out. */
export const icmp_out_count = traced(
  FILE,
  "icmp_out_count(net, type)",
  (k: Kernel, net: Net, type: number): void => {
    ICMPMSG_INC_STATS(k, net, "Out", type);
    count(k, ICMP_MIB_OUTMSGS);
  },
);

/** ip_append_data's source of bytes: copy the quoted packet and sum it on the way. */
export const icmp_glue_bits = traced(
  FILE,
  "icmp_glue_bits(from, to, toOffset, offset, len, odd, skb)",
  (
    k: Kernel,
    from: unknown,
    to: Uint8Array,
    toOffset: number,
    offset: number,
    len: number,
    odd: number,
    skb: SkBuff,
  ): number => {
    const icmp_param = from as IcmpBxm;
    const csum = skb_copy_and_csum_bits(k, icmp_param.skb, icmp_param.offset + offset, to, toOffset, len, 0);
    skb.csum = csum_block_add(skb.csum, csum, odd);
    if (icmp_pointers[icmp_param.data[ICMP_TYPE] as number]?.error) nf_ct_attach(k, skb, icmp_param.skb);
    return 0;
  },
);

/** Build the datagram, fill in its checksum, send it. The route's reference goes with it. */
export const icmp_push_reply = traced(
  FILE,
  "icmp_push_reply(icmp_param, ipc, rt)",
  (k: Kernel, icmp_param: IcmpBxm, ipc: IpcmCookie, rt: Rtable): void => {
    const sk = icmp_sk(k, dev_net(rt.dev as NetDevice));
    const { head_len, data_len } = icmp_param;
    const length = data_len + head_len;
    if (ip_append_data(k, sk, icmp_glue_bits, icmp_param, length, head_len, ipc, rt, MSG_DONTWAIT) < 0) {
      note(k, "the message could not be built: not sent");
      ip_flush_pending_frames(k, sk);
      return;
    }
    const skb = skb_peek(sk.sk_write_queue);
    if (skb === null) return;
    const b = skb.head.bytes;
    const icmph = skb.transport_header;
    let csum = 0;
    for (const part of sk.sk_write_queue.list) csum = csum_add(csum, part.csum);
    b.set(icmp_param.data.subarray(0, head_len), icmph);
    csum = csum_partial(icmp_param.data, 0, head_len, csum);
    set16(b, icmph + ICMP_CHECKSUM, csum_fold(csum));
    dump(k, "icmp message", b, icmph, skb.tail);
    const [type, code] = [b[icmph + ICMP_TYPE] as number, b[icmph + ICMP_CODE] as number];
    const { rt_src: saddr, rt_dst: daddr } = rt;
    tell_made(k, skb, "ICMP", length - head_len, rt, { type, code, saddr, daddr }, icmp_param.skb);
    skb.ip_summed = CHECKSUM_NONE;
    ip_push_pending_frames(k, sk);
  },
);

function reply_cookie(addr: number, opt: IpOptions | null): IpcmCookie {
  return { addr, oif: 0, opt, tx_flags: 0, ttl: 0, tos: -1, priority: 0 };
}

/** Answer a question (echo, timestamp): back to where it came from, from the address it was sent to. */
export const icmp_reply = traced(
  FILE,
  "icmp_reply(icmp_param, skb)",
  (k: Kernel, icmp_param: IcmpBxm, skb: SkBuff): void => {
    const in_rt = skb_rtable(skb) as Rtable;
    const net = dev_net(in_rt.dev as NetDevice);
    if (ip_options_echo(k, icmp_param.replyopts, skb) !== 0) {
      note(k, "IP options cannot be echoed: no reply");
      return;
    }
    const sk = icmp_xmit_lock(k, net);
    if (sk === null) return;
    set16(icmp_param.data, ICMP_CHECKSUM, 0);
    const tos = skb.head.bytes[skb.network_header + IP_TOS_OFF] as number;
    inet_sk(sk).tos = tos;
    let daddr = in_rt.rt_src;
    const opt = icmp_param.replyopts.optlen !== 0 ? icmp_param.replyopts : null;
    if (opt !== null && opt.srr !== 0) {
      note(k, "source-routed request: reply along the reversed source route");
      daddr = opt.faddr;
    }
    const ipc = reply_cookie(in_rt.rt_src, opt);
    const fl = new Flowi();
    fl.fl4_dst = daddr;
    fl.fl4_src = in_rt.rt_spec_dst;
    fl.fl4_tos = RT_TOS(tos);
    fl.proto = IPPROTO_ICMP;
    security_skb_classify_flow(k, skb, fl);
    const rt = ip_route_output_key(k, net, fl);
    if (typeof rt === "number") {
      note(k, "no route to the sender: no reply", { daddr });
    } else {
      const data = icmp_param.data;
      if (icmpv4_xrlim_allow(k, net, rt, data[ICMP_TYPE] as number, data[ICMP_CODE] as number) !== 0) {
        icmp_push_reply(k, icmp_param, ipc, rt);
        ip_rt_put(k, null);
      } else {
        ip_rt_put(k, rt);
      }
    }
    icmp_xmit_unlock(k, sk);
  },
);

/** The type of an ICMP message that `skb` carries, or -1 when it is too short to have one. */
function inner_icmp_type(k: Kernel, skb: SkBuff): number {
  const nh = skb.network_header;
  const at = nh + ((skb.head.bytes[nh] as number) & 15) * 4 + ICMP_TYPE - skb.data;
  if (at + 1 <= skb_headlen(skb)) return skb.head.bytes[skb.data + at] as number;
  const one = new Uint8Array(1);
  return skb_copy_bits(k, skb, at, one, 0, 1) < 0 ? -1 : (one[0] as number);
}

/** Why no ICMP message may be sent about this packet, or true. */
function icmp_send_allowed(k: Kernel, skb_in: SkBuff, rt: Rtable, type: number): boolean {
  const b = skb_in.head.bytes;
  const nh = skb_in.network_header;
  if (nh < 0 || nh + IP_HLEN > skb_in.tail) {
    fate(k, "unanswered", skb_in, "no IP header to quote: no ICMP error");
    return false;
  }
  if (skb_in.pkt_type !== PACKET_HOST) {
    fate(k, "unanswered", skb_in, "frame was not unicast to this host: no ICMP error", {
      pkt_type: skb_in.pkt_type,
    });
    return false;
  }
  if ((rt.rt_flags & (RTCF_BROADCAST | RTCF_MULTICAST)) !== 0) {
    fate(k, "unanswered", skb_in, "destination is broadcast or multicast: no ICMP error");
    return false;
  }
  if ((get16(b, nh + IP_FRAG_OFF) & IP_OFFSET) !== 0) {
    fate(k, "unanswered", skb_in, "not the first fragment: no ICMP error");
    return false;
  }
  if (icmp_pointers[type]?.error && b[nh + IP_PROTOCOL] === IPPROTO_ICMP) {
    const inner = inner_icmp_type(k, skb_in);
    if (inner < 0) {
      fate(k, "unanswered", skb_in, "ICMP message without a type: no ICMP error");
      return false;
    }
    if (inner > NR_ICMP_TYPES || icmp_pointers[inner]?.error) {
      fate(k, "unanswered", skb_in, "packet is an ICMP error: no ICMP error", { type: inner });
      return false;
    }
  }
  return true;
}

/**
 * The route of an ICMP error. Asked for twice, because IPsec might send what the error quotes another way round:
 * first as it is, then as the reverse of the quoted packet.
 */
function icmp_route(k: Kernel, net: Net, skb_in: SkBuff, fl: Flowi, tos: number): Rtable | null {
  const rt0 = __ip_route_output_key(k, net, fl);
  if (typeof rt0 === "number") {
    fate(k, "unanswered", skb_in, "no route to the sender: no ICMP error", { daddr: fl.fl4_dst });
    return null;
  }
  const looked = xfrm_lookup(k, net, rt0, fl, null, 0);
  let rt: Rtable | null = null;
  if (typeof looked === "number") {
    if (looked !== -EPERM) {
      fate(k, "unanswered", skb_in, "no IPsec transform: no ICMP error", { err: looked });
      return null;
    }
    note(k, "IPsec policy blocks it: try the reverse flow of the quoted packet");
  } else {
    rt = looked as Rtable;
    if (rt !== rt0) return rt;
  }
  if (xfrm_decode_session_reverse(k, skb_in, fl, AF_INET) !== 0) return rt;
  let rt2: Rtable | number;
  if (inet_addr_type(k, net, fl.fl4_src) === RTN_LOCAL) {
    rt2 = __ip_route_output_key(k, net, fl);
  } else {
    const fl2 = new Flowi();
    fl2.fl4_dst = fl.fl4_src;
    const out = ip_route_output_key(k, net, fl2);
    if (typeof out === "number") return rt;
    const odst = skb_in.dst;
    const err = ip_route_input(k, skb_in, fl.fl4_dst, fl.fl4_src, RT_TOS(tos), out.dev as NetDevice);
    dst_release(k, out);
    rt2 = err !== 0 ? err : (skb_rtable(skb_in) as Rtable);
    skb_dst_set(skb_in, odst);
  }
  if (typeof rt2 === "number") return rt;
  const again = xfrm_lookup(k, net, rt2, fl, null, XFRM_LOOKUP_ICMP);
  if (typeof again !== "number") {
    note(k, "use the IPsec policy of the quoted packet's reverse flow");
    dst_release(k, rt);
    return again as Rtable;
  }
  if (again === -EPERM) {
    ip_rt_put(k, rt);
    return null;
  }
  return rt;
}

/** Tell the sender of `skb_in` what became of it. `info` is the second word of the ICMP header. */
export const icmp_send = traced(
  FILE,
  "icmp_send(skb_in, type, code, info)",
  (k: Kernel, skb_in: SkBuff, type: number, code: number, info: number): void => {
    const in_rt = skb_rtable(skb_in);
    if (in_rt === null) {
      fate(k, "unanswered", skb_in, "packet has no route: no ICMP error");
      return;
    }
    const net = dev_net(in_rt.dev as NetDevice);
    if (!icmp_send_allowed(k, skb_in, in_rt, type)) return;
    const sk = icmp_xmit_lock(k, net);
    if (sk === null) return;

    const b = skb_in.head.bytes;
    const nh = skb_in.network_header;
    let saddr = get32(b, nh + IP_DADDR);
    if ((in_rt.rt_flags & RTCF_LOCAL) === 0) {
      saddr = 0;
      const dev =
        in_rt.fl.iif !== 0 && net.sysctl_icmp_errors_use_inbound_ifaddr !== 0
          ? dev_get_by_index(k, net, in_rt.fl.iif)
          : null;
      if (dev !== null) {
        saddr = inet_select_addr(k, dev, 0, RT_SCOPE_LINK);
        note(
          k,
          "not addressed to this host: source is the input device's address (icmp_errors_use_inbound_ifaddr)",
          { saddr },
        );
        dev_put(dev);
      } else {
        note(k, "not addressed to this host: the route to the sender selects the source address");
      }
    }
    const tos_in = b[nh + IP_TOS_OFF] as number;
    const tos = icmp_pointers[type]?.error ? (tos_in & IPTOS_TOS_MASK) | IPTOS_PREC_INTERNETCONTROL : tos_in;

    const replyopts = no_options();
    if (ip_options_echo(k, replyopts, skb_in) !== 0) {
      fate(k, "unanswered", skb_in, "IP options cannot be echoed: no ICMP error");
      icmp_xmit_unlock(k, sk);
      return;
    }
    const icmp_param: IcmpBxm = {
      skb: skb_in,
      offset: skb_network_offset(skb_in),
      data_len: 0,
      data: new Uint8Array(ICMP_HLEN + 12),
      head_len: 0,
      replyopts,
    };
    icmp_param.data[ICMP_TYPE] = type;
    icmp_param.data[ICMP_CODE] = code;
    set32(icmp_param.data, ICMP_REST, info);
    inet_sk(sk).tos = tos;
    const ipc = reply_cookie(get32(b, nh + IP_SADDR), replyopts);

    const fl = new Flowi();
    fl.fl4_dst = replyopts.srr !== 0 ? replyopts.faddr : ipc.addr;
    fl.fl4_src = saddr;
    fl.fl4_tos = RT_TOS(tos);
    fl.proto = IPPROTO_ICMP;
    fl.fl_icmp_type = type;
    fl.fl_icmp_code = code;
    security_skb_classify_flow(k, skb_in, fl);
    let rt = icmp_route(k, net, skb_in, fl, tos);
    if (rt !== null) {
      if (icmpv4_xrlim_allow(k, net, rt, type, code) !== 0) {
        let room = Math.min(dst_mtu(rt), ICMP_MAX_DATAGRAM);
        room -= IP_HLEN + replyopts.optlen + ICMP_HLEN;
        icmp_param.data_len = skb_in.len - icmp_param.offset;
        if (icmp_param.data_len > room) {
          note(k, "quoted data is limited: ICMP errors are at most 576 bytes", {
            len: icmp_param.data_len,
            room,
          });
          icmp_param.data_len = room;
        }
        icmp_param.head_len = ICMP_HLEN;
        icmp_push_reply(k, icmp_param, ipc, rt);
        rt = null;
      } else fate(k, "unanswered", skb_in, "", undefined, { by: xrlim_allow });
      ip_rt_put(k, rt);
    }
    icmp_xmit_unlock(k, sk);
  },
);

/** LIMIT_NETDEBUG: a line for the log, unless there were too many. */
function limit_netdebug(k: Kernel, line: string): void {
  if (net_ratelimit(k)) printk(k, line);
}

/** An error about something this host sent: find out whose it was and tell its protocol. */
export const icmp_unreach = traced(FILE, "icmp_unreach(skb)", (k: Kernel, skb: SkBuff): void => {
  const net = dev_net((skb_rtable(skb) as Rtable).dev as NetDevice);
  if (!pskb_may_pull(k, skb, IP_HLEN)) {
    drop(k, skb, "PKT_TOO_SMALL", "too short to quote an IP header", { len: skb.len });
    count(k, ICMP_MIB_INERRORS);
    return;
  }
  const b = skb.head.bytes;
  const icmph = skb.transport_header;
  const ihl = (b[skb.data] as number) & 15;
  if (ihl < 5) {
    drop(k, skb, "IP_INHDR", "malformed quoted IP header", { ihl });
    count(k, ICMP_MIB_INERRORS);
    return;
  }
  const type = b[icmph + ICMP_TYPE] as number;
  const code = b[icmph + ICMP_CODE] as number;
  const daddr = get32(b, skb.data + IP_DADDR);
  let info = 0;
  if (type === ICMP_DEST_UNREACH) {
    switch (code & 15) {
      case ICMP_NET_UNREACH:
      case ICMP_HOST_UNREACH:
      case ICMP_PROT_UNREACH:
      case ICMP_PORT_UNREACH:
        break;
      case ICMP_FRAG_NEEDED:
        if (k.sysctl_ip_no_pmtu_disc === 2) {
          fate(k, "consumed", skb, "ip_no_pmtu_disc is 2: reported MTU is ignored");
          return;
        }
        if (k.sysctl_ip_no_pmtu_disc !== 0) {
          note(k, "ip_no_pmtu_disc is set: no route is changed");
          limit_netdebug(k, `ICMP: ${formatIpv4(daddr)}: fragmentation needed and DF set.`);
        } else {
          const mtu = get16(b, icmph + ICMP_FRAG_MTU);
          info = ip_rt_frag_needed(k, net, b, skb.data, mtu, skb.dev as NetDevice);
          if (info === 0) {
            fate(k, "consumed", skb, "no cached route to update with this MTU", { mtu });
            return;
          }
          note(k, "lower path MTU for this destination", { daddr, mtu: info });
        }
        break;
      case ICMP_SR_FAILED:
        limit_netdebug(k, `ICMP: ${formatIpv4(daddr)}: Source Route Failed.`);
        break;
      default:
        break;
    }
    if (code > NR_ICMP_UNREACH) {
      drop(k, skb, "UNHANDLED_PROTO", "unknown destination unreachable code", { code });
      return;
    }
  } else if (type === ICMP_PARAMETERPROB) {
    info = b[icmph + ICMP_REST] as number;
  }

  if (net.sysctl_icmp_ignore_bogus_error_responses === 0 && inet_addr_type(k, net, daddr) === RTN_BROADCAST) {
    drop(k, skb, "INVALID_PROTO", "ICMP error about a broadcast packet", { daddr });
    if (net_ratelimit(k)) {
      const from = formatIpv4(get32(b, skb.network_header + IP_SADDR));
      const dev = (skb.dev as NetDevice).name;
      printk(
        k,
        `${from} sent an invalid ICMP type ${type}, code ${code} error to a broadcast: ${formatIpv4(daddr)} on ${dev}`,
      );
    }
    return;
  }
  if (!pskb_may_pull(k, skb, ihl * 4 + 8)) {
    drop(k, skb, "PKT_TOO_SMALL", "quoted packet is too short to hold ports: not reported", { len: skb.len });
    return;
  }
  const protocol = skb.head.bytes[skb.data + IP_PROTOCOL] as number;
  const meaning = type === ICMP_DEST_UNREACH ? icmp_err_convert[code] : undefined;
  if (meaning !== undefined) {
    note(k, "errno for this ICMP code", { code, errno: meaning.errno, fatal: meaning.fatal });
  }
  raw_icmp_error(k, skb, protocol, info);
  const ipprot = k.inet_protos.get(protocol & 255);
  if (ipprot?.err_handler) {
    ipprot.err_handler(k, skb, info);
    fate(k, "consumed", skb, "");
  } else fate(k, "consumed", skb, "no error handler for the quoted protocol", { protocol });
});

/** A router says that there is a better first hop. */
export const icmp_redirect = traced(FILE, "icmp_redirect(skb)", (k: Kernel, skb: SkBuff): void => {
  if (skb.len < IP_HLEN) {
    drop(k, skb, "PKT_TOO_SMALL", "too short to quote an IP header", { len: skb.len });
    count(k, ICMP_MIB_INERRORS);
    return;
  }
  if (!pskb_may_pull(k, skb, IP_HLEN)) {
    drop(k, skb, "NOMEM", "no memory to read the quoted IP header");
    return;
  }
  const b = skb.head.bytes;
  const gateway = get32(b, skb.transport_header + ICMP_REST);
  const code = b[skb.transport_header + ICMP_CODE] as number;
  if ((code & 7) <= 3) {
    const old_gw = get32(b, skb.network_header + IP_SADDR);
    const daddr = get32(b, skb.data + IP_DADDR);
    const saddr = get32(b, skb.data + IP_SADDR);
    ip_rt_redirect(k, old_gw, daddr, gateway, saddr, skb.dev as NetDevice);
  } else {
    note(k, "unknown redirect code: ignored", { code });
  }
  const ihl = (b[skb.data] as number) & 15;
  if (b[skb.data + IP_PROTOCOL] === IPPROTO_ICMP && ihl >= 5 && pskb_may_pull(k, skb, ihl * 4 + 8)) {
    // As it stands in the packet: what a receiver of errors reads as ee_info.
    ping_err(k, skb, get32le(b, skb.transport_header + ICMP_REST));
  }
  fate(k, "consumed", skb, "");
});

/** The whole message as the head of a reply; `head_len` bytes of it will be new. */
function reply_param(skb: SkBuff, head_len: number): IcmpBxm {
  const data = new Uint8Array(ICMP_HLEN + 12);
  data.set(skb.head.bytes.subarray(skb.transport_header, skb.transport_header + ICMP_HLEN));
  return { skb, offset: 0, data_len: 0, data, head_len, replyopts: no_options() };
}

/** A ping: send the same bytes back. */
export const icmp_echo = traced(FILE, "icmp_echo(skb)", (k: Kernel, skb: SkBuff): void => {
  const net = dev_net((skb_rtable(skb) as Rtable).dev as NetDevice);
  if (net.sysctl_icmp_echo_ignore_all !== 0) {
    fate(k, "consumed", skb, "icmp_echo_ignore_all is set: no reply");
    return;
  }
  const icmp_param = reply_param(skb, ICMP_HLEN);
  icmp_param.data[ICMP_TYPE] = ICMP_ECHOREPLY;
  icmp_param.data_len = skb.len;
  icmp_reply(k, icmp_param, skb);
  fate(k, "consumed", skb, "");
});

/** Somebody asks for the time: milliseconds since midnight UT, when received and when sent. */
export const icmp_timestamp = traced(FILE, "icmp_timestamp(skb)", (k: Kernel, skb: SkBuff): void => {
  if (skb.len < 4) {
    drop(k, skb, "PKT_TOO_SMALL", "too short for a timestamp", { len: skb.len });
    count(k, ICMP_MIB_INERRORS);
    return;
  }
  const icmp_param = reply_param(skb, ICMP_HLEN + 12);
  const ms = ms_since_midnight(k);
  set32(icmp_param.data, ICMP_HLEN + 4, ms);
  set32(icmp_param.data, ICMP_HLEN + 8, ms);
  skb_copy_bits(k, skb, 0, icmp_param.data, ICMP_HLEN, 4);
  icmp_param.data[ICMP_TYPE] = ICMP_TIMESTAMPREPLY;
  icmp_param.data[ICMP_CODE] = 0;
  icmp_reply(k, icmp_param, skb);
  fate(k, "consumed", skb, "");
});

/** Timestamps of ICMP and of the IP timestamp option. */
export function ms_since_midnight(k: Kernel): number {
  return Number((k.now / 1_000_000n) % 86_400_000n);
}

/** An address mask request: never answered. */
export const icmp_address = traced(FILE, "icmp_address(skb)", (k: Kernel, skb: SkBuff): void => {
  fate(k, "consumed", skb, "address mask request: ignored");
});

/** Somebody tells a mask: compare it with ours and complain, nothing more. */
export const icmp_address_reply = traced(FILE, "icmp_address_reply(skb)", (k: Kernel, skb: SkBuff): void => {
  const rt = skb_rtable(skb) as Rtable;
  const dev = skb.dev as NetDevice;
  if (skb.len < 4 || (rt.rt_flags & RTCF_DIRECTSRC) === 0) {
    drop(k, skb, "NOT_SPECIFIED", "too short, or not from a directly connected host", { len: skb.len });
    return;
  }
  const in_dev = in_dev_get(dev);
  if (in_dev === null) {
    drop(k, skb, "DEV_READY", "IPv4 is disabled on this device", { dev: dev.name });
    return;
  }
  fate(k, "consumed", skb, "");
  if (in_dev.ifa_list.length > 0 && IN_DEV_LOG_MARTIANS(in_dev) && IN_DEV_FORWARD(in_dev)) {
    const four = new Uint8Array(4);
    const linear = skb_headlen(skb) >= 4;
    if (!linear) skb_copy_bits(k, skb, 0, four, 0, 4);
    const mask = linear ? get32(skb.head.bytes, skb.data) : get32(four, 0);
    const known = in_dev.ifa_list.some(
      (ifa) => ifa.ifa_mask === mask && ((rt.rt_src ^ ifa.ifa_address) & ifa.ifa_mask) === 0,
    );
    if (!known && net_ratelimit(k)) {
      printk(k, `Wrong address mask ${formatIpv4(mask)} from ${dev.name}/${formatIpv4(rt.rt_src)}`);
    }
  }
  in_dev_put(in_dev);
});

/** A type that this host does not care for. */
export const icmp_discard = traced(FILE, "icmp_discard(skb)", (k: Kernel, skb: SkBuff): void => {
  fate(k, "consumed", skb, "ICMP type is ignored");
});

/** An ICMP message came in: check it, count it, hand it to its type's handler. */
export const icmp_rcv = traced(FILE, "icmp_rcv(skb)", (k: Kernel, skb: SkBuff): number => {
  const rt = skb_rtable(skb) as Rtable;
  const net = dev_net(rt.dev as NetDevice);
  if (!xfrm4_policy_check(k, null, XFRM_POLICY_IN, skb)) {
    drop(k, skb, "XFRM_POLICY", "blocked by IPsec policy");
    kfree_skb(k, skb);
    return 0;
  }
  count(k, ICMP_MIB_INMSGS);
  if (!icmp_rcv_check(k, skb)) {
    count(k, ICMP_MIB_INERRORS);
    kfree_skb(k, skb);
    return 0;
  }
  const type = skb.head.bytes[skb.transport_header + ICMP_TYPE] as number;
  ICMPMSG_INC_STATS(k, net, "In", type);
  if (type > NR_ICMP_TYPES) {
    drop(k, skb, "UNHANDLED_PROTO", "unknown ICMP type", { type });
    count(k, ICMP_MIB_INERRORS);
    kfree_skb(k, skb);
    return 0;
  }
  if ((rt.rt_flags & (RTCF_BROADCAST | RTCF_MULTICAST)) !== 0) {
    const question = type === ICMP_ECHO || type === ICMP_TIMESTAMP;
    if (question && net.sysctl_icmp_echo_ignore_broadcasts !== 0) {
      drop(
        k,
        skb,
        "INVALID_PROTO",
        "destination is broadcast or multicast, and icmp_echo_ignore_broadcasts is set",
        { type },
      );
      count(k, ICMP_MIB_INERRORS);
      kfree_skb(k, skb);
      return 0;
    }
    if (!question && type !== ICMP_ADDRESS && type !== ICMP_ADDRESSREPLY) {
      drop(k, skb, "INVALID_PROTO", "destination is broadcast or multicast: ICMP type not accepted", {
        type,
      });
      count(k, ICMP_MIB_INERRORS);
      kfree_skb(k, skb);
      return 0;
    }
  }
  (icmp_pointers[type] as IcmpControl).handler(k, skb);
  kfree_skb(k, skb);
  return 0;
});

/** The message's checksum is right, and there is a header: it is pulled then. */
function icmp_rcv_check(k: Kernel, skb: SkBuff): boolean {
  const summed = skb.ip_summed === CHECKSUM_COMPLETE && csum_fold(skb.csum) === 0;
  if (!summed && (skb.ip_summed === CHECKSUM_COMPLETE || skb.ip_summed === CHECKSUM_NONE)) {
    skb.csum = 0;
    if (__skb_checksum_complete(k, skb) !== 0) {
      drop(k, skb, "ICMP_CSUM", "bad ICMP checksum");
      return false;
    }
  }
  if (pskb_pull(k, skb, ICMP_HLEN) === null) {
    drop(k, skb, "PKT_TOO_SMALL", "shorter than an ICMP header", { len: skb.len });
    return false;
  }
  return true;
}

/** struct icmp_control: who handles a type, and whether it is an error. */
interface IcmpControl {
  readonly handler: (k: Kernel, skb: SkBuff) => void;
  readonly error: boolean;
}
const UNREACH: IcmpControl = { handler: icmp_unreach, error: true };
const UNKNOWN: IcmpControl = { handler: icmp_discard, error: true };
const DISCARD: IcmpControl = { handler: icmp_discard, error: false };

/** By type, 0 to NR_ICMP_TYPES. */
const icmp_pointers: readonly IcmpControl[] = [
  { handler: (k, skb) => ping_rcv(k, skb), error: false }, // echo reply
  UNKNOWN,
  UNKNOWN,
  UNREACH, // destination unreachable
  UNREACH, // source quench
  { handler: icmp_redirect, error: true },
  UNKNOWN,
  UNKNOWN,
  { handler: icmp_echo, error: false },
  UNKNOWN,
  UNKNOWN,
  UNREACH, // time exceeded
  UNREACH, // parameter problem
  { handler: icmp_timestamp, error: false },
  DISCARD, // timestamp reply
  DISCARD, // information request
  DISCARD, // information reply
  { handler: icmp_address, error: false },
  { handler: icmp_address_reply, error: false },
];

/** Make the namespace's ICMP socket and settings. */
export function icmp_init(k: Kernel): void {
  const net = k.init_net;
  const sk = inet_ctl_sock_create(k, AF_INET, SOCK_RAW, IPPROTO_ICMP, net);
  if (typeof sk === "number") throw new Error("the ICMP control socket could not be made");
  net.icmp_sk = sk;
  // Room for two messages of 64 KiB.
  sk.sk_sndbuf = 2 * (64 * 1024 + SIZEOF_SK_BUFF);
  inet_sk(sk).pmtudisc = IP_PMTUDISC_DONT;
  net.sysctl_icmp_echo_ignore_all = 0;
  net.sysctl_icmp_echo_ignore_broadcasts = 1;
  net.sysctl_icmp_ignore_bogus_error_responses = 1;
  net.sysctl_icmp_ratelimit = k.HZ;
  // Destination unreachable, source quench, time exceeded, parameter problem.
  net.sysctl_icmp_ratemask = 0x1818;
  net.sysctl_icmp_errors_use_inbound_ifaddr = 0;
}
