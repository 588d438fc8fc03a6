// SPDX-License-Identifier: GPL-2.0-only
/** net/ipv4/raw.c: raw sockets, which send and receive whole IP packets. */

import { drop, dump, fate, inlined, note, refuse, traced } from "../../../../trace/traced.ts";
import {
  EACCES,
  EADDRNOTAVAIL,
  EAFNOSUPPORT,
  EDESTADDRREQ,
  EFAULT,
  EHOSTUNREACH,
  EINVAL,
  EMSGSIZE,
  ENOBUFS,
  ENOIOCTLCMD,
  ENOPROTOOPT,
  EOPNOTSUPP,
  EPROTO,
} from "../../../../uapi/errno.ts";
import { IP_PMTUDISC_DONT, IPPROTO_ICMP, IPPROTO_NAMES, IPPROTO_RAW } from "../../../../uapi/in.ts";
import {
  AF_INET,
  MSG_CONFIRM,
  MSG_DONTROUTE,
  MSG_DONTWAIT,
  MSG_ERRQUEUE,
  MSG_MORE,
  MSG_OOB,
  MSG_PROBE,
  MSG_TRUNC,
  SOL_RAW,
} from "../../../../uapi/socket.ts";
import { get16, get32, get32le, set16, set32, set32le } from "../../../../wire/bytes.ts";
import { ip_fast_csum } from "../../../../wire/checksum.ts";
import {
  ICMP_CODE,
  ICMP_DEST_UNREACH,
  ICMP_FRAG_NEEDED,
  ICMP_HLEN,
  ICMP_PARAMETERPROB,
  ICMP_SOURCE_QUENCH,
  ICMP_TYPE,
  NR_ICMP_UNREACH,
} from "../../../../wire/icmp.ts";
import {
  IP_CHECK,
  IP_DADDR,
  IP_HLEN,
  IP_ID,
  IP_PROTOCOL,
  IP_SADDR,
  IP_TOT_LEN,
  IP_VIHL,
} from "../../../../wire/ipv4.ts";
import { tell_made } from "../../fates.ts";
import { copyFromUser, get_room, put_room } from "../../include/asm/uaccess.ts";
import { ipv4_is_multicast } from "../../include/linux/in.ts";
import type { IoctlArg, Iovec, Msghdr } from "../../include/linux/net.ts";
import {
  dev_net,
  LL_ALLOCATED_SPACE,
  LL_RESERVED_SPACE,
  NET_RX_DROP,
  NET_RX_SUCCESS,
  type NetDevice,
} from "../../include/linux/netdevice.ts";
import { NF_HOOK, NF_INET_LOCAL_OUT, NFPROTO_IPV4 } from "../../include/linux/netfilter.ts";
import {
  CHECKSUM_NONE,
  pskb_may_pull,
  type SkBuff,
  skb_dst_set,
  skb_peek,
  skb_queue_empty,
  skb_reserve,
  skb_reset_network_header,
} from "../../include/linux/skbuff.ts";
import { dst_clone, dst_confirm, dst_output } from "../../include/net/dst.ts";
import { Flowi } from "../../include/net/flow.ts";
import { type InetSock, type IpOptions, inet_sk, kfree_ip_options } from "../../include/net/inet_sock.ts";
import { get_rtconn_flags, ip_select_ident, new_ipcm_cookie } from "../../include/net/ip.ts";
import { RTN_BROADCAST, RTN_LOCAL, RTN_MULTICAST } from "../../include/net/ip_fib.ts";
import { RAW_HTABLE_SIZE, type RawSock } from "../../include/net/raw.ts";
import { ip_rt_put, RTCF_BROADCAST, RTO_ONLINK, type Rtable } from "../../include/net/route.ts";
import { IP_INC_STATS, IPSTATS_MIB_OUTDISCARDS } from "../../include/net/snmp.ts";
import {
  lock_sock,
  type OptOut,
  type Proto,
  SOCK_BROADCAST,
  type Sock,
  sk_dst_reset,
  sk_wmem_alloc_get,
  sock_flag,
  sock_hold,
  sock_net,
  TCP_CLOSE,
  TCP_ESTABLISHED,
  type UserMem,
} from "../../include/net/sock.ts";
import { xfrm4_policy_check } from "../../include/net/xfrm.ts";
import { type Kernel, local_bh_disable, local_bh_enable, type Net, printk } from "../../kernel.ts";
import { security_sk_classify_flow } from "../../security/security.ts";
import {
  type RecvOut,
  skb_copy_datagram_iovec,
  skb_free_datagram,
  skb_recv_datagram,
} from "../core/datagram.ts";
import { memcpy_fromiovecend } from "../core/iovec.ts";
import { kfree_skb, skb_clone, skb_push, skb_put } from "../core/skbuff.ts";
import {
  release_sock,
  sk_common_release,
  sock_alloc_send_skb,
  sock_prot_inuse_add,
  sock_queue_rcv_skb,
} from "../core/sock.ts";
import { sock_recv_ts_and_drops } from "../socket.ts";
import { ip4_datagram_connect } from "./datagram.ts";
import { inet_addr_type } from "./fib_frontend.ts";
import { icmp_err_convert, icmp_out_count } from "./icmp.ts";
import {
  ip_append_data,
  ip_flush_pending_frames,
  ip_generic_getfrag,
  ip_push_pending_frames,
} from "./ip_output.ts";
import {
  ip_cmsg_recv,
  ip_cmsg_send,
  ip_getsockopt,
  ip_icmp_error,
  ip_local_error,
  ip_ra_control,
  ip_recv_error,
  ip_setsockopt,
} from "./ip_sockglue.ts";
import { ip_route_output_flow } from "./route.ts";
import { udp_disconnect } from "./udp.ts";

const FILE = "net/ipv4/raw.c";

const ICMP_FILTER = 1;
const XFRM_POLICY_IN = 0;
const SIOCINQ = 0x541b;
const SIOCOUTQ = 0x5411;
const SIZEOF_SOCKADDR_IN = 16;

function chain(k: Kernel, protocol: number): Sock[] {
  return k.raw_htable[protocol & (RAW_HTABLE_SIZE - 1)] as Sock[];
}

/** Enter a socket in the table by its protocol. */
export const raw_hash_sk = traced(FILE, "raw_hash_sk(sk)", (k: Kernel, sk: Sock): void => {
  local_bh_disable(k);
  sock_hold(sk);
  sk.hashed = true;
  chain(k, inet_sk(sk).num).unshift(sk);
  sock_prot_inuse_add(k, sock_net(sk), sk.sk_prot, 1);
  local_bh_enable(k);
});

/** Take a socket out of the table. */
export const raw_unhash_sk = traced(FILE, "raw_unhash_sk(sk)", (k: Kernel, sk: Sock): void => {
  local_bh_disable(k);
  if (sk.hashed) {
    const head = chain(k, inet_sk(sk).num);
    head.splice(head.indexOf(sk), 1);
    sk.hashed = false;
    sk.sk_refcnt--;
    sock_prot_inuse_add(k, sock_net(sk), sk.sk_prot, -1);
  }
  local_bh_enable(k);
});

/** The next socket of a chain, from index `from` on, that wants such a packet; its index, or -1. */
export const __raw_v4_lookup = traced(
  FILE,
  "__raw_v4_lookup(net, head, from, num, raddr, laddr, dif)",
  (
    _k: Kernel,
    _net: Net,
    head: readonly Sock[],
    from: number,
    num: number,
    raddr: number,
    laddr: number,
    dif: number,
  ): number => {
    for (let i = from; i < head.length; i++) {
      const inet = inet_sk(head[i] as Sock);
      if (
        inet.num === num &&
        (inet.daddr === 0 || inet.daddr === raddr) &&
        (inet.rcv_saddr === 0 || inet.rcv_saddr === laddr) &&
        (inet.sk_bound_dev_if === 0 || inet.sk_bound_dev_if === dif)
      ) {
        return i;
      }
    }
    return -1;
  },
);

/** ICMP_FILTER: whether the socket does not want this type of ICMP message. */
export const icmp_filter = inlined(
  FILE,
  "icmp_filter(sk, skb)",
  (k: Kernel, sk: Sock, skb: SkBuff): boolean => {
    if (!pskb_may_pull(k, skb, ICMP_HLEN)) return true;
    const type = skb.head.bytes[skb.transport_header + ICMP_TYPE] as number;
    if (type >= 32 || ((1 << type) & (sk as RawSock).filter) === 0) return false;
    note(k, "ICMP_FILTER blocks this type", { type });
    return true;
  },
);

/** Give every raw socket that wants it a copy of the packet. */
export const raw_v4_input = inlined(
  FILE,
  "raw_v4_input(skb, iph, hash)",
  (k: Kernel, skb: SkBuff, iph: number, hash: number): boolean => {
    const head = k.raw_htable[hash] as Sock[];
    if (head.length === 0) return false;
    const dev = skb.dev as NetDevice;
    const net = dev_net(dev);
    const b = skb.head.bytes;
    const protocol = b[iph + IP_PROTOCOL] as number;
    const saddr = get32(b, iph + IP_SADDR);
    const daddr = get32(b, iph + IP_DADDR);
    let delivered = false;
    let i = __raw_v4_lookup(k, net, head, 0, protocol, saddr, daddr, dev.ifindex);
    while (i >= 0) {
      const sk = head[i] as Sock;
      delivered = true;
      if (protocol !== IPPROTO_ICMP || !icmp_filter(k, sk, skb)) {
        note(k, "raw socket matches: deliver a copy", { protocol });
        const clone = skb_clone(k, skb);
        if (clone !== null) raw_rcv(k, sk, clone);
      }
      i = __raw_v4_lookup(k, net, head, i + 1, protocol, saddr, daddr, dev.ifindex);
    }
    return delivered;
  },
);

/** Raw sockets see a packet before its protocol does; whether any took it. */
export const raw_local_deliver = traced(
  FILE,
  "raw_local_deliver(skb, protocol)",
  (k: Kernel, skb: SkBuff, protocol: number): number => {
    const hash = protocol & (RAW_HTABLE_SIZE - 1);
    if ((k.raw_htable[hash] as Sock[]).length === 0) return 0;
    return raw_v4_input(k, skb, skb.network_header, hash) ? 1 : 0;
  },
);

/** An ICMP error for a raw socket. */
export const raw_err = inlined(
  FILE,
  "raw_err(sk, skb, info)",
  (k: Kernel, sk: Sock, skb: SkBuff, info: number): void => {
    const inet = inet_sk(sk);
    const b = skb.head.bytes;
    const type = b[skb.transport_header + ICMP_TYPE] as number;
    const code = b[skb.transport_header + ICMP_CODE] as number;
    if (inet.recverr === 0 && sk.sk_state !== TCP_ESTABLISHED) {
      note(k, "unconnected socket without IP_RECVERR: not reported");
      return;
    }
    let err = EHOSTUNREACH;
    let harderr = false;
    switch (type) {
      case ICMP_SOURCE_QUENCH:
        note(k, "source quench: ignored");
        return;
      case ICMP_PARAMETERPROB:
        err = EPROTO;
        harderr = true;
        break;
      case ICMP_DEST_UNREACH:
        if (code > NR_ICMP_UNREACH) break;
        err = icmp_err_convert[code]?.errno ?? EHOSTUNREACH;
        harderr = icmp_err_convert[code]?.fatal ?? false;
        if (code === ICMP_FRAG_NEEDED) {
          harderr = inet.pmtudisc !== IP_PMTUDISC_DONT;
          err = EMSGSIZE;
        }
        break;
      default:
        break;
    }
    if (inet.recverr !== 0) {
      const ihl = ((b[skb.data] as number) & 0xf) << 2;
      ip_icmp_error(k, sk, skb, err, 0, info, inet.hdrincl !== 0 ? skb.data : skb.data + ihl);
    }
    if (inet.recverr !== 0 || harderr) {
      sk.sk_err = err;
      sk.sk_error_report(k, sk);
    }
  },
);

/** An ICMP error: tell the raw sockets whose packet it is about. */
export const raw_icmp_error = traced(
  FILE,
  "raw_icmp_error(skb, protocol, info)",
  (k: Kernel, skb: SkBuff, protocol: number, info: number): void => {
    const head = chain(k, protocol);
    if (head.length === 0) return;
    const dev = skb.dev as NetDevice;
    const net = dev_net(dev);
    const b = skb.head.bytes;
    const daddr = get32(b, skb.data + IP_DADDR);
    const saddr = get32(b, skb.data + IP_SADDR);
    let i = __raw_v4_lookup(k, net, head, 0, protocol, daddr, saddr, dev.ifindex);
    while (i >= 0) {
      raw_err(k, head[i] as Sock, skb, info);
      i = __raw_v4_lookup(k, net, head, i + 1, protocol, daddr, saddr, dev.ifindex);
    }
  },
);

/** Put a packet on the socket's queue. */
export const raw_rcv_skb = inlined(
  FILE,
  "raw_rcv_skb(sk, skb)",
  (k: Kernel, sk: Sock, skb: SkBuff): number => {
    if (sock_queue_rcv_skb(k, sk, skb) < 0) {
      sk.sk_drops++;
      kfree_skb(k, skb);
      return NET_RX_DROP;
    }
    fate(k, "queued", skb, "", { bytes: skb.len }, { sk });
    return NET_RX_SUCCESS;
  },
);

/** A packet for a raw socket, which gets it with its IP header. */
export const raw_rcv = traced(FILE, "raw_rcv(sk, skb)", (k: Kernel, sk: Sock, skb: SkBuff): number => {
  if (!xfrm4_policy_check(k, sk, XFRM_POLICY_IN, skb)) {
    drop(k, skb, "XFRM_POLICY", "blocked by IPsec policy");
    sk.sk_drops++;
    kfree_skb(k, skb);
    return NET_RX_DROP;
  }
  skb_push(k, skb, skb.data - skb.network_header);
  raw_rcv_skb(k, sk, skb);
  return 0;
});

/** Send a packet whose IP header the caller wrote; length, checksum and what is zero are filled in. */
export const raw_send_hdrinc = inlined(
  FILE,
  "raw_send_hdrinc(sk, from, length, rt, flags)",
  (k: Kernel, sk: Sock, from: Iovec[], length: number, rt: Rtable, flags: number): number => {
    const inet = inet_sk(sk);
    const net = sock_net(sk);
    const dev = rt.dev as NetDevice;
    if (length > dev.mtu) {
      ip_local_error(k, sk, EMSGSIZE, rt.rt_dst, inet.dport, dev.mtu);
      return refuse(
        k,
        -EMSGSIZE,
        "larger than the device's MTU, and IP_HDRINCL packets are never fragmented",
        {
          length,
          mtu: dev.mtu,
          dev: dev.name,
        },
      );
    }
    if ((flags & MSG_PROBE) !== 0) {
      fate(k, "unmade", null, "MSG_PROBE: nothing is sent");
      return 0;
    }
    const skb = sock_alloc_send_skb(k, sk, length + LL_ALLOCATED_SPACE(dev) + 15, flags & MSG_DONTWAIT);
    if (typeof skb === "number") return hdrinc_error(k, inet, skb);
    skb_reserve(skb, LL_RESERVED_SPACE(dev));
    skb.priority = sk.sk_priority;
    skb.mark = sk.sk_mark;
    skb_dst_set(skb, dst_clone(rt));
    skb_reset_network_header(skb);
    const iph = skb.network_header;
    const b = skb.head.bytes;
    skb_put(k, skb, length);
    skb.ip_summed = CHECKSUM_NONE;
    skb.transport_header = skb.network_header;
    if (memcpy_fromiovecend(k, b, iph, from, 0, length) !== 0) {
      kfree_skb(k, skb);
      return hdrinc_error(k, inet, -EFAULT);
    }
    const iphlen = ((b[iph + IP_VIHL] as number) & 0xf) * 4;
    if (iphlen > length) {
      kfree_skb(k, skb);
      return hdrinc_error(k, inet, refuse(k, -EINVAL, "ihl exceeds the data", { iphlen, length }));
    }
    tell_made(k, skb, "raw IP", length, rt, { saddr: rt.rt_src, daddr: rt.rt_dst });
    if (iphlen >= IP_HLEN) {
      note(k, "IP_HDRINCL: fill in tot_len and checksum, and saddr and id where they are 0");
      if (get32(b, iph + IP_SADDR) === 0) set32(b, iph + IP_SADDR, rt.rt_src);
      set16(b, iph + IP_CHECK, 0);
      set16(b, iph + IP_TOT_LEN, length);
      if (get16(b, iph + IP_ID) === 0) ip_select_ident(k, skb, rt, null);
      set16(b, iph + IP_CHECK, ip_fast_csum(b, iph, iphlen >> 2));
      dump(k, "ip header", b, iph, iph + iphlen);
    } else {
      note(k, "ihl is below 5: header left unchanged", { iphlen });
    }
    if (b[iph + IP_PROTOCOL] === IPPROTO_ICMP) {
      icmp_out_count(k, net, b[skb.transport_header + ICMP_TYPE] as number);
    }
    const err = NF_HOOK(k, NFPROTO_IPV4, NF_INET_LOCAL_OUT, skb, null, dev, dst_output);
    // net_xmit_errno: a queue that is merely congested is no error.
    if (err > 0) return err === NET_XMIT_CN ? 0 : hdrinc_error(k, inet, -ENOBUFS);
    return err !== 0 ? hdrinc_error(k, inet, err) : 0;
  },
);
const NET_XMIT_CN = 2;

/** Count a packet that was not sent; a full queue counts as sent unless IP_RECVERR asks for the truth. */
function hdrinc_error(k: Kernel, inet: InetSock, err: number): number {
  IP_INC_STATS(k, sock_net(inet), IPSTATS_MIB_OUTDISCARDS);
  if (err === -ENOBUFS && inet.recverr === 0) {
    note(k, "dropped by the qdisc: not reported without IP_RECVERR");
    return 0;
  }
  return err;
}

/** For routing by ICMP type and code: read both from the caller's data. */
export const raw_probe_proto_opt = inlined(
  FILE,
  "raw_probe_proto_opt(fl, msg)",
  (k: Kernel, fl: Flowi, msg: Msghdr): number => {
    if (fl.proto !== IPPROTO_ICMP) return 0;
    // NULL is no place to read from; the byte behind it is one, and faults.
    let type: UserMem | null = null;
    let typeAt = 0;
    let code: { mem: UserMem | null; at: number } | null = null;
    for (const { iov_base, iov_len, iov_off } of msg.msg_iov) {
      if (iov_base !== null && iov_len < 1) continue;
      if (type === null) {
        type = iov_base;
        typeAt = iov_off;
        if (iov_len > 1) code = { mem: iov_base, at: iov_off + 1 };
      } else if (code === null && iov_base !== null) {
        code = { mem: iov_base, at: iov_off };
      }
      if (type !== null && code !== null) {
        const b = new Uint8Array(2);
        if (copyFromUser(b, 0, type, typeAt, 1) !== 0 || copyFromUser(b, 1, code.mem, code.at, 1) !== 0) {
          return refuse(k, -EFAULT, "the ICMP type and code cannot be read from user space");
        }
        fl.fl_icmp_type = b[0] as number;
        fl.fl_icmp_code = b[1] as number;
        return 0;
      }
    }
    return 0;
  },
);

/** Send a raw packet: IP adds its header, unless the caller wrote one (IP_HDRINCL). */
export const raw_sendmsg = traced(
  FILE,
  "raw_sendmsg(sk, msg, len)",
  (k: Kernel, sk: Sock, msg: Msghdr, len: number): number => {
    const inet = inet_sk(sk);
    if (len > 0xffff) {
      return refuse(k, -EMSGSIZE, "larger than the largest IP packet", { len, limit: 0xffff });
    }
    if ((msg.msg_flags & MSG_OOB) !== 0) {
      return refuse(k, -EOPNOTSUPP, "MSG_OOB is not supported");
    }
    let daddr: number;
    if (msg.msg_namelen !== 0) {
      const usin = msg.msg_name as Uint8Array;
      if (msg.msg_namelen < SIZEOF_SOCKADDR_IN) {
        return refuse(k, -EINVAL, "address shorter than struct sockaddr_in", {
          msg_namelen: msg.msg_namelen,
        });
      }
      const sin_family = (usin[0] as number) | ((usin[1] as number) << 8);
      if (sin_family !== AF_INET) {
        printk(k, "nettrace forgot to set AF_INET in raw sendmsg. Fix it!");
        if (sin_family !== 0) {
          return refuse(k, -EAFNOSUPPORT, "sin_family is neither AF_INET nor AF_UNSPEC", { sin_family });
        }
        note(k, "AF_UNSPEC: treated as AF_INET");
      }
      daddr = get32(usin, 4);
    } else {
      if (sk.sk_state !== TCP_ESTABLISHED) {
        return refuse(k, -EDESTADDRREQ, "no destination address, and the socket is not connected");
      }
      daddr = inet.daddr;
    }

    const ipc = new_ipcm_cookie();
    ipc.addr = inet.saddr;
    ipc.oif = sk.sk_bound_dev_if;
    let free: IpOptions | null = null;
    if (msg.msg_controllen !== 0) {
      const err = ip_cmsg_send(k, sock_net(sk), msg, ipc);
      if (err !== 0) return err;
      free = ipc.opt;
    }
    let saddr = ipc.addr;
    ipc.addr = daddr;
    if (ipc.opt === null && inet.opt !== null) ipc.opt = { ...inet.opt, __data: inet.opt.__data.slice() };
    if (ipc.opt !== null) {
      if (inet.hdrincl !== 0) {
        const why = "IP_HDRINCL: IP options cannot be added";
        return sendmsg_done(k, free, null, refuse(k, -EINVAL, why));
      }
      if (ipc.opt.srr !== 0) {
        if (daddr === 0) {
          const err = refuse(k, -EINVAL, "source route, but the destination is 0.0.0.0", { daddr });
          return sendmsg_done(k, free, null, err);
        }
        note(k, "source route: route to the first hop", { faddr: ipc.opt.faddr });
        daddr = ipc.opt.faddr;
      }
    }
    let tos = get_rtconn_flags(k, ipc, sk);
    if ((msg.msg_flags & MSG_DONTROUTE) !== 0) {
      note(k, "on-link destinations only, no gateway (RTO_ONLINK)");
      tos |= RTO_ONLINK;
    }
    if (ipv4_is_multicast(daddr)) {
      if (ipc.oif === 0) ipc.oif = inet.mc_index;
      if (saddr === 0) saddr = inet.mc_addr;
      note(k, "multicast: device and source address default to IP_MULTICAST_IF", { oif: ipc.oif, saddr });
    }
    const fl = new Flowi();
    fl.oif = ipc.oif;
    fl.mark = sk.sk_mark;
    fl.fl4_dst = daddr;
    fl.fl4_src = saddr;
    fl.fl4_tos = tos;
    fl.proto = inet.hdrincl !== 0 ? IPPROTO_RAW : sk.sk_protocol;
    if (inet.hdrincl === 0) {
      const probed = raw_probe_proto_opt(k, fl, msg);
      if (probed !== 0) return sendmsg_done(k, free, null, probed);
    }
    security_sk_classify_flow(k, sk, fl);
    const rt = ip_route_output_flow(k, sock_net(sk), fl, sk, 1);
    if (typeof rt === "number") return sendmsg_done(k, free, null, rt);
    if ((rt.rt_flags & RTCF_BROADCAST) !== 0 && !sock_flag(sk, SOCK_BROADCAST)) {
      const err = refuse(k, -EACCES, "broadcast destination, but SO_BROADCAST is not set", { daddr });
      return sendmsg_done(k, free, rt, err);
    }
    if ((msg.msg_flags & MSG_CONFIRM) !== 0) {
      dst_confirm(k, rt);
      if ((msg.msg_flags & MSG_PROBE) !== 0 && len === 0) {
        fate(k, "unmade", null, "MSG_PROBE without data: confirm the neighbour, send nothing");
        return sendmsg_done(k, free, rt, len);
      }
    }
    let err = 0;
    let steals = false;
    if (inet.hdrincl !== 0) {
      err = raw_send_hdrinc(k, sk, msg.msg_iov, len, rt, msg.msg_flags);
    } else {
      if (ipc.addr === 0) ipc.addr = rt.rt_dst;
      lock_sock(k, sk);
      const held = skb_peek(sk.sk_write_queue);
      steals = (msg.msg_flags & MSG_PROBE) === 0 && skb_queue_empty(sk.sk_write_queue);
      err = ip_append_data(k, sk, ip_generic_getfrag, msg.msg_iov, len, 0, ipc, rt, msg.msg_flags);
      if (err !== 0) {
        tell_flushed(k, held);
        ip_flush_pending_frames(k, sk);
      } else if ((msg.msg_flags & MSG_MORE) === 0) {
        tell_raw(k, sk, "made");
        err = ip_push_pending_frames(k, sk);
        if (err === -ENOBUFS && inet.recverr === 0) {
          note(k, "dropped by the qdisc: not reported without IP_RECVERR");
          err = 0;
        }
      } else tell_raw(k, sk, "held");
      release_sock(k, sk);
    }
    return sendmsg_done(k, free, steals ? null : rt, err < 0 ? err : len);
  },
);

/** Where every way through raw_sendmsg ends that may hold options or a route: let go of them. */
function sendmsg_done(k: Kernel, free: IpOptions | null, rt: Rtable | null, ret: number): number {
  if (free !== null) kfree_ip_options(k, free);
  ip_rt_put(k, rt);
  return ret;
}

/** What waits on the write queue goes, or stays for more. */
function tell_raw(k: Kernel, sk: Sock, what: "made" | "held"): void {
  const skb = skb_peek(sk.sk_write_queue);
  if (skb === null || k.rec === null) return;
  const { cork, num } = inet_sk(sk);
  const rt = cork.dst as Rtable;
  const protocol =
    IPPROTO_NAMES.find(([, n]) => n === num)?.[0]?.replace("IPPROTO_", "") ?? `protocol ${num}`;
  const between = { saddr: rt.rt_src, daddr: rt.rt_dst };
  if (what === "made") tell_made(k, skb, protocol, cork.length, rt, between);
  else fate(k, "held", skb, "", { protocol, bytes: cork.length, ...between, corked: false }, { sk });
}

/** What earlier calls had left on the write queue goes. */
function tell_flushed(k: Kernel, held: SkBuff | null): void {
  if (held !== null) drop(k, held, "CORK_FLUSHED", "corked data is dropped", { len: held.len });
}

/** Close a raw socket. */
export const raw_close = traced(
  FILE,
  "raw_close(sk, timeout)",
  (k: Kernel, sk: Sock, _timeout: number): void => {
    ip_ra_control(k, sk, 0, null);
    sk_common_release(k, sk);
  },
);

/** Throw away what was held back with MSG_MORE. */
export const raw_destroy = traced(FILE, "raw_destroy(sk)", (k: Kernel, sk: Sock): void => {
  lock_sock(k, sk);
  tell_flushed(k, skb_peek(sk.sk_write_queue));
  ip_flush_pending_frames(k, sk);
  release_sock(k, sk);
});

/** bind(2): an address only, and it may be bound again. */
export const raw_bind = traced(
  FILE,
  "raw_bind(sk, uaddr, addr_len)",
  (k: Kernel, sk: Sock, uaddr: Uint8Array, addr_len: number): number => {
    const inet = inet_sk(sk);
    if (sk.sk_state !== TCP_CLOSE || addr_len < SIZEOF_SOCKADDR_IN) {
      return sk.sk_state !== TCP_CLOSE
        ? refuse(k, -EINVAL, "the socket is already bound or connected", { sk_state: sk.sk_state })
        : refuse(k, -EINVAL, "address shorter than struct sockaddr_in", { addr_len });
    }
    const addr = get32(uaddr, 4);
    const type = inet_addr_type(k, sock_net(sk), addr);
    if (addr !== 0 && type !== RTN_LOCAL && type !== RTN_MULTICAST && type !== RTN_BROADCAST) {
      return refuse(k, -EADDRNOTAVAIL, "address is not local to this host", { addr });
    }
    inet.rcv_saddr = addr;
    inet.saddr = type === RTN_MULTICAST || type === RTN_BROADCAST ? 0 : addr;
    sk_dst_reset(k, sk);
    return 0;
  },
);

/** Receive a packet, IP header and all. */
export const raw_recvmsg = traced(
  FILE,
  "raw_recvmsg(sk, msg, len, noblock, flags)",
  (k: Kernel, sk: Sock, msg: Msghdr, len: number, noblock: number, flags: number): number => {
    const inet = inet_sk(sk);
    if ((flags & MSG_OOB) !== 0) {
      return refuse(k, -EOPNOTSUPP, "MSG_OOB is not supported");
    }
    if ((flags & MSG_ERRQUEUE) !== 0) return ip_recv_error(k, sk, msg, len);
    const out: RecvOut = { err: 0, peeked: 0 };
    const skb = skb_recv_datagram(k, sk, flags, noblock, out);
    if (skb === null) return out.err;
    let copied = skb.len;
    if (len < copied) {
      note(k, "larger than the buffer: truncated", { len: skb.len });
      msg.msg_flags |= MSG_TRUNC;
      copied = len;
    }
    const err = skb_copy_datagram_iovec(k, skb, 0, msg.msg_iov, copied);
    if (err === 0) {
      sock_recv_ts_and_drops(k, msg, sk, skb);
      if (msg.msg_name !== null) {
        const sin = msg.msg_name;
        sin.fill(0, 0, SIZEOF_SOCKADDR_IN);
        sin[0] = AF_INET;
        set32(sin, 4, get32(skb.head.bytes, skb.network_header + IP_SADDR));
        msg.msg_namelen = SIZEOF_SOCKADDR_IN;
      }
      if (inet.cmsg_flags !== 0) ip_cmsg_recv(k, msg, skb);
      if ((flags & MSG_TRUNC) !== 0) copied = skb.len;
    }
    skb_free_datagram(k, sk, skb);
    return err !== 0 ? err : copied;
  },
);

/** Set up a new raw socket. */
export const raw_init = traced(FILE, "raw_init(sk)", (_k: Kernel, sk: Sock): number => {
  if (inet_sk(sk).num === IPPROTO_ICMP) (sk as RawSock).filter = 0;
  return 0;
});

/** ICMP_FILTER: the types that the socket does not want. */
export const raw_seticmpfilter = traced(
  FILE,
  "raw_seticmpfilter(sk, optval, optlen)",
  (k: Kernel, sk: Sock, optval: UserMem | null, optlen: number): number => {
    const b = new Uint8Array(4);
    set32le(b, 0, (sk as RawSock).filter);
    const fault = copyFromUser(b, 0, optval, 0, Math.min(optlen, 4)) !== 0;
    // What could not be read is zero, even where the call fails.
    (sk as RawSock).filter = get32le(b, 0);
    if (!fault) return 0;
    return refuse(k, -EFAULT, "the option's value cannot be read from user space", { optlen });
  },
);

/** Read ICMP_FILTER. */
export const raw_geticmpfilter = traced(
  FILE,
  "raw_geticmpfilter(sk, optval)",
  (k: Kernel, sk: Sock, optval: OptOut): number => {
    if (get_room(k, optval) !== 0) return -EFAULT;
    if (optval.len < 0) {
      return refuse(k, -EINVAL, "negative length", { len: optval.len });
    }
    const b = new Uint8Array(4);
    set32le(b, 0, (sk as RawSock).filter);
    return put_room(k, optval, b.slice(0, optval.len));
  },
);

/** setsockopt(SOL_RAW). */
export const do_raw_setsockopt = traced(
  FILE,
  "do_raw_setsockopt(sk, level, optname, optval, optlen)",
  (k: Kernel, sk: Sock, _level: number, optname: number, optval: UserMem | null, optlen: number): number => {
    if (optname !== ICMP_FILTER) {
      return refuse(k, -ENOPROTOOPT, "no such raw socket option", { optname });
    }
    if (inet_sk(sk).num !== IPPROTO_ICMP) {
      return refuse(k, -EOPNOTSUPP, "ICMP_FILTER needs a raw ICMP socket", { protocol: inet_sk(sk).num });
    }
    return raw_seticmpfilter(k, sk, optval, optlen);
  },
);

/** setsockopt of a raw socket. */
export const raw_setsockopt = traced(
  FILE,
  "raw_setsockopt(sk, level, optname, optval, optlen)",
  (k: Kernel, sk: Sock, level: number, optname: number, optval: UserMem | null, optlen: number): number => {
    if (level !== SOL_RAW) return ip_setsockopt(k, sk, level, optname, optval, optlen);
    return do_raw_setsockopt(k, sk, level, optname, optval, optlen);
  },
);

/** getsockopt(SOL_RAW). */
export const do_raw_getsockopt = traced(
  FILE,
  "do_raw_getsockopt(sk, level, optname, optval)",
  (k: Kernel, sk: Sock, _level: number, optname: number, optval: OptOut): number => {
    if (optname !== ICMP_FILTER) {
      return refuse(k, -ENOPROTOOPT, "no such raw socket option", { optname });
    }
    if (inet_sk(sk).num !== IPPROTO_ICMP) {
      return refuse(k, -EOPNOTSUPP, "ICMP_FILTER needs a raw ICMP socket", { protocol: inet_sk(sk).num });
    }
    return raw_geticmpfilter(k, sk, optval);
  },
);

/** getsockopt of a raw socket. */
export const raw_getsockopt = traced(
  FILE,
  "raw_getsockopt(sk, level, optname, optval)",
  (k: Kernel, sk: Sock, level: number, optname: number, optval: OptOut): number => {
    if (level !== SOL_RAW) return ip_getsockopt(k, sk, level, optname, optval);
    return do_raw_getsockopt(k, sk, level, optname, optval);
  },
);

/** ioctl(2): bytes that wait to be sent, bytes of the next packet. */
export const raw_ioctl = traced(
  FILE,
  "raw_ioctl(sk, cmd, arg)",
  (k: Kernel, sk: Sock, cmd: number, arg: IoctlArg): number => {
    switch (cmd) {
      case SIOCOUTQ:
        arg.value = sk_wmem_alloc_get(sk);
        return 0;
      case SIOCINQ: {
        local_bh_disable(k);
        const skb = skb_peek(sk.sk_receive_queue);
        local_bh_enable(k);
        arg.value = skb === null ? 0 : skb.len;
        return 0;
      }
      default:
        return refuse(k, -ENOIOCTLCMD, "not modelled: multicast routing ioctls", { cmd });
    }
  },
);

/** Raw sockets. */
export const raw_prot: Proto = {
  name: "RAW",
  obj_size: 760,
  family: "raw",
  has_memory_accounting: false,
  close: raw_close,
  destroy: raw_destroy,
  connect: (k, sk, uaddr, addr_len) => ip4_datagram_connect(k, sk, uaddr, addr_len),
  disconnect: (k, sk, flags) => udp_disconnect(k, sk, flags),
  ioctl: raw_ioctl,
  init: raw_init,
  setsockopt: raw_setsockopt,
  getsockopt: raw_getsockopt,
  sendmsg: raw_sendmsg,
  recvmsg: raw_recvmsg,
  bind: raw_bind,
  backlog_rcv: raw_rcv_skb,
  hash: raw_hash_sk,
  unhash: raw_unhash_sk,
};
