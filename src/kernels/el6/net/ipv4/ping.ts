// SPDX-License-Identifier: GPL-2.0-only
/** net/ipv4/ping.c: ICMP echo for users without privileges, where net.ipv4.ping_group_range lets them. */

import { drop, dump, fate, inlined, note, refuse, traced } from "../../../../trace/traced.ts";
import {
  EACCES,
  EADDRINUSE,
  EADDRNOTAVAIL,
  EDESTADDRREQ,
  EFAULT,
  EHOSTUNREACH,
  EINVAL,
  EMSGSIZE,
  ENETUNREACH,
  EOPNOTSUPP,
  EPROTO,
  EREMOTEIO,
} from "../../../../uapi/errno.ts";
import { IP_PMTUDISC_DONT } from "../../../../uapi/in.ts";
import {
  AF_INET,
  MSG_CONFIRM,
  MSG_DONTROUTE,
  MSG_ERRQUEUE,
  MSG_OOB,
  MSG_PROBE,
  MSG_TRUNC,
} from "../../../../uapi/socket.ts";
import { get16, get32, set16, set32 } from "../../../../wire/bytes.ts";
import { csum_block_add, csum_fold, csum_partial } from "../../../../wire/checksum.ts";
import {
  ICMP_CHECKSUM,
  ICMP_CODE,
  ICMP_DEST_UNREACH,
  ICMP_ECHO,
  ICMP_FRAG_NEEDED,
  ICMP_HLEN,
  ICMP_PARAMETERPROB,
  ICMP_REDIRECT,
  ICMP_REST,
  ICMP_SOURCE_QUENCH,
  ICMP_TYPE,
  NR_ICMP_UNREACH,
} from "../../../../wire/icmp.ts";
import { IP_DADDR, IP_SADDR } from "../../../../wire/ipv4.ts";
import { tell_made } from "../../fates.ts";
import { ipv4_is_multicast } from "../../include/linux/in.ts";
import type { Iovec, Msghdr } from "../../include/linux/net.ts";
import { dev_net, type NetDevice } from "../../include/linux/netdevice.ts";
import {
  CHECKSUM_NONE,
  type SkBuff,
  skb_get,
  skb_peek,
  skb_queue_empty,
} from "../../include/linux/skbuff.ts";
import { dst_confirm } from "../../include/net/dst.ts";
import { FLOWI_FLAG_ANYSRC, Flowi } from "../../include/net/flow.ts";
import { type IpOptions, inet_sk, kfree_ip_options } from "../../include/net/inet_sock.ts";
import { get_rttos, new_ipcm_cookie } from "../../include/net/ip.ts";
import { RTN_BROADCAST, RTN_LOCAL, RTN_MULTICAST } from "../../include/net/ip_fib.ts";
import { ip_rt_put, RTCF_BROADCAST, RTO_ONLINK, type Rtable } from "../../include/net/route.ts";
import { IP_INC_STATS, IPSTATS_MIB_OUTNOROUTES } from "../../include/net/snmp.ts";
import {
  lock_sock,
  type Proto,
  SOCK_BINDADDR_LOCK,
  SOCK_BINDPORT_LOCK,
  SOCK_BROADCAST,
  SOCK_LOCALROUTE,
  type Sock,
  sk_dst_reset,
  sock_flag,
  sock_hold,
  sock_net,
  sock_put,
  TCP_ESTABLISHED,
} from "../../include/net/sock.ts";
import { type Kernel, KernelPanic, local_bh_disable, local_bh_enable, type Net } from "../../kernel.ts";
import { security_sk_classify_flow } from "../../security/security.ts";
import {
  type RecvOut,
  skb_copy_datagram_iovec,
  skb_free_datagram,
  skb_recv_datagram,
} from "../core/datagram.ts";
import { csum_partial_copy_fromiovecend, memcpy_fromiovec } from "../core/iovec.ts";
import { kfree_skb, skb_push } from "../core/skbuff.ts";
import { release_sock, sk_common_release, sock_prot_inuse_add, sock_queue_rcv_skb } from "../core/sock.ts";
import { sock_recv_timestamp, sock_tx_timestamp } from "../socket.ts";
import { ip4_datagram_connect } from "./datagram.ts";
import { inet_addr_type } from "./fib_frontend.ts";
import { icmp_err_convert, icmp_out_count } from "./icmp.ts";
import { ip_append_data, ip_flush_pending_frames, ip_push_pending_frames } from "./ip_output.ts";
import {
  ip_cmsg_recv,
  ip_cmsg_send,
  ip_getsockopt,
  ip_icmp_error,
  ip_recv_error,
  ip_setsockopt,
} from "./ip_sockglue.ts";
import { ip_route_output_flow } from "./route.ts";
import { udp_disconnect } from "./udp.ts";

const FILE = "net/ipv4/ping.c";
const SIZEOF_SOCKADDR_IN = 16;

const PING_HTABLE_MASK = 63;

/** Chain of an identifier. el6 adds a number of the namespace, 0 here. */
export const ping_hashfn = inlined(
  FILE,
  "ping_hashfn(net, num, mask)",
  (_k: Kernel, _net: Net, num: number, mask: number): number => num & mask,
);

/** Where the sockets of an identifier are looked for; here they are all in one list, the newest first. */
export const ping_hashslot = inlined(
  FILE,
  "ping_hashslot(net, num)",
  (k: Kernel, net: Net, num: number): readonly Sock[] => {
    ping_hashfn(k, net, num, PING_HTABLE_MASK);
    return k.ping_table;
  },
);

/** Give the socket an identifier: its own wish, or the next one that is free. */
export const ping_v4_get_port = traced(
  FILE,
  "ping_v4_get_port(sk, ident)",
  (k: Kernel, sk: Sock, ident: number): number => {
    const isk = inet_sk(sk);
    local_bh_disable(k);
    let num = ident;
    if (num === 0) {
      let i = 0;
      for (let result = k.ping_port_rover + 1; i < 0x10000; i++, result++) {
        result &= 0xffff;
        if (result === 0) continue;
        if (ping_hashslot(k, sock_net(sk), result).some((other) => inet_sk(other).num === result)) continue;
        k.ping_port_rover = result;
        num = result;
        break;
      }
    } else {
      const taken = ping_hashslot(k, sock_net(sk), ident).some(
        (other) =>
          inet_sk(other).num === ident && other !== sk && (other.sk_reuse === 0 || sk.sk_reuse === 0),
      );
      if (taken) num = 0;
    }
    if (num === 0) {
      local_bh_enable(k);
      return ident === 0
        ? refuse(k, 1, "no free ping identifier")
        : refuse(k, 1, "identifier is in use by another ping socket", { ident });
    }
    isk.num = num;
    if (!sk.hashed) {
      sock_hold(sk);
      sk.hashed = true;
      k.ping_table.unshift(sk);
      sock_prot_inuse_add(k, sock_net(sk), sk.sk_prot, 1);
    }
    local_bh_enable(k);
    return 0;
  },
);

/** Take the socket out of the table. */
export const ping_v4_unhash = traced(FILE, "ping_v4_unhash(sk)", (k: Kernel, sk: Sock): void => {
  if (!sk.hashed) return;
  const isk = inet_sk(sk);
  local_bh_disable(k);
  k.ping_table.splice(k.ping_table.indexOf(sk), 1);
  sk.hashed = false;
  sock_put(k, sk);
  isk.num = 0;
  isk.sport = 0;
  sock_prot_inuse_add(k, sock_net(sk), sk.sk_prot, -1);
  local_bh_enable(k);
});

/** The socket that an answer belongs to. */
export const ping_v4_lookup = traced(
  FILE,
  "ping_v4_lookup(net, saddr, daddr, ident, dif)",
  (k: Kernel, net: Net, _saddr: number, daddr: number, ident: number, dif: number): Sock | null => {
    const hslot = ping_hashslot(k, net, ident);
    local_bh_disable(k);
    const found = hslot.find((sk) => {
      const isk = inet_sk(sk);
      if (isk.num !== ident) return false;
      if (isk.rcv_saddr !== 0 && isk.rcv_saddr !== daddr) return false;
      return sk.sk_bound_dev_if === 0 || sk.sk_bound_dev_if === dif;
    });
    if (found !== undefined) sock_hold(found);
    local_bh_enable(k);
    return found ?? null;
  },
);

/** net.ipv4.ping_group_range. */
export const inet_get_ping_group_range_net = inlined(
  FILE,
  "inet_get_ping_group_range_net(net)",
  (k: Kernel, _net: Net): readonly [number, number] => k.sysctl_ping_group_range,
);

/** Whether the caller's groups let it make ping sockets. Group numbers are taken to be the user's. */
export const ping_init_sock = traced(FILE, "ping_init_sock(sk)", (k: Kernel, sk: Sock): number => {
  const [low, high] = inet_get_ping_group_range_net(k, sock_net(sk));
  const group = k.current.uid;
  if (low <= group && group <= high) return 0;
  return refuse(k, -EACCES, "not permitted: gid is outside of net.ipv4.ping_group_range", {
    gid: group,
    low,
    high,
  });
});

/** Close a ping socket. */
export const ping_close = traced(
  FILE,
  "ping_close(sk, timeout)",
  (k: Kernel, sk: Sock, _timeout: number): void => {
    sk_common_release(k, sk);
  },
);

/** bind(2): an own address, and the port as identifier. */
export const ping_bind = traced(
  FILE,
  "ping_bind(sk, uaddr, addr_len)",
  (k: Kernel, sk: Sock, uaddr: Uint8Array, addr_len: number): number => {
    const isk = inet_sk(sk);
    if (addr_len < SIZEOF_SOCKADDR_IN) {
      return refuse(k, -EINVAL, "address shorter than struct sockaddr_in", { addr_len });
    }
    const addr = get32(uaddr, 4);
    const found = inet_addr_type(k, sock_net(sk), addr);
    const type = addr === 0 ? RTN_LOCAL : found;
    const foreign =
      k.sysctl_ip_nonlocal_bind === 0 && isk.freebind === 0 && isk.transparent === 0 && type !== RTN_LOCAL;
    if (foreign || type === RTN_MULTICAST || type === RTN_BROADCAST) {
      return refuse(k, -EADDRNOTAVAIL, "address is not local to this host", { addr });
    }
    lock_sock(k, sk);
    let err: number;
    if (isk.num !== 0) {
      err = refuse(k, -EINVAL, "the socket already has an identifier", { num: isk.num });
    } else {
      const snum = get16(uaddr, 2);
      isk.rcv_saddr = addr;
      isk.saddr = addr;
      if (ping_v4_get_port(k, sk, snum) !== 0) {
        isk.rcv_saddr = 0;
        isk.saddr = 0;
        err = -EADDRINUSE;
      } else {
        err = 0;
        if (isk.rcv_saddr !== 0) sk.sk_userlocks |= SOCK_BINDADDR_LOCK;
        if (snum !== 0) sk.sk_userlocks |= SOCK_BINDPORT_LOCK;
        isk.sport = isk.num;
        isk.daddr = 0;
        isk.dport = 0;
        sk_dst_reset(k, sk);
      }
    }
    release_sock(k, sk);
    return err;
  },
);

/** Only echo requests may be sent. */
export const ping_supported = inlined(
  FILE,
  "ping_supported(type, code)",
  (_k: Kernel, type: number, code: number): boolean => type === ICMP_ECHO && code === 0,
);

/** An ICMP error about an echo request. */
export const ping_err = traced(FILE, "ping_err(skb, info)", (k: Kernel, skb: SkBuff, info: number): void => {
  const b = skb.head.bytes;
  const icmph = skb.data + (((b[skb.data] as number) & 0xf) << 2);
  const type = b[icmph + ICMP_TYPE] as number;
  const code = b[icmph + ICMP_CODE] as number;
  if (!ping_supported(k, type, code)) {
    note(k, "not an error about an echo request", { type, code });
    return;
  }
  const dev = skb.dev as NetDevice;
  const daddr = get32(b, skb.data + IP_DADDR);
  const saddr = get32(b, skb.data + IP_SADDR);
  const sk = ping_v4_lookup(k, dev_net(dev), daddr, saddr, get16(b, icmph + ICMP_REST), dev.ifindex);
  if (sk === null) {
    note(k, "no ping socket with this identifier");
    return;
  }
  const isk = inet_sk(sk);
  let err = EHOSTUNREACH;
  let harderr = false;
  let ours = true;
  switch (type as number) {
    case ICMP_SOURCE_QUENCH:
    case ICMP_REDIRECT:
      err = EREMOTEIO;
      break;
    case ICMP_PARAMETERPROB:
      err = EPROTO;
      harderr = true;
      break;
    case ICMP_DEST_UNREACH:
      if (code === ICMP_FRAG_NEEDED) {
        ours = isk.pmtudisc !== IP_PMTUDISC_DONT;
        err = EMSGSIZE;
        harderr = true;
      } else if (code <= NR_ICMP_UNREACH) {
        harderr = icmp_err_convert[code]?.fatal ?? false;
        err = icmp_err_convert[code]?.errno ?? EHOSTUNREACH;
      }
      break;
    default:
      break;
  }
  if (ours && isk.recverr !== 0) ip_icmp_error(k, sk, skb, err, 0, info, icmph);
  if (ours && (isk.recverr !== 0 || (harderr && sk.sk_state === TCP_ESTABLISHED))) {
    sk.sk_err = err;
    sk.sk_error_report(k, sk);
  } else {
    note(k, "soft error or unconnected socket without IP_RECVERR: not reported", { errno: err });
  }
  sock_put(k, sk);
});

/** What {@link ping_getfrag} copies from, and the sum of it. */
interface Pingfakehdr {
  readonly icmph: Uint8Array;
  readonly iov: Iovec[];
  wcheck: number;
}

/** Copy and sum the payload; the first piece leaves room for the ICMP header. */
export const ping_getfrag = traced(
  FILE,
  "ping_getfrag(from, to, toOffset, offset, fraglen, odd, skb)",
  (
    k: Kernel,
    from: unknown,
    to: Uint8Array,
    toOffset: number,
    offset: number,
    fraglen: number,
    _odd: number,
    _skb: SkBuff,
  ): number => {
    const pfh = from as Pingfakehdr;
    const head = offset === 0 ? ICMP_HLEN : 0;
    const at = offset === 0 ? 0 : offset - ICMP_HLEN;
    const part = csum_partial_copy_fromiovecend(k, to, toOffset + head, pfh.iov, at, fraglen - head);
    if (part.err !== 0) return -EFAULT;
    pfh.wcheck = csum_block_add(pfh.wcheck, part.csum, at);
    return 0;
  },
);

/** Write the ICMP header and send. */
export const ping_push_pending_frames = traced(
  FILE,
  "ping_push_pending_frames(sk, pfh)",
  (k: Kernel, sk: Sock, pfh: Pingfakehdr): number => {
    const skb = skb_peek(sk.sk_write_queue);
    if (skb === null)
      throw new KernelPanic(
        "ping_push_pending_frames follows a null pointer: MSG_PROBE left no packet to send",
      );
    pfh.wcheck = csum_partial(pfh.icmph, 0, ICMP_HLEN, pfh.wcheck);
    set16(pfh.icmph, ICMP_CHECKSUM, csum_fold(pfh.wcheck));
    skb.head.bytes.set(pfh.icmph, skb.transport_header);
    dump(k, "icmp message", skb.head.bytes, skb.transport_header, skb.transport_header + ICMP_HLEN);
    skb.ip_summed = CHECKSUM_NONE;
    const { cork } = inet_sk(sk);
    const rt = cork.dst as Rtable;
    tell_made(k, skb, "ICMP", cork.length - ICMP_HLEN, rt, {
      type: pfh.icmph[ICMP_TYPE] as number,
      saddr: rt.rt_src,
      daddr: rt.rt_dst,
    });
    return ip_push_pending_frames(k, sk);
  },
);

/** Send an echo request. */
export const ping_sendmsg = traced(
  FILE,
  "ping_sendmsg(sk, msg, len)",
  (k: Kernel, sk: Sock, msg: Msghdr, len: number): number => {
    const inet = inet_sk(sk);
    if (len > 0xffff) {
      return refuse(k, -EMSGSIZE, "larger than the largest IP packet", { len, limit: 0xffff });
    }
    if ((msg.msg_flags & MSG_OOB) !== 0) {
      return refuse(k, -EOPNOTSUPP, "MSG_OOB is not supported");
    }
    const icmph = new Uint8Array(ICMP_HLEN);
    if (memcpy_fromiovec(k, icmph, msg.msg_iov, ICMP_HLEN) !== 0) return -EFAULT;
    if (!ping_supported(k, icmph[ICMP_TYPE] as number, icmph[ICMP_CODE] as number)) {
      return refuse(k, -EINVAL, "not an echo request with code 0", { type: icmph[ICMP_TYPE] as number });
    }
    let daddr: number;
    if (msg.msg_name !== null) {
      const usin = msg.msg_name;
      const sin_family = (usin[0] as number) | ((usin[1] as number) << 8);
      if (msg.msg_namelen < SIZEOF_SOCKADDR_IN || sin_family !== AF_INET) {
        return refuse(
          k,
          -EINVAL,
          "address is shorter than struct sockaddr_in, or sin_family is not AF_INET",
          { msg_namelen: msg.msg_namelen, sin_family },
        );
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
    const stamped = sock_tx_timestamp(k, msg, sk, ipc);
    if (stamped !== 0) return stamped;
    if (msg.msg_controllen !== 0) {
      const err = ip_cmsg_send(k, sock_net(sk), msg, ipc);
      if (err !== 0) return err;
      free = ipc.opt;
    }
    if (ipc.opt === null) ipc.opt = inet.opt;
    let saddr = ipc.addr;
    let faddr = daddr;
    ipc.addr = daddr;
    if (ipc.opt !== null && ipc.opt.srr !== 0) {
      if (daddr === 0) {
        return refuse(k, -EINVAL, "source route, but the destination is 0.0.0.0", { daddr });
      }
      faddr = ipc.opt.faddr;
    }
    let tos = get_rttos(ipc, inet);
    const strict = ipc.opt !== null && ipc.opt.is_strictroute !== 0;
    if (sock_flag(sk, SOCK_LOCALROUTE) || (msg.msg_flags & MSG_DONTROUTE) !== 0 || strict) tos |= RTO_ONLINK;
    if (ipv4_is_multicast(daddr)) {
      if (ipc.oif === 0) ipc.oif = inet.mc_index;
      if (saddr === 0) saddr = inet.mc_addr;
    }
    const fl = new Flowi();
    fl.oif = ipc.oif;
    fl.mark = sk.sk_mark;
    fl.fl4_dst = faddr;
    fl.fl4_src = saddr;
    fl.fl4_tos = tos;
    fl.proto = sk.sk_protocol;
    if (inet.transparent !== 0) fl.flags = FLOWI_FLAG_ANYSRC;
    security_sk_classify_flow(k, sk, fl);
    const rt = ip_route_output_flow(k, sock_net(sk), fl, sk, 1);
    if (typeof rt === "number") {
      if (rt === -ENETUNREACH) IP_INC_STATS(k, sock_net(sk), IPSTATS_MIB_OUTNOROUTES);
      if (free !== null) kfree_ip_options(k, free);
      return rt;
    }
    if ((rt.rt_flags & RTCF_BROADCAST) !== 0 && !sock_flag(sk, SOCK_BROADCAST)) {
      const err = refuse(k, -EACCES, "broadcast destination, but SO_BROADCAST is not set", { daddr });
      ip_rt_put(k, rt);
      if (free !== null) kfree_ip_options(k, free);
      return err;
    }
    let err = 0;
    let steals = false;
    if ((msg.msg_flags & MSG_CONFIRM) !== 0) dst_confirm(k, rt);
    if ((msg.msg_flags & MSG_CONFIRM) === 0 || (msg.msg_flags & MSG_PROBE) === 0 || len !== 0) {
      if (ipc.addr === 0) ipc.addr = rt.rt_dst;
      lock_sock(k, sk);
      set16(icmph, ICMP_CHECKSUM, 0);
      set16(icmph, ICMP_REST, inet.sport);
      const pfh: Pingfakehdr = { icmph, iov: msg.msg_iov, wcheck: 0 };
      steals = (msg.msg_flags & MSG_PROBE) === 0 && skb_queue_empty(sk.sk_write_queue);
      err = ip_append_data(k, sk, ping_getfrag, pfh, len, 0, ipc, rt, msg.msg_flags);
      if (err !== 0) ip_flush_pending_frames(k, sk);
      else err = ping_push_pending_frames(k, sk, pfh);
      release_sock(k, sk);
    }
    ip_rt_put(k, steals ? null : rt);
    if (free !== null) kfree_ip_options(k, free);
    if (err !== 0) return err;
    icmp_out_count(k, sock_net(sk), icmph[ICMP_TYPE] as number);
    return len;
  },
);

/** Receive an echo reply, ICMP header and all. */
export const ping_recvmsg = traced(
  FILE,
  "ping_recvmsg(sk, msg, len, noblock, flags)",
  (k: Kernel, sk: Sock, msg: Msghdr, len: number, noblock: number, flags: number): number => {
    const isk = inet_sk(sk);
    if ((flags & MSG_OOB) !== 0) {
      return refuse(k, -EOPNOTSUPP, "MSG_OOB is not supported");
    }
    if ((flags & MSG_ERRQUEUE) !== 0) return ip_recv_error(k, sk, msg, len);
    const out: RecvOut = { err: 0, peeked: 0 };
    const skb = skb_recv_datagram(k, sk, flags, noblock, out);
    if (skb === null) return out.err;
    let copied = skb.len;
    if (copied > len) {
      note(k, "larger than the buffer: truncated", { copied, len });
      msg.msg_flags |= MSG_TRUNC;
      copied = len;
    }
    const err = skb_copy_datagram_iovec(k, skb, 0, msg.msg_iov, copied);
    if (err === 0) {
      sock_recv_timestamp(k, msg, sk, skb);
      if (msg.msg_name !== null) {
        const sin = msg.msg_name;
        sin.fill(0, 0, SIZEOF_SOCKADDR_IN);
        sin[0] = AF_INET;
        set32(sin, 4, get32(skb.head.bytes, skb.network_header + IP_SADDR));
        msg.msg_namelen = SIZEOF_SOCKADDR_IN;
      }
      if (isk.cmsg_flags !== 0) ip_cmsg_recv(k, msg, skb);
    }
    skb_free_datagram(k, sk, skb);
    return err !== 0 ? err : copied;
  },
);

/** Put a reply on the socket's queue. */
export const ping_queue_rcv_skb = traced(
  FILE,
  "ping_queue_rcv_skb(sk, skb)",
  (k: Kernel, sk: Sock, skb: SkBuff): number => {
    if (sock_queue_rcv_skb(k, sk, skb) < 0) {
      kfree_skb(k, skb);
      return -1;
    }
    fate(k, "queued", skb, "", { bytes: skb.len }, { sk });
    return 0;
  },
);

/** An echo reply: for the socket with its identifier, if there is one. */
export const ping_rcv = traced(FILE, "ping_rcv(skb)", (k: Kernel, skb: SkBuff): void => {
  const dev = skb.dev as NetDevice;
  const b = skb.head.bytes;
  const iph = skb.network_header;
  const icmph = skb.transport_header;
  skb_push(k, skb, skb.data - icmph);
  const ident = get16(b, icmph + ICMP_REST);
  const sk = ping_v4_lookup(
    k,
    dev_net(dev),
    get32(b, iph + IP_SADDR),
    get32(b, iph + IP_DADDR),
    ident,
    dev.ifindex,
  );
  if (sk === null) {
    drop(k, skb, "NO_SOCKET", "no ping socket with this identifier", { ident });
    return;
  }
  ping_queue_rcv_skb(k, sk, skb_get(skb));
  sock_put(k, sk);
});

/** Ping sockets. */
export const ping_prot: Proto = {
  name: "PING",
  obj_size: 744,
  family: "ping",
  has_memory_accounting: false,
  init: ping_init_sock,
  close: ping_close,
  connect: (k, sk, uaddr, addr_len) => ip4_datagram_connect(k, sk, uaddr, addr_len),
  disconnect: (k, sk, flags) => udp_disconnect(k, sk, flags),
  setsockopt: (k, sk, level, optname, optval, optlen) => ip_setsockopt(k, sk, level, optname, optval, optlen),
  getsockopt: (k, sk, level, optname, optval) => ip_getsockopt(k, sk, level, optname, optval),
  sendmsg: ping_sendmsg,
  recvmsg: ping_recvmsg,
  bind: ping_bind,
  backlog_rcv: ping_queue_rcv_skb,
  unhash: ping_v4_unhash,
  get_port: ping_v4_get_port,
};
