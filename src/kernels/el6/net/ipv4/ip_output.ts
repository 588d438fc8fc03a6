// SPDX-License-Identifier: GPL-2.0-only
/** net/ipv4/ip_output.c: IP's way out. Headers are written here, datagrams put together and cut into fragments. */
import { drop, dump, fate, inlined, note, refuse, traced } from "../../../../trace/traced.ts";
import { EFAULT, EINVAL, EMSGSIZE, ENOBUFS, ENOMEM, EOPNOTSUPP, EPERM } from "../../../../uapi/errno.ts";
import { IP_PMTUDISC_DO, IP_PMTUDISC_PROBE, IPPROTO_ICMP, IPPROTO_UDP } from "../../../../uapi/in.ts";
import { AF_INET, MSG_DONTWAIT, MSG_MORE, MSG_PROBE } from "../../../../uapi/socket.ts";
import { get16, set16, set32 } from "../../../../wire/bytes.ts";
import { csum_block_add, csum_partial, csum_sub, ip_fast_csum } from "../../../../wire/checksum.ts";
import { ETH_P_IP } from "../../../../wire/ethernet.ts";
import { ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, ICMP_TYPE } from "../../../../wire/icmp.ts";
import {
  IP_CHECK,
  IP_DADDR,
  IP_DF,
  IP_FRAG_OFF,
  IP_HLEN,
  IP_MF,
  IP_OFFSET,
  IP_PROTOCOL,
  IP_SADDR,
  IP_TOS_OFF,
  IP_TOT_LEN,
  IP_TTL_OFF,
  IP_VIHL,
} from "../../../../wire/ipv4.ts";
import type { Iovec } from "../../include/linux/net.ts";
import {
  dev_net,
  LL_RESERVED_SPACE,
  NET_XMIT_CN,
  NETIF_F_SG,
  NETIF_F_UFO,
  NETIF_F_V4_CSUM,
  type NetDevice,
} from "../../include/linux/netdevice.ts";
import {
  NF_HOOK,
  NF_HOOK_COND,
  NF_INET_LOCAL_OUT,
  NF_INET_POST_ROUTING,
  nf_hook,
} from "../../include/linux/netfilter.ts";
import {
  __skb_dequeue,
  __skb_dequeue_tail,
  __skb_pull,
  __skb_push,
  __skb_queue_tail,
  __skb_trim,
  alloc_page,
  alloc_skb,
  CHECKSUM_NONE,
  CHECKSUM_PARTIAL,
  CHECKSUM_UNNECESSARY,
  get_page,
  IPCB,
  MAX_SKB_FRAGS,
  PACKET_LOOPBACK,
  PAGE_SIZE,
  type Page,
  pskb_trim_unique,
  SKB_GSO_UDP,
  type SkBuff,
  SkBuffHead,
  type SkbFrag,
  skb_can_coalesce,
  skb_cloned,
  skb_dst_set,
  skb_fill_page_desc,
  skb_has_frag_list,
  skb_headlen,
  skb_headroom,
  skb_is_gso,
  skb_network_header_len,
  skb_network_offset,
  skb_pagelen,
  skb_peek_tail,
  skb_queue_empty,
  skb_reserve,
  skb_reset_mac_header,
  skb_reset_network_header,
  skb_reset_transport_header,
  skb_set_network_header,
  skb_shared,
} from "../../include/linux/skbuff.ts";
import {
  type DstEntry,
  dst_clone,
  dst_metric,
  dst_mtu,
  dst_output,
  RTAX_HOPLIMIT,
  skb_dst_drop,
} from "../../include/net/dst.ts";
import { type InetCork, type InetSock, IPCORK_OPT, inet_sk, new_cork } from "../../include/net/inet_sock.ts";
import {
  IPSKB_FORWARDED,
  IPSKB_FRAG_COMPLETE,
  IPSKB_REROUTED,
  type IpcmCookie,
  ip_dont_fragment,
  ip_finish_skb,
  ip_select_ident,
  ip_sk_local_df,
  ip_sk_use_pmtu,
  ip_skb_dst_mtu,
  type RtRef,
} from "../../include/net/ip.ts";
import { RTN_BROADCAST, RTN_MULTICAST } from "../../include/net/ip_fib.ts";
import { neigh_hh_output } from "../../include/net/neighbour.ts";
import { RTCF_BROADCAST, RTCF_LOCAL, RTCF_MULTICAST, type Rtable } from "../../include/net/route.ts";
import {
  IP_INC_STATS,
  IP_UPD_PO_STATS,
  IPSTATS_MIB_FRAGCREATES,
  IPSTATS_MIB_FRAGFAILS,
  IPSTATS_MIB_FRAGOKS,
  IPSTATS_MIB_OUT,
  IPSTATS_MIB_OUTBCAST,
  IPSTATS_MIB_OUTDISCARDS,
  IPSTATS_MIB_OUTMCAST,
} from "../../include/net/snmp.ts";
import { type Sock, skb_set_owner_w, sock_net } from "../../include/net/sock.ts";
import { type Kernel, KernelPanic, printk } from "../../kernel.ts";
import { netif_rx, skb_checksum_help } from "../core/dev.ts";
import { dst_release } from "../core/dst.ts";
import { csum_partial_copy_fromiovecend, memcpy_fromiovecend } from "../core/iovec.ts";
import {
  type Getfrag,
  kfree_skb,
  skb_append_datato_frags,
  skb_clone,
  skb_copy_and_csum_bits,
  skb_copy_bits,
  skb_put,
  skb_realloc_headroom,
} from "../core/skbuff.ts";
import { sock_alloc_send_skb, sock_wfree, sock_wmalloc } from "../core/sock.ts";
import { net_ratelimit } from "../core/utils.ts";
import { icmp_out_count, icmp_send } from "./icmp.ts";
import { ip_options_build, ip_options_fragment } from "./ip_options.ts";
import { ip_local_error } from "./ip_sockglue.ts";

const FILE = "net/ipv4/ip_output.c";

/** Sum the header at `iph[at…]` and write the sum into it. */
export const ip_send_check = inlined(
  FILE,
  "ip_send_check(iph, at)",
  (_k: Kernel, iph: Uint8Array, at: number): void => {
    set16(iph, at + IP_CHECK, 0);
    set16(iph, at + IP_CHECK, ip_fast_csum(iph, at, (iph[at + IP_VIHL] as number) & 0xf));
  },
);

/** Show a finished IP header. */
function dump_header(k: Kernel, skb: SkBuff): void {
  const at = skb.network_header;
  dump(k, "ip header", skb.head.bytes, at, at + ((skb.head.bytes[at + IP_VIHL] as number) & 0xf) * 4);
}

/** Finish the header (length and checksum) and ask netfilter's OUTPUT chain: 1 where the packet may go on. */
export const __ip_local_out = traced(FILE, "__ip_local_out(skb)", (k: Kernel, skb: SkBuff): number => {
  set16(skb.head.bytes, skb.network_header + IP_TOT_LEN, skb.len);
  ip_send_check(k, skb.head.bytes, skb.network_header);
  dump_header(k, skb);
  return nf_hook(k, AF_INET, NF_INET_LOCAL_OUT, skb, null, (skb.dst as DstEntry).dev, dst_output);
});

/** Send a packet that this host made. */
export const ip_local_out = inlined(FILE, "ip_local_out(skb)", (k: Kernel, skb: SkBuff): number => {
  const err = __ip_local_out(k, skb);
  return err === 1 ? dst_output(k, skb) : err;
});

/** Give a multicast or broadcast packet to this host's own input as well. */
export const ip_dev_loopback_xmit = traced(
  FILE,
  "ip_dev_loopback_xmit(newskb)",
  (k: Kernel, newskb: SkBuff): number => {
    skb_reset_mac_header(newskb);
    __skb_pull(newskb, skb_network_offset(newskb));
    newskb.pkt_type = PACKET_LOOPBACK;
    const name = newskb.dev?.name ?? "none";
    fate(k, "looped", newskb, "", { dev: name, to: name, len: newskb.len, copy: true });
    newskb.ip_summed = CHECKSUM_UNNECESSARY;
    netif_rx(k, newskb);
    return 0;
  },
);

/** The TTL: the socket's (IP_TTL), or the route's. */
export const ip_select_ttl = inlined(
  FILE,
  "ip_select_ttl(inet, dst)",
  (k: Kernel, inet: InetSock, dst: DstEntry): number => {
    if (inet.uc_ttl < 0) return dst_metric(dst, RTAX_HOPLIMIT);
    note(k, "TTL from IP_TTL of the socket", { ttl: inet.uc_ttl });
    return inet.uc_ttl;
  },
);

/** Hand the packet to the neighbour: by the ready-made link-layer header, or by resolving its address first. */
export const ip_finish_output2 = traced(FILE, "ip_finish_output2(skb)", (k: Kernel, skb: SkBuff): number => {
  const rt = skb.dst as Rtable;
  const dev = rt.dev as NetDevice;
  const hh_len = LL_RESERVED_SPACE(dev);
  if (rt.rt_type === RTN_MULTICAST) IP_UPD_PO_STATS(k, dev_net(dev), IPSTATS_MIB_OUTMCAST, skb.len);
  else if (rt.rt_type === RTN_BROADCAST) IP_UPD_PO_STATS(k, dev_net(dev), IPSTATS_MIB_OUTBCAST, skb.len);

  let out = skb;
  if (skb_headroom(skb) < hh_len && dev.header_ops !== null) {
    note(k, "no headroom for the link-layer header: reallocate it", {
      headroom: skb_headroom(skb),
      hh_len,
    });
    const skb2 = skb_realloc_headroom(k, skb, LL_RESERVED_SPACE(dev));
    if (skb2 === null) {
      drop(k, skb, "NOMEM", "no memory to expand the headroom");
      kfree_skb(k, skb);
      return -ENOMEM;
    }
    if (skb.sk !== null) skb_set_owner_w(k, skb2, skb.sk);
    kfree_skb(k, skb);
    out = skb2;
  }

  if (rt.hh !== null) {
    note(k, "the link-layer header of this route is cached");
    return neigh_hh_output(k, rt.hh, out);
  }
  if (rt.neighbour !== null) return rt.neighbour.output(k, out);

  if (net_ratelimit(k)) printk(k, "ip_finish_output2: No header cache and no neighbour!");
  drop(k, out, "NEIGH_CREATEFAIL", "route has neither a header cache nor a neighbour");
  kfree_skb(k, out);
  return -EINVAL;
});

/** After the POSTROUTING hooks: cut the packet where it is longer than the route's MTU. */
export const ip_finish_output = traced(FILE, "ip_finish_output(skb)", (k: Kernel, skb: SkBuff): number => {
  if ((skb.dst as DstEntry).xfrm !== null) {
    IPCB(skb).flags |= IPSKB_REROUTED;
    return dst_output(k, skb);
  }
  const mtu = ip_skb_dst_mtu(k, skb);
  if (skb.len > mtu) {
    if (!skb_is_gso(skb)) {
      note(k, "larger than the MTU: fragment it", { len: skb.len, mtu });
      return ip_fragment(k, skb, ip_finish_output2);
    }
    note(k, "larger than the MTU, but the device segments it", {
      len: skb.len,
      mtu,
      gso_size: skb.head.gso_size,
    });
  }
  return ip_finish_output2(k, skb);
});

/** May the POSTROUTING hooks still be asked? Not twice. */
function not_rerouted(skb: SkBuff): boolean {
  return skb.ipcb === null || (skb.ipcb.flags & IPSKB_REROUTED) === 0;
}

/** Output of multicast and broadcast: this host may want a copy too. */
export const ip_mc_output = traced(FILE, "ip_mc_output(skb)", (k: Kernel, skb: SkBuff): number => {
  const sk = skb.sk;
  const rt = skb.dst as Rtable;
  const dev = rt.dev as NetDevice;
  IP_UPD_PO_STATS(k, dev_net(dev), IPSTATS_MIB_OUT, skb.len);
  skb.dev = dev;
  skb.protocol = ETH_P_IP;

  if ((rt.rt_flags & RTCF_MULTICAST) !== 0) {
    const forwarded = skb.ipcb !== null && (skb.ipcb.flags & IPSKB_FORWARDED) !== 0;
    if ((sk === null || inet_sk(sk).mc_loop !== 0) && ((rt.rt_flags & RTCF_LOCAL) !== 0 || !forwarded)) {
      note(k, "multicast: loop a clone back to local members (IP_MULTICAST_LOOP)");
      const newskb = skb_clone(k, skb);
      if (newskb !== null)
        NF_HOOK(k, AF_INET, NF_INET_POST_ROUTING, newskb, null, newskb.dev, ip_dev_loopback_xmit);
    } else {
      if (forwarded && (rt.rt_flags & RTCF_LOCAL) === 0)
        note(k, "forwarded multicast: already delivered locally on input");
      else note(k, "multicast: IP_MULTICAST_LOOP is off, nothing is looped back");
    }
    if (skb.head.bytes[skb.network_header + IP_TTL_OFF] === 0) {
      drop(k, skb, "IP_TTL", "TTL is 0: must not leave the host");
      kfree_skb(k, skb);
      return 0;
    }
  }
  if ((rt.rt_flags & RTCF_BROADCAST) !== 0) {
    note(k, "broadcast: loop a clone back to this host");
    const newskb = skb_clone(k, skb);
    if (newskb !== null)
      NF_HOOK(k, AF_INET, NF_INET_POST_ROUTING, newskb, null, newskb.dev, ip_dev_loopback_xmit);
  }
  return NF_HOOK_COND(
    k,
    AF_INET,
    NF_INET_POST_ROUTING,
    skb,
    null,
    skb.dev,
    ip_finish_output,
    not_rerouted(skb),
  );
});

/** Output of unicast. */
export const ip_output = traced(FILE, "ip_output(skb)", (k: Kernel, skb: SkBuff): number => {
  const dev = (skb.dst as DstEntry).dev as NetDevice;
  IP_UPD_PO_STATS(k, dev_net(dev), IPSTATS_MIB_OUT, skb.len);
  skb.dev = dev;
  skb.protocol = ETH_P_IP;
  return NF_HOOK_COND(k, AF_INET, NF_INET_POST_ROUTING, skb, null, dev, ip_finish_output, not_rerouted(skb));
});

/** What every fragment takes over from its packet. */
export const ip_copy_metadata = traced(
  FILE,
  "ip_copy_metadata(to, from)",
  (k: Kernel, to: SkBuff, from: SkBuff): void => {
    to.pkt = from.pkt;
    to.pkt_type = from.pkt_type;
    to.priority = from.priority;
    to.protocol = from.protocol;
    skb_dst_drop(k, to);
    skb_dst_set(to, dst_clone(from.dst));
    to.dev = from.dev;
    to.mark = from.mark;
    IPCB(to).flags = IPCB(from).flags;
    to.nf_trace = from.nf_trace;
  },
);

/** Cut a packet into fragments that fit the MTU and give each to `output`. */
export const ip_fragment = traced(
  FILE,
  "ip_fragment(skb, output)",
  (k: Kernel, skb: SkBuff, output: (k: Kernel, skb: SkBuff) => number): number => {
    const rt = skb.dst as Rtable;
    const dev = rt.dev as NetDevice;
    const iph = skb.network_header;
    const mtu = ip_skb_dst_mtu(k, skb);
    const frag_max_size = skb.ipcb === null ? 0 : skb.ipcb.frag_max_size;
    const frag_off = get16(skb.head.bytes, iph + IP_FRAG_OFF);
    if (((frag_off & IP_DF) !== 0 && skb.local_df === 0) || (frag_max_size !== 0 && frag_max_size > mtu)) {
      drop(k, skb, "PKT_TOO_BIG", "larger than the MTU, and DF is set: report fragmentation needed", {
        len: skb.len,
        mtu,
      });
      IP_INC_STATS(k, dev_net(dev), IPSTATS_MIB_FRAGFAILS);
      icmp_send(k, skb, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, mtu);
      kfree_skb(k, skb);
      return -EMSGSIZE;
    }
    const hlen = ((skb.head.bytes[iph + IP_VIHL] as number) & 0xf) * 4;
    // Unsigned in C: below the header's length there is room for everything.
    const space = (mtu - hlen) >>> 0;
    IPCB(skb).flags |= IPSKB_FRAG_COMPLETE;
    if (skb_has_frag_list(skb)) {
      if (ready_made(skb, hlen, space)) {
        note(k, "frag_list holds one buffer per fragment: add an IP header to each");
        return fragment_list(k, skb, hlen, output);
      }
      note(k, "frag_list does not fit the fragment size: copy");
    }
    return fragment_copy(k, skb, hlen, space, output);
  },
);

/** ip_fragment: are the buffers behind the first one of a form that can go out as fragments as they are? */
function ready_made(skb: SkBuff, hlen: number, space: number): boolean {
  const first_len = skb_pagelen(skb);
  const frag_off = get16(skb.head.bytes, skb.network_header + IP_FRAG_OFF);
  if (
    first_len - hlen > space ||
    ((first_len - hlen) & 7) !== 0 ||
    (frag_off & (IP_MF | IP_OFFSET)) !== 0 ||
    skb_cloned(skb)
  )
    return false;
  for (let frag = skb.head.frag_list; frag !== null; frag = frag.next) {
    if (frag.len > space || ((frag.len & 7) !== 0 && frag.next !== null) || skb_headroom(frag) < hlen)
      return false;
    if (skb_shared(frag)) return false;
    // As in el6 these keep their owner even where a later one turns out not to fit.
    if (skb.sk !== null) {
      frag.sk = skb.sk;
      frag.destructor = sock_wfree;
    }
  }
  return true;
}

/** ip_fragment's fast way: the buffers behind the first one go out one by one, each with a copy of the header. */
function fragment_list(
  k: Kernel,
  first: SkBuff,
  hlen: number,
  output: (k: Kernel, skb: SkBuff) => number,
): number {
  const net = dev_net((first.dst as Rtable).dev as NetDevice);
  let skb = first;
  const first_len = skb_pagelen(skb);
  let truesizes = 0;
  let frag = skb.head.frag_list;
  for (let f = frag; f !== null; f = f.next) truesizes += f.truesize;
  skb.head.frag_list = null;
  skb.data_len = first_len - skb_headlen(skb);
  skb.truesize -= truesizes;
  skb.len = first_len;
  set16(skb.head.bytes, skb.network_header + IP_TOT_LEN, first_len);
  set16(skb.head.bytes, skb.network_header + IP_FRAG_OFF, IP_MF);
  ip_send_check(k, skb.head.bytes, skb.network_header);
  dump_header(k, skb);

  let offset = 0;
  let err: number;
  for (;;) {
    if (frag !== null) {
      frag.ip_summed = CHECKSUM_NONE;
      skb_reset_transport_header(frag);
      __skb_push(frag, hlen);
      skb_reset_network_header(frag);
      const at = frag.network_header;
      const from = skb.network_header;
      frag.head.bytes.set(skb.head.bytes.subarray(from, from + hlen), at);
      set16(frag.head.bytes, at + IP_TOT_LEN, frag.len);
      ip_copy_metadata(k, frag, skb);
      if (offset === 0) ip_options_fragment(k, frag);
      offset += skb.len - hlen;
      set16(frag.head.bytes, at + IP_FRAG_OFF, (offset >> 3) | (frag.next !== null ? IP_MF : 0));
      ip_send_check(k, frag.head.bytes, at);
      dump_header(k, frag);
    }
    err = output(k, skb);
    if (err === 0) IP_INC_STATS(k, net, IPSTATS_MIB_FRAGCREATES);
    if (err !== 0 || frag === null) break;
    skb = frag;
    frag = skb.next;
    skb.next = null;
  }
  if (err === 0) {
    IP_INC_STATS(k, net, IPSTATS_MIB_FRAGOKS);
    return 0;
  }
  if (frag !== null)
    drop(k, frag, "NOT_SPECIFIED", "fragment could not be sent: drop the remaining ones", { err });
  while (frag !== null) {
    const next: SkBuff | null = frag.next;
    kfree_skb(k, frag);
    frag = next;
  }
  IP_INC_STATS(k, net, IPSTATS_MIB_FRAGFAILS);
  return err;
}

/** ip_fragment's slow way gives up. */
function fragment_failed(k: Kernel, skb: SkBuff, err: number): number {
  const net = dev_net((skb.dst as Rtable).dev as NetDevice);
  kfree_skb(k, skb);
  IP_INC_STATS(k, net, IPSTATS_MIB_FRAGFAILS);
  return err;
}

/** ip_fragment's slow way: every fragment is a new buffer, header and data are copied. */
function fragment_copy(
  k: Kernel,
  skb: SkBuff,
  hlen: number,
  space: number,
  output: (k: Kernel, skb: SkBuff) => number,
): number {
  const dev = (skb.dst as Rtable).dev as NetDevice;
  const net = dev_net(dev);
  let err = 0;
  if (skb.ip_summed === CHECKSUM_PARTIAL) {
    note(k, "CHECKSUM_PARTIAL does not survive fragmentation: fill in the checksum now");
    if (skb_checksum_help(k, skb) !== 0) {
      drop(k, skb, "NOT_SPECIFIED", "the transport checksum cannot be filled in");
      return fragment_failed(k, skb, err);
    }
  }
  let left = skb.len - hlen;
  let ptr = hlen;
  const ll_rs = LL_RESERVED_SPACE(dev);
  const frag_off = get16(skb.head.bytes, skb.network_header + IP_FRAG_OFF);
  let offset = (frag_off & IP_OFFSET) << 3;
  const not_last_frag = frag_off & IP_MF;

  while (left > 0) {
    let len = Math.min(left, space);
    // All but the last hold a multiple of eight bytes, the unit of the offset field.
    if (len < left) len &= ~7;
    if (len === 0)
      throw new KernelPanic(
        `ip_fragment never ends: an MTU of ${space + hlen} leaves no room for eight bytes behind the header`,
      );
    const skb2 = alloc_skb(k, len + hlen + ll_rs);
    if (skb2 === null) {
      drop(k, skb, "NOMEM", "no memory for a fragment");
      err = -ENOMEM;
      return fragment_failed(k, skb, err);
    }
    ip_copy_metadata(k, skb2, skb);
    skb_reserve(skb2, ll_rs);
    skb_put(k, skb2, len + hlen);
    skb_reset_network_header(skb2);
    skb2.transport_header = skb2.network_header + hlen;
    if (skb.sk !== null) skb_set_owner_w(k, skb2, skb.sk);
    const bytes = skb2.head.bytes;
    const iph = skb2.network_header;
    bytes.set(skb.head.bytes.subarray(skb.data, skb.data + hlen), iph);
    if (skb_copy_bits(k, skb, ptr, bytes, skb2.transport_header, len) !== 0)
      throw new KernelPanic("ip_fragment: the packet is shorter than its length");
    left -= len;

    set16(bytes, iph + IP_FRAG_OFF, offset >> 3);
    if (offset === 0) ip_options_fragment(k, skb);
    if (left > 0 || not_last_frag !== 0) set16(bytes, iph + IP_FRAG_OFF, (offset >> 3) | IP_MF);
    note(k, "fragment", { offset, len, left });
    ptr += len;
    offset += len;
    set16(bytes, iph + IP_TOT_LEN, len + hlen);
    ip_send_check(k, bytes, iph);
    dump_header(k, skb2);

    err = output(k, skb2);
    if (err !== 0) {
      if (left > 0)
        drop(k, skb, "NOT_SPECIFIED", "fragment could not be sent: drop the remaining ones", { err });
      return fragment_failed(k, skb, err);
    }
    IP_INC_STATS(k, net, IPSTATS_MIB_FRAGCREATES);
  }
  kfree_skb(k, skb);
  IP_INC_STATS(k, net, IPSTATS_MIB_FRAGOKS);
  return err;
}

/** Fetch user data into a packet; sum it on the way unless the device is going to. */
export const ip_generic_getfrag = traced(
  FILE,
  "ip_generic_getfrag(from, to, toOffset, offset, len, odd, skb)",
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
    const iov = from as Iovec[];
    if (skb.ip_summed === CHECKSUM_PARTIAL) {
      if (memcpy_fromiovecend(k, to, toOffset, iov, offset, len) < 0) return -EFAULT;
    } else {
      const copied = csum_partial_copy_fromiovecend(k, to, toOffset, iov, offset, len);
      if (copied.err < 0) return -EFAULT;
      skb.csum = csum_block_add(skb.csum, copied.csum, odd);
    }
    return 0;
  },
);

/** Sum a piece of a page. */
export const csum_page = inlined(
  FILE,
  "csum_page(page, offset, copy)",
  (_k: Kernel, page: Page, offset: number, copy: number): number => {
    return csum_partial(page.bytes, offset, offset + copy, 0);
  },
);

/** A device with UFO cuts UDP itself: all the data goes into one buffer, as pages. */
export const ip_ufo_append_data = inlined(
  FILE,
  "ip_ufo_append_data(sk, queue, getfrag, from, length, hh_len, fragheaderlen, transhdrlen, maxfraglen, flags)",
  (
    k: Kernel,
    sk: Sock,
    queue: SkBuffHead,
    getfrag: Getfrag,
    from: unknown,
    length: number,
    hh_len: number,
    fragheaderlen: number,
    transhdrlen: number,
    maxfraglen: number,
    flags: number,
  ): number => {
    let skb = skb_peek_tail(queue);
    if (skb === null) {
      const fresh = sock_alloc_send_skb(
        k,
        sk,
        hh_len + fragheaderlen + transhdrlen + 20,
        flags & MSG_DONTWAIT,
      );
      if (typeof fresh === "number") return fresh;
      skb = fresh;
      skb_reserve(skb, hh_len);
      skb_put(k, skb, fragheaderlen + transhdrlen);
      skb_reset_network_header(skb);
      skb.transport_header = skb.network_header + fragheaderlen;
      skb.csum = 0;
      __skb_queue_tail(queue, skb);
      mark_for_ufo(skb, maxfraglen - fragheaderlen);
    } else if (!skb_is_gso(skb)) {
      note(k, "partial buffer becomes a UFO packet: the checksum of its data is lost (el6 bug)");
      mark_for_ufo(skb, maxfraglen - fragheaderlen);
    }
    return skb_append_datato_frags(k, sk, skb, getfrag, from, length - transhdrlen);
  },
);

/** ip_ufo_append_data: the device is to cut this buffer, and to sum it. */
function mark_for_ufo(skb: SkBuff, gso_size: number): void {
  skb.ip_summed = CHECKSUM_PARTIAL;
  skb.head.gso_size = gso_size & 0xffff;
  skb.head.gso_type = SKB_GSO_UDP;
}

/** Data could not be appended: what was promised and not delivered no longer counts. */
function append_failed(k: Kernel, sk: Sock, cork: InetCork, left: number, err: number): number {
  cork.length -= left;
  IP_INC_STATS(k, sock_net(sk), IPSTATS_MIB_OUTDISCARDS);
  return err;
}

/**
 * Append data to a datagram in the making. The queue holds buffers of at most MTU size, each of which could go out as
 * a fragment; the first has room for the transport header.
 */
export const __ip_append_data = traced(
  FILE,
  "__ip_append_data(sk, queue, cork, getfrag, from, length, transhdrlen, ipc, flags)",
  (
    k: Kernel,
    sk: Sock,
    queue: SkBuffHead,
    cork: InetCork,
    getfrag: Getfrag,
    from: unknown,
    length: number,
    transhdrlen: number,
    ipc: IpcmCookie,
    flags: number,
  ): number => {
    const rt = cork.dst as Rtable;
    const dev = rt.dev as NetDevice;
    const opt = cork.opt;
    let exthdrlen = transhdrlen !== 0 ? rt.header_len : 0;
    let left = length + exthdrlen;
    let thl = transhdrlen + exthdrlen;
    const mtu = cork.fragsize;
    const hh_len = LL_RESERVED_SPACE(dev);
    const fragheaderlen = IP_HLEN + (opt !== null ? opt.optlen : 0);
    const maxfraglen = ((mtu - fragheaderlen) & ~7) + fragheaderlen;
    const maxnonfragsize = ip_sk_local_df(sk) ? 0xffff : mtu;
    const sg = (dev.features & NETIF_F_SG) !== 0;

    // Unsigned in C, here and below: an MTU smaller than the header counts as endless.
    const max = (maxnonfragsize - fragheaderlen) >>> 0;
    if (cork.length + left > max) {
      ip_local_error(k, sk, EMSGSIZE, rt.rt_dst, inet_sk(sk).dport, mtu - exthdrlen);
      return too_long(k, cork.length + left, max, maxnonfragsize, rt);
    }

    let csummode = CHECKSUM_NONE;
    if (
      thl !== 0 &&
      left + fragheaderlen <= mtu &&
      (dev.features & NETIF_F_V4_CSUM) !== 0 &&
      exthdrlen === 0
    ) {
      note(k, "fits into one packet, checksum offload: CHECKSUM_PARTIAL, copy without checksumming");
      csummode = CHECKSUM_PARTIAL;
    }

    let skb = skb_peek_tail(queue);
    cork.length += left;
    let err = 0;
    if (
      (left > mtu || (skb !== null && skb_is_gso(skb))) &&
      sk.sk_protocol === IPPROTO_UDP &&
      (dev.features & NETIF_F_UFO) !== 0 &&
      rt.header_len === 0
    ) {
      note(k, "larger than the MTU, device supports UFO: build one large packet", {
        length: left,
        mtu,
      });
      err = ip_ufo_append_data(
        k,
        sk,
        queue,
        getfrag,
        from,
        left,
        hh_len,
        fragheaderlen,
        thl,
        maxfraglen,
        flags,
      );
      if (err !== 0) return append_failed(k, sk, cork, left, err);
      return 0;
    }

    let offset = 0;
    let page: Page | null = null;
    let off = 0;
    let first = skb === null;
    while (first || left > 0) {
      let copy = 0;
      if (!first && skb !== null) {
        copy = mtu - skb.len;
        if (copy < left) copy = maxfraglen - skb.len;
      }
      if (skb === null || copy <= 0) {
        first = false;
        const skb_prev: SkBuff | null = skb;
        const fraggap = skb_prev !== null ? skb_prev.len - maxfraglen : 0;
        let datalen = left + fraggap;
        if (datalen > (mtu - fragheaderlen) >>> 0) datalen = maxfraglen - fragheaderlen;
        const fraglen = datalen + fragheaderlen;
        let alloclen = (flags & MSG_MORE) !== 0 && !sg ? mtu : datalen + fragheaderlen;
        if (datalen === left + fraggap) alloclen += rt.trailer_len;

        let fresh: SkBuff | number;
        if (thl !== 0) {
          fresh = sock_alloc_send_skb(k, sk, alloclen + hh_len + 15, flags & MSG_DONTWAIT);
        } else {
          if (skb_prev !== null)
            note(k, "allocate the next buffer: it will be a fragment", { datalen, left });
          let next: SkBuff | null = null;
          if (sk.sk_wmem_alloc <= 2 * sk.sk_sndbuf)
            next = sock_wmalloc(k, sk, alloclen + hh_len + 15, 1, sk.sk_allocation);
          if (next !== null) ipc.tx_flags = 0;
          fresh =
            next ??
            refuse(k, -ENOBUFS, "the pending datagram exceeds twice the send buffer", {
              sk_wmem_alloc: sk.sk_wmem_alloc,
              sk_sndbuf: sk.sk_sndbuf,
            });
        }
        if (typeof fresh === "number") {
          return append_failed(k, sk, cork, left, fresh);
        }
        skb = fresh;
        if (skb_prev !== null) skb.pkt = skb_prev.pkt;

        skb.ip_summed = csummode;
        skb.csum = 0;
        skb_reserve(skb, hh_len);
        skb.head.tx_flags = ipc.tx_flags;
        let data = skb_put(k, skb, fraglen);
        skb_set_network_header(skb, exthdrlen);
        skb.transport_header = skb.network_header + fragheaderlen;
        data += fragheaderlen;

        if (fraggap !== 0 && skb_prev !== null) {
          note(k, "move fraggap bytes from the previous buffer: fragments end on 8-byte boundaries", {
            fraggap,
          });
          skb.csum = skb_copy_and_csum_bits(k, skb_prev, maxfraglen, skb.head.bytes, data + thl, fraggap, 0);
          skb_prev.csum = csum_sub(skb_prev.csum, skb.csum);
          data += fraggap;
          pskb_trim_unique(k, skb_prev, maxfraglen);
        }

        copy = datalen - thl - fraggap;
        if (copy > 0 && getfrag(k, from, skb.head.bytes, data + thl, offset, copy, fraggap, skb) < 0) {
          kfree_skb(k, skb);
          return append_failed(k, sk, cork, left, -EFAULT);
        }
        offset += copy;
        left -= datalen - fraggap;
        thl = 0;
        exthdrlen = 0;
        csummode = CHECKSUM_NONE;
        __skb_queue_tail(queue, skb);
        continue;
      }

      if (copy > left) copy = left;
      if (!sg) {
        note(k, "room in the last buffer: copy the data there", { copy });
        const end = skb.len;
        const at = skb_put(k, skb, copy);
        if (getfrag(k, from, skb.head.bytes, at, offset, copy, end, skb) < 0) {
          __skb_trim(skb, end);
          return append_failed(k, sk, cork, left, -EFAULT);
        }
      } else {
        const frags = skb.head.frags;
        const i = frags.length;
        let frag = frags[i - 1];
        const room = PAGE_SIZE - off;
        if (page !== null && room !== 0) {
          // `left` is unsigned in C: a negative rest of the page counts as endless.
          if (room > 0 && copy >= room) copy = room;
          if (page !== frag?.page) {
            if (i === MAX_SKB_FRAGS) {
              const full = refuse(k, -EMSGSIZE, "no free page fragment slot (MAX_SKB_FRAGS)", {
                nr_frags: i,
              });
              return append_failed(k, sk, cork, left, full);
            }
            get_page(page);
            skb_fill_page_desc(skb, i, page, off, 0);
            frag = frags[i];
          }
        } else if (i < MAX_SKB_FRAGS) {
          if (copy > PAGE_SIZE) copy = PAGE_SIZE;
          page = alloc_page();
          skb_fill_page_desc(skb, i, page, 0, 0);
          frag = frags[i];
        } else {
          const full = refuse(k, -EMSGSIZE, "no free page fragment slot (MAX_SKB_FRAGS)", { nr_frags: i });
          return append_failed(k, sk, cork, left, full);
        }
        const slot = frag as SkbFrag;
        const at = slot.page_offset + slot.size;
        if (at + copy > PAGE_SIZE) {
          throw new KernelPanic(
            `__ip_append_data writes ${at + copy - PAGE_SIZE} bytes past the end of a page: el6 forgets to start a new page ` +
              "at offset 0, so corked data over 8192 bytes on a scatter-gather device overwrites the memory behind",
          );
        }
        note(k, "scatter-gather: append the data in a page fragment", { copy, nr_frags: frags.length });
        if (getfrag(k, from, slot.page.bytes, at, offset, copy, skb.len, skb) < 0) {
          return append_failed(k, sk, cork, left, -EFAULT);
        }
        off += copy;
        slot.size += copy;
        skb.len += copy;
        skb.data_len += copy;
        skb.truesize += copy;
        sk.sk_wmem_alloc += copy;
      }
      offset += copy;
      left -= copy;
    }
    return 0;
  },
);

/** Begin a datagram: remember route, MTU and options. Takes over the reference on the route. */
export const ip_setup_cork = traced(
  FILE,
  "ip_setup_cork(sk, cork, ipc, rtp)",
  (k: Kernel, sk: Sock, cork: InetCork, ipc: IpcmCookie, rtp: RtRef): number => {
    if (ipc.opt !== null) {
      cork.opt = { ...ipc.opt };
      cork.flags |= IPCORK_OPT;
      cork.addr = ipc.addr;
    }
    const rt = rtp.rt;
    if (rt === null) return refuse(k, -EFAULT, "no route passed in");
    rtp.rt = null;
    cork.fragsize = ip_sk_use_pmtu(sk) ? dst_mtu(rt) : (rt.dev as NetDevice).mtu;
    cork.dst = rt;
    cork.length = 0;
    cork.ttl = ipc.ttl;
    cork.tos = ipc.tos;
    cork.priority = ipc.priority;
    return 0;
  },
);

/**
 * Append data to what is held back on the socket. Where nothing is, a datagram begins, and the reference on `rt` is
 * taken over (unless MSG_PROBE is set).
 */
export const ip_append_data = traced(
  FILE,
  "ip_append_data(sk, getfrag, from, length, transhdrlen, ipc, rt, flags)",
  (
    k: Kernel,
    sk: Sock,
    getfrag: Getfrag,
    from: unknown,
    length: number,
    transhdrlen: number,
    ipc: IpcmCookie,
    rt: Rtable | null,
    flags: number,
  ): number => {
    const inet = inet_sk(sk);
    if ((flags & MSG_PROBE) !== 0) {
      fate(k, "unmade", null, "MSG_PROBE: nothing is sent");
      return 0;
    }
    let thl = transhdrlen;
    if (skb_queue_empty(sk.sk_write_queue)) {
      const err = ip_setup_cork(k, sk, inet.cork, ipc, { rt });
      if (err !== 0) return err;
    } else {
      thl = 0;
    }
    return __ip_append_data(k, sk, sk.sk_write_queue, inet.cork, getfrag, from, length, thl, ipc, flags);
  },
);

/** Append a page to what is held back, without copying: sendfile and splice. */
export const ip_append_page = traced(
  FILE,
  "ip_append_page(sk, page, offset, size, flags)",
  (k: Kernel, sk: Sock, page: Page, offset: number, size: number, flags: number): number => {
    const inet = inet_sk(sk);
    const cork = inet.cork;
    if (inet.hdrincl !== 0) return refuse(k, -EPERM, "IP_HDRINCL: sendpage is not permitted");
    if ((flags & MSG_PROBE) !== 0) {
      fate(k, "unmade", null, "MSG_PROBE: nothing is sent");
      return 0;
    }
    if (skb_queue_empty(sk.sk_write_queue))
      return refuse(k, -EINVAL, "no pending datagram to append the page to");

    const rt = cork.dst as Rtable;
    const dev = rt.dev as NetDevice;
    const opt = (cork.flags & IPCORK_OPT) !== 0 ? cork.opt : null;
    if ((dev.features & NETIF_F_SG) === 0) {
      return refuse(k, -EOPNOTSUPP, "no scatter-gather on the device");
    }
    const hh_len = LL_RESERVED_SPACE(dev);
    const mtu = cork.fragsize;
    const fragheaderlen = IP_HLEN + (opt !== null ? opt.optlen : 0);
    const maxfraglen = ((mtu - fragheaderlen) & ~7) + fragheaderlen;
    const maxnonfragsize = ip_sk_local_df(sk) ? 0xffff : mtu;
    const max = (maxnonfragsize - fragheaderlen) >>> 0;
    if (cork.length + size > max) {
      ip_local_error(k, sk, EMSGSIZE, rt.rt_dst, inet.dport, mtu);
      return too_long(k, cork.length + size, max, maxnonfragsize, rt);
    }
    let skb = skb_peek_tail(sk.sk_write_queue);
    if (skb === null) return refuse(k, -EINVAL, "no pending datagram to append the page to");
    cork.length += size;
    if (size + skb.len > mtu && sk.sk_protocol === IPPROTO_UDP && (dev.features & NETIF_F_UFO) !== 0) {
      note(k, "larger than the MTU, device supports UFO");
      skb.head.gso_size = (mtu - fragheaderlen) & 0xffff;
      skb.head.gso_type = SKB_GSO_UDP;
    }

    let left = size;
    let at = offset;
    while (left > 0) {
      let len: number;
      if (skb_is_gso(skb)) {
        len = left;
      } else {
        len = mtu - skb.len;
        if (len < left) len = maxfraglen - skb.len;
      }
      if (len <= 0) {
        const skb_prev: SkBuff = skb;
        const fraggap = skb_prev.len - maxfraglen;
        const next = sock_wmalloc(k, sk, fragheaderlen + hh_len + fraggap + 15, 1, sk.sk_allocation);
        if (next === null) {
          return append_failed(k, sk, cork, left, -ENOBUFS);
        }
        skb = next;
        skb.pkt = skb_prev.pkt;
        skb.ip_summed = CHECKSUM_NONE;
        skb.csum = 0;
        skb_reserve(skb, hh_len);
        skb_put(k, skb, fragheaderlen + fraggap);
        skb_reset_network_header(skb);
        skb.transport_header = skb.network_header + fragheaderlen;
        if (fraggap !== 0) {
          const to = skb.transport_header;
          skb.csum = skb_copy_and_csum_bits(k, skb_prev, maxfraglen, skb.head.bytes, to, fraggap, 0);
          skb_prev.csum = csum_sub(skb_prev.csum, skb.csum);
          pskb_trim_unique(k, skb_prev, maxfraglen);
        }
        __skb_queue_tail(sk.sk_write_queue, skb);
        continue;
      }
      const i = skb.head.frags.length;
      if (len > left) len = left;
      if (skb_can_coalesce(skb, i, page, at)) {
        (skb.head.frags[i - 1] as SkbFrag).size += len;
      } else if (i < MAX_SKB_FRAGS) {
        get_page(page);
        skb_fill_page_desc(skb, i, page, at, len);
      } else {
        const full = refuse(k, -EMSGSIZE, "no free page fragment slot (MAX_SKB_FRAGS)", { nr_frags: i });
        return append_failed(k, sk, cork, left, full);
      }
      if (skb.ip_summed === CHECKSUM_NONE)
        skb.csum = csum_block_add(skb.csum, csum_page(k, page, at, len), skb.len);
      skb.len += len;
      skb.data_len += len;
      skb.truesize += len;
      sk.sk_wmem_alloc += len;
      at += len;
      left -= len;
    }
    return 0;
  },
);

/** More than goes into one IP packet; or into one frame, where it may not be cut (IP_PMTUDISC_DO, IP_PMTUDISC_PROBE). */
function too_long(k: Kernel, len: number, max: number, limit: number, rt: Rtable): number {
  if (limit === 0xffff) return refuse(k, -EMSGSIZE, "larger than the largest IP packet", { len, max });
  const { name, mtu } = rt.dev as NetDevice;
  return refuse(k, -EMSGSIZE, "larger than the MTU, and must not be fragmented (IP_MTU_DISCOVER)", {
    len,
    max,
    mtu: limit,
    dev: name,
    // The route's own MTU, or what path MTU discovery has found.
    ...(limit === mtu ? {} : { dev_mtu: mtu }),
  });
}

/** Forget route and options of a datagram in the making. */
export const ip_cork_release = inlined(FILE, "ip_cork_release(cork)", (k: Kernel, cork: InetCork): void => {
  cork.flags &= ~IPCORK_OPT;
  cork.opt = null;
  dst_release(k, cork.dst);
  cork.dst = null;
});

/** Join the buffers of a queue into one datagram and write its IP header, but for length and checksum. */
export const __ip_make_skb = traced(
  FILE,
  "__ip_make_skb(sk, queue, cork)",
  (k: Kernel, sk: Sock, queue: SkBuffHead, cork: InetCork): SkBuff | null => {
    const inet = inet_sk(sk);
    const net = sock_net(sk);
    const rt = cork.dst as Rtable;
    const skb = __skb_dequeue(queue);
    if (skb === null) return null;
    if (skb.data < skb.network_header) __skb_pull(skb, skb_network_offset(skb));
    let tail: SkBuff | null = null;
    for (let tmp = __skb_dequeue(queue); tmp !== null; tmp = __skb_dequeue(queue)) {
      __skb_pull(tmp, skb_network_header_len(skb));
      if (tail === null) skb.head.frag_list = tmp;
      else tail.next = tmp;
      tail = tmp;
      skb.len += tmp.len;
      skb.data_len += tmp.len;
      skb.truesize += tmp.truesize;
      tmp.destructor = null;
      tmp.sk = null;
    }

    skb.local_df = ip_sk_local_df(sk) ? 1 : 0;
    let df = 0;
    if (
      inet.pmtudisc === IP_PMTUDISC_DO ||
      inet.pmtudisc === IP_PMTUDISC_PROBE ||
      (skb.len <= dst_mtu(rt) && ip_dont_fragment(k, sk, rt))
    ) {
      note(k, "path MTU discovery: set DF");
      df = IP_DF;
    }
    const opt = (cork.flags & IPCORK_OPT) !== 0 ? cork.opt : null;
    let ttl: number;
    if (cork.ttl !== 0) {
      ttl = cork.ttl;
      note(k, "TTL from the IP_TTL control message", { ttl });
    } else if (rt.rt_type === RTN_MULTICAST) {
      ttl = inet.mc_ttl;
      note(k, "multicast: TTL from IP_MULTICAST_TTL of the socket", { ttl });
    } else ttl = ip_select_ttl(k, inet, rt);

    const bytes = skb.head.bytes;
    const iph = skb.data;
    bytes[iph + IP_VIHL] = 0x45;
    if (opt !== null) {
      bytes[iph + IP_VIHL] = 0x45 + (opt.optlen >> 2);
      ip_options_build(k, skb, opt, cork.addr, rt, 0);
    }
    bytes[iph + IP_TOS_OFF] = cork.tos !== -1 ? cork.tos : inet.tos;
    set16(bytes, iph + IP_FRAG_OFF, df);
    ip_select_ident(k, skb, rt, sk);
    bytes[iph + IP_TTL_OFF] = ttl;
    bytes[iph + IP_PROTOCOL] = sk.sk_protocol;
    set32(bytes, iph + IP_SADDR, rt.rt_src);
    set32(bytes, iph + IP_DADDR, rt.rt_dst);

    skb.priority = cork.tos !== -1 ? cork.priority : sk.sk_priority;
    if (cork.tos !== -1)
      note(k, "TOS and priority from the IP_TOS control message", { tos: cork.tos, priority: skb.priority });
    else if (inet.tos !== 0 && sk !== net.icmp_sk)
      note(k, "TOS from IP_TOS of the socket", { tos: inet.tos, priority: skb.priority });
    else if (skb.priority !== 0)
      note(k, "priority from SO_PRIORITY of the socket", { priority: skb.priority });
    skb.mark = sk.sk_mark;
    cork.dst = null;
    skb_dst_set(skb, rt);
    if (sk.sk_protocol === IPPROTO_ICMP)
      icmp_out_count(k, net, bytes[skb.transport_header + ICMP_TYPE] as number);
    ip_cork_release(k, cork);
    return skb;
  },
);

/** net_xmit_errno: a queue's verdict as an errno; congestion that will be someone else's loss is none. */
function net_xmit_errno(e: number): number {
  return e !== NET_XMIT_CN ? -ENOBUFS : 0;
}

/** Send a finished datagram. */
export const ip_send_skb = traced(FILE, "ip_send_skb(skb)", (k: Kernel, skb: SkBuff): number => {
  const net = sock_net(skb.sk as Sock);
  let err = ip_local_out(k, skb);
  if (err !== 0) {
    if (err > 0) {
      note(k, "dropped by the qdisc", { verdict: err });
      err = net_xmit_errno(err);
    }
    if (err !== 0) IP_INC_STATS(k, net, IPSTATS_MIB_OUTDISCARDS);
  }
  return err;
});

/** Send what is held back on the socket as one datagram. */
export const ip_push_pending_frames = traced(
  FILE,
  "ip_push_pending_frames(sk)",
  (k: Kernel, sk: Sock): number => {
    const skb = ip_finish_skb(k, sk);
    if (skb === null) return 0;
    return ip_send_skb(k, skb);
  },
);

/** Throw away a datagram in the making. */
export const __ip_flush_pending_frames = traced(
  FILE,
  "__ip_flush_pending_frames(sk, queue, cork)",
  (k: Kernel, _sk: Sock, queue: SkBuffHead, cork: InetCork): void => {
    for (let skb = __skb_dequeue_tail(queue); skb !== null; skb = __skb_dequeue_tail(queue))
      kfree_skb(k, skb);
    ip_cork_release(k, cork);
  },
);

/** Throw away what is held back on the socket. */
export const ip_flush_pending_frames = traced(
  FILE,
  "ip_flush_pending_frames(sk)",
  (k: Kernel, sk: Sock): void => {
    __ip_flush_pending_frames(k, sk, sk.sk_write_queue, inet_sk(sk).cork);
  },
);

/** Build a datagram in one go, without holding anything back and without the socket's lock; null for MSG_PROBE. */
export const ip_make_skb = traced(
  FILE,
  "ip_make_skb(sk, getfrag, from, length, transhdrlen, ipc, rtp, flags)",
  (
    k: Kernel,
    sk: Sock,
    getfrag: Getfrag,
    from: unknown,
    length: number,
    transhdrlen: number,
    ipc: IpcmCookie,
    rtp: RtRef,
    flags: number,
  ): SkBuff | number | null => {
    if ((flags & MSG_PROBE) !== 0) {
      fate(k, "unmade", null, "MSG_PROBE: nothing is sent");
      return null;
    }
    const queue = new SkBuffHead();
    const cork = new_cork();
    let err = ip_setup_cork(k, sk, cork, ipc, rtp);
    if (err !== 0) return err;
    err = __ip_append_data(k, sk, queue, cork, getfrag, from, length, transhdrlen, ipc, flags);
    if (err !== 0) {
      __ip_flush_pending_frames(k, sk, queue, cork);
      return err;
    }
    return __ip_make_skb(k, sk, queue, cork);
  },
);
