// SPDX-License-Identifier: GPL-2.0-only
/**
 * net/core/skbuff.c: the life of a socket buffer. Where C hands out a pointer into the buffer, an offset in
 * `skb.head.bytes` stands here.
 */

import { drop, inlined, note, refuse, traced } from "../../../../trace/traced.ts";
import { EFAULT, EINVAL, ENOMEM } from "../../../../uapi/errno.ts";
import { get16 } from "../../../../wire/bytes.ts";
import { csum_block_add, csum_partial } from "../../../../wire/checksum.ts";
import {
  __vlan_hwaccel_put_tag,
  skb_vlan_tag_present,
  VLAN_HLEN,
  vlan_set_encap_proto,
} from "../../include/linux/if_vlan.ts";
import { can_checksum_protocol, ETH_ALEN, ETH_HLEN, NETIF_F_SG } from "../../include/linux/netdevice.ts";
import {
  __skb_dequeue,
  __skb_dequeue_tail,
  __skb_push,
  __skb_queue_head,
  __skb_queue_tail,
  __skb_trim,
  __skb_unlink,
  alloc_page,
  alloc_skb,
  CHECKSUM_NONE,
  CHECKSUM_PARTIAL,
  get_page,
  MAX_SKB_FRAGS,
  PAGE_SIZE,
  pskb_copy,
  pskb_may_pull,
  pskb_pull,
  pskb_trim,
  put_page,
  SIZEOF_SK_BUFF,
  SKB_DATA_ALIGN,
  SKB_DATAREF_SHIFT,
  SKB_FCLONE_CLONE,
  SKB_FCLONE_UNAVAILABLE,
  SkBuff,
  type SkBuffHead,
  SkbData,
  skb_cloned,
  skb_cow,
  skb_cow_head,
  skb_dst_set,
  skb_fill_page_desc,
  skb_get,
  skb_has_frag_list,
  skb_headlen,
  skb_headroom,
  skb_is_nonlinear,
  skb_linearize,
  skb_mac_header_was_set,
  skb_orphan,
  skb_postpull_rcsum,
  skb_reserve,
  skb_reset_mac_len,
  skb_reset_network_header,
  skb_reset_transport_header,
  skb_set_tail_pointer,
  skb_share_check,
  skb_shared,
  skb_tailroom,
} from "../../include/linux/skbuff.ts";
import { dst_clone, skb_dst_drop } from "../../include/net/dst.ts";
import { SOCK_DEAD, type Sock, sock_flag } from "../../include/net/sock.ts";
import { secpath_put } from "../../include/net/xfrm.ts";
import { trace_kfree_skb } from "../../include/trace/events/skb.ts";
import { type Kernel, KernelPanic, ktime_get_real } from "../../kernel.ts";
import { skb_network_protocol } from "./dev.ts";
import { kmap_skb_frag, kunmap_skb_frag } from "./kmap_skb.ts";

const FILE = "net/core/skbuff.c";

/** Fetches user data into a buffer: `to[toOffset…]` gets `len` bytes from `offset` of the message on. */
export type Getfrag = (
  k: Kernel,
  from: unknown,
  to: Uint8Array,
  toOffset: number,
  offset: number,
  len: number,
  odd: number,
  skb: SkBuff,
) => number;

/** A buffer with room for `size` bytes, rounded up to a cache line; that and the header is what it is charged for. */
export const __alloc_skb = traced(
  FILE,
  "__alloc_skb(size, fclone)",
  (k: Kernel, size: number, fclone: number): SkBuff | null => {
    const room = SKB_DATA_ALIGN(size);
    const skb = new SkBuff(k.oid("skb"), new SkbData(room));
    skb.pkt = ++k.packets;
    skb.truesize = room + SIZEOF_SK_BUFF;
    skb.end = room;
    skb.mac_header = -1;
    skb.transport_header = -1;
    skb.fclone = fclone;
    return skb;
  },
);

/** Free a chain of buffers. */
export const skb_drop_list = inlined(
  FILE,
  "skb_drop_list(listp)",
  (k: Kernel, listp: SkBuff | null): void => {
    for (let list = listp; list !== null; ) {
      const next: SkBuff | null = list.next;
      kfree_skb(k, list);
      list = next;
    }
  },
);

/** Free the buffers behind the first one. */
export const skb_drop_fraglist = inlined(FILE, "skb_drop_fraglist(skb)", (k: Kernel, skb: SkBuff): void => {
  const list = skb.head.frag_list;
  skb.head.frag_list = null;
  skb_drop_list(k, list);
});

/** One more reference on every buffer of the list. */
export const skb_clone_fraglist = traced(FILE, "skb_clone_fraglist(skb)", (_k: Kernel, skb: SkBuff): void => {
  for (let list = skb.head.frag_list; list !== null; list = list.next) skb_get(list);
});

/** Let go of the bytes: pages and the list behind go with the last clone. */
export const skb_release_data = traced(FILE, "skb_release_data(skb)", (k: Kernel, skb: SkBuff): void => {
  const head = skb.head;
  if (skb.cloned !== 0) {
    head.dataref -= skb.nohdr !== 0 ? (1 << SKB_DATAREF_SHIFT) + 1 : 1;
    if (head.dataref !== 0) {
      note(k, "data still referenced by a clone: not freed");
      return;
    }
  }
  for (const frag of head.frags) put_page(frag.page);
  if (skb_has_frag_list(skb)) skb_drop_fraglist(k, skb);
});

/** Give the header's memory back. */
export const kfree_skbmem = inlined(FILE, "kfree_skbmem(skb)", (_k: Kernel, _skb: SkBuff): void => {});

/** Let go of what the header refers to: the route, and the owner, who gets his send buffer space back. */
export const skb_release_head_state = traced(
  FILE,
  "skb_release_head_state(skb)",
  (k: Kernel, skb: SkBuff): void => {
    skb_dst_drop(k, skb);
    if (skb.sp !== null) secpath_put(k, skb.sp);
    skb.destructor?.(k, skb);
  },
);

/** Everything but the header itself. */
export const skb_release_all = inlined(FILE, "skb_release_all(skb)", (k: Kernel, skb: SkBuff): void => {
  skb_release_head_state(k, skb);
  skb_release_data(k, skb);
});

/** Free a buffer that nobody else holds. */
export const __kfree_skb = traced(FILE, "__kfree_skb(skb)", (k: Kernel, skb: SkBuff): void => {
  skb_release_all(k, skb);
  kfree_skbmem(k, skb);
});

/** Drop a reference because the packet went wrong; the last one frees. */
export const kfree_skb = traced(FILE, "kfree_skb(skb)", (k: Kernel, skb: SkBuff | null): void => {
  if (skb === null) return;
  if (skb.users !== 1 && --skb.users !== 0) {
    note(k, "users is not yet 0: not freed", { users: skb.users });
    return;
  }
  trace_kfree_skb(k, skb);
  __kfree_skb(k, skb);
});

/** Drop a reference because the packet has done its work; the last one frees. */
export const consume_skb = traced(FILE, "consume_skb(skb)", (k: Kernel, skb: SkBuff | null): void => {
  if (skb === null) return;
  if (skb.users !== 1 && --skb.users !== 0) {
    note(k, "users is not yet 0: not freed", { users: skb.users });
    return;
  }
  __kfree_skb(k, skb);
});

/** Copy what describes the packet, its control block included. */
export const __copy_skb_header = traced(
  FILE,
  "__copy_skb_header(to, old)",
  (_k: Kernel, to: SkBuff, old: SkBuff): void => {
    to.pkt = old.pkt;
    to.tstamp = old.tstamp;
    to.dev = old.dev;
    to.transport_header = old.transport_header;
    to.network_header = old.network_header;
    to.mac_header = old.mac_header;
    skb_dst_set(to, dst_clone(old.dst));
    to.rxhash = old.rxhash;
    to.encapsulation = old.encapsulation;
    to.sp = old.sp;
    if (to.sp !== null) to.sp.refcnt++;
    to.ipcb = old.ipcb === null ? null : { ...old.ipcb, opt: { ...old.ipcb.opt } };
    to.udp_cscov = old.udp_cscov;
    to.udp_partial_cov = old.udp_partial_cov;
    to.frag_offset = old.frag_offset;
    to.arp_locally_enqueued = old.arp_locally_enqueued;
    to.arp_sched_next = old.arp_sched_next;
    to.gso_destructor = old.gso_destructor;
    to.qdisc_pkt_len = old.qdisc_pkt_len;
    to.ee = old.ee === null ? null : { ...old.ee };
    to.csum = old.csum;
    to.csum_start = old.csum_start;
    to.csum_offset = old.csum_offset;
    to.local_df = old.local_df;
    to.pkt_type = old.pkt_type;
    to.ip_summed = old.ip_summed;
    to.queue_mapping = old.queue_mapping;
    to.priority = old.priority;
    to.protocol = old.protocol;
    to.mark = old.mark;
    to.iif = old.iif;
    to.nf_trace = old.nf_trace;
    to.vlan_tci = old.vlan_tci;
    to.tc_verd = old.tc_verd;
  },
);

/** Make `n` a second header for the bytes of `skb`. */
export const __skb_clone = inlined(
  FILE,
  "__skb_clone(n, skb)",
  (k: Kernel, n: SkBuff, skb: SkBuff): SkBuff => {
    n.next = null;
    n.sk = null;
    __copy_skb_header(k, n, skb);
    n.len = skb.len;
    n.data_len = skb.data_len;
    n.mac_len = skb.mac_len;
    n.hdr_len = skb.nohdr !== 0 ? skb_headroom(skb) : skb.hdr_len;
    n.cloned = 1;
    n.nohdr = 0;
    n.destructor = null;
    n.tail = skb.tail;
    n.end = skb.end;
    n.head = skb.head;
    n.data = skb.data;
    n.truesize = skb.truesize;
    n.users = 1;
    skb.head.dataref++;
    skb.cloned = 1;
    return n;
  },
);

/** Turn `dst` into a clone of `src`; what it was is freed. */
export const skb_morph = traced(
  FILE,
  "skb_morph(dst, src)",
  (k: Kernel, dst: SkBuff, src: SkBuff): SkBuff => {
    skb_release_all(k, dst);
    return __skb_clone(k, dst, src);
  },
);

/** A second header for the same bytes, owned by nobody. */
export const skb_clone = traced(FILE, "skb_clone(skb)", (k: Kernel, skb: SkBuff): SkBuff | null => {
  const n = new SkBuff(k.oid("skb"), skb.head);
  n.fclone = skb.fclone === 1 ? SKB_FCLONE_CLONE : SKB_FCLONE_UNAVAILABLE;
  return __skb_clone(k, n, skb);
});

/** The bytes moved by `off`: so do the marks of where the headers begin. */
export const skb_headers_offset_update = inlined(
  FILE,
  "skb_headers_offset_update(skb, off)",
  (_k: Kernel, skb: SkBuff, off: number): void => {
    skb.transport_header += off;
    skb.network_header += off;
    if (skb_mac_header_was_set(skb)) skb.mac_header += off;
  },
);

/** Header and segmentation marks of a copy. */
export const copy_skb_header = traced(
  FILE,
  "copy_skb_header(to, old)",
  (k: Kernel, to: SkBuff, old: SkBuff): void => {
    __copy_skb_header(k, to, old);
    to.head.gso_size = old.head.gso_size;
    to.head.gso_segs = old.head.gso_segs;
    to.head.gso_type = old.head.gso_type;
  },
);

/** A private, linear copy of header and bytes. */
export const skb_copy = traced(FILE, "skb_copy(skb)", (k: Kernel, skb: SkBuff): SkBuff | null => {
  const headerlen = skb_headroom(skb);
  const n = alloc_skb(k, skb.end + skb.data_len);
  if (n === null) return null;
  skb_reserve(n, headerlen);
  skb_put(k, n, skb.len);
  skb_copy_bits(k, skb, -headerlen, n.head.bytes, 0, headerlen + skb.len);
  copy_skb_header(k, n, skb);
  return n;
});

/** A copy with a private head; pages stay shared. */
export const __pskb_copy = traced(
  FILE,
  "__pskb_copy(skb, headroom)",
  (k: Kernel, skb: SkBuff, headroom: number): SkBuff | null => {
    const headlen = skb_headlen(skb);
    const n = alloc_skb(k, headlen + headroom);
    if (n === null) return null;
    skb_reserve(n, headroom);
    const at = skb_put(k, n, headlen);
    n.head.bytes.set(skb.head.bytes.subarray(skb.data, skb.data + headlen), at);
    n.truesize += skb.data_len;
    n.data_len = skb.data_len;
    n.len = skb.len;
    for (const frag of skb.head.frags) {
      n.head.frags.push({ ...frag });
      get_page(frag.page);
    }
    if (skb_has_frag_list(skb)) {
      n.head.frag_list = skb.head.frag_list;
      skb_clone_fraglist(k, n);
    }
    copy_skb_header(k, n, skb);
    return n;
  },
);

/** Give a buffer new linear bytes: `nhead` more in front, `ntail` more behind, and its own. truesize stays. */
export const pskb_expand_head = traced(
  FILE,
  "pskb_expand_head(skb, nhead, ntail)",
  (k: Kernel, skb: SkBuff, nhead: number, ntail: number): number => {
    if (skb_shared(skb)) throw new KernelPanic("pskb_expand_head: the buffer is shared");
    const old = skb.head;
    const size = SKB_DATA_ALIGN(nhead + skb.end + ntail);
    const head = new SkbData(size);
    head.bytes.set(old.bytes.subarray(0, skb.tail), nhead);
    head.gso_size = old.gso_size;
    head.gso_segs = old.gso_segs;
    head.gso_type = old.gso_type;
    head.ip6_frag_id = old.ip6_frag_id;
    head.tx_flags = old.tx_flags;
    head.frag_list = old.frag_list;
    for (const frag of old.frags) head.frags.push({ ...frag });

    const last = skb.nohdr !== 0 ? (1 << SKB_DATAREF_SHIFT) + 1 : 1;
    if (skb.cloned !== 0 && old.dataref !== last) {
      note(k, "cloned: the old data stays with the clone, page fragments are shared", {
        dataref: old.dataref,
      });
      for (const frag of old.frags) get_page(frag.page);
      if (skb_has_frag_list(skb)) skb_clone_fraglist(k, skb);
      skb_release_data(k, skb);
    }

    skb.head = head;
    skb.data += nhead;
    skb.end = size;
    skb.tail += nhead;
    skb_headers_offset_update(k, skb, nhead);
    if (skb.ip_summed === CHECKSUM_PARTIAL) skb.csum_start += nhead;
    skb.cloned = 0;
    skb.hdr_len = 0;
    skb.nohdr = 0;
    return 0;
  },
);

/** A writable copy of the header with at least `headroom` bytes before it. */
export const skb_realloc_headroom = traced(
  FILE,
  "skb_realloc_headroom(skb, headroom)",
  (k: Kernel, skb: SkBuff, headroom: number): SkBuff | null => {
    const delta = headroom - skb_headroom(skb);
    if (delta <= 0) return pskb_copy(k, skb);
    const skb2 = skb_clone(k, skb);
    if (skb2 !== null && pskb_expand_head(k, skb2, SKB_DATA_ALIGN(delta), 0) !== 0) {
      kfree_skb(k, skb2);
      return null;
    }
    return skb2;
  },
);

/** A linear copy with other head and tail room. */
export const skb_copy_expand = traced(
  FILE,
  "skb_copy_expand(skb, newheadroom, newtailroom)",
  (k: Kernel, skb: SkBuff, newheadroom: number, newtailroom: number): SkBuff | null => {
    const n = alloc_skb(k, newheadroom + skb.len + newtailroom);
    if (n === null) return null;
    const oldheadroom = skb_headroom(skb);
    skb_reserve(n, newheadroom);
    skb_put(k, n, skb.len);
    const head_copy_len = Math.min(oldheadroom, newheadroom);
    skb_copy_bits(k, skb, -head_copy_len, n.head.bytes, newheadroom - head_copy_len, skb.len + head_copy_len);
    copy_skb_header(k, n, skb);
    const off = newheadroom - oldheadroom;
    if (n.ip_summed === CHECKSUM_PARTIAL) n.csum_start += off;
    skb_headers_offset_update(k, n, off);
    return n;
  },
);

/** See to it that `pad` zero bytes follow the packet. Frees it on error. */
export const skb_pad = traced(FILE, "skb_pad(skb, pad)", (k: Kernel, skb: SkBuff, pad: number): number => {
  if (skb_cloned(skb) || skb_tailroom(skb) < pad) {
    const ntail = skb.data_len + pad - (skb.end - skb.tail);
    let err = 0;
    if (skb_cloned(skb) || ntail > 0) err = pskb_expand_head(k, skb, 0, ntail);
    if (err === 0) err = skb_linearize(k, skb);
    if (err !== 0) {
      kfree_skb(k, skb);
      return err;
    }
  }
  skb.head.bytes.fill(0, skb.data + skb.len, skb.data + skb.len + pad);
  return 0;
});

/** Use `len` bytes more at the end; returns where they begin. */
export const skb_put = traced(FILE, "skb_put(skb, len)", (_k: Kernel, skb: SkBuff, len: number): number => {
  const at = skb.tail;
  if (skb_is_nonlinear(skb)) throw new KernelPanic("skb_put: the buffer is not linear");
  skb.tail += len;
  skb.len += len;
  if (skb.tail > skb.end) throw new KernelPanic(`skb_over_panic: put ${len} bytes, ${skb.end - at} left`);
  return at;
});

/** Use `len` bytes more in front; returns where they begin. */
export const skb_push = traced(FILE, "skb_push(skb, len)", (_k: Kernel, skb: SkBuff, len: number): number => {
  skb.data -= len;
  skb.len += len;
  if (skb.data < 0) throw new KernelPanic(`skb_under_panic: push ${len} bytes, ${skb.data + len} left`);
  return skb.data;
});

/** Give up `len` bytes in front; returns where the rest begins, or null where there are not so many. */
export const skb_pull = traced(
  FILE,
  "skb_pull(skb, len)",
  (_k: Kernel, skb: SkBuff, len: number): number | null => {
    if (len > skb.len) return null;
    skb.len -= len;
    skb.data += len;
    return skb.data;
  },
);

/** Cut a linear buffer to `len` bytes. */
export const skb_trim = traced(FILE, "skb_trim(skb, len)", (_k: Kernel, skb: SkBuff, len: number): void => {
  if (skb.len > len) __skb_trim(skb, len);
});

/** Cut a buffer with pages or a list behind it to `len` bytes. */
export const ___pskb_trim = traced(
  FILE,
  "___pskb_trim(skb, len)",
  (k: Kernel, skb: SkBuff, len: number): number => {
    if (skb_cloned(skb)) {
      const err = pskb_expand_head(k, skb, 0, 0);
      if (err !== 0) return err;
    }
    const head = skb.head;
    let offset = skb_headlen(skb);
    let keep = offset >= len ? 0 : -1;
    for (let i = 0; keep < 0 && i < head.frags.length; i++) {
      const frag = head.frags[i] as (typeof head.frags)[number];
      const end = offset + frag.size;
      if (end < len) {
        offset = end;
        continue;
      }
      frag.size = len - offset;
      keep = i + 1;
    }
    if (keep >= 0) {
      for (let i = keep; i < head.frags.length; i++)
        put_page((head.frags[i] as (typeof head.frags)[number]).page);
      head.frags.length = keep;
      if (skb_has_frag_list(skb)) skb_drop_fraglist(k, skb);
    } else {
      let prev: SkBuff | null = null;
      for (let frag = head.frag_list; frag !== null; frag = frag.next) {
        if (skb_shared(frag)) {
          const nfrag = skb_clone(k, frag);
          if (nfrag === null) return -ENOMEM;
          nfrag.next = frag.next;
          kfree_skb(k, frag);
          frag = nfrag;
          if (prev === null) head.frag_list = frag;
          else prev.next = frag;
        }
        const end = offset + frag.len;
        if (end < len) {
          offset = end;
          prev = frag;
          continue;
        }
        if (end > len) {
          const err = pskb_trim(k, frag, len - offset);
          if (err !== 0) return err;
        }
        if (frag.next !== null) {
          const rest = frag.next;
          frag.next = null;
          skb_drop_list(k, rest);
        }
        break;
      }
    }
    if (len > skb_headlen(skb)) {
      skb.data_len -= skb.len - len;
      skb.len = len;
    } else {
      skb.len = len;
      skb.data_len = 0;
      skb_set_tail_pointer(skb, len);
    }
    return 0;
  },
);

/** Move `delta` bytes from pages and list into the linear part; returns the new tail. */
export const __pskb_pull_tail = traced(
  FILE,
  "__pskb_pull_tail(skb, delta)",
  (k: Kernel, skb: SkBuff, delta: number): number | null => {
    let eat = skb.tail + delta - skb.end;
    if (eat > 0 || skb_cloned(skb)) {
      if (pskb_expand_head(k, skb, 0, eat > 0 ? eat + 128 : 0) !== 0) return null;
    }
    skb_copy_bits(k, skb, skb_headlen(skb), skb.head.bytes, skb.tail, delta);

    eat = delta;
    if (skb_has_frag_list(skb)) {
      for (const frag of skb.head.frags) {
        if (frag.size >= eat) {
          eat = 0;
          break;
        }
        eat -= frag.size;
      }
      if (eat > 0 && !pull_fraglist(k, skb, eat)) return null;
    }

    eat = delta;
    let n = 0;
    const frags = skb.head.frags;
    for (const frag of frags) {
      if (frag.size <= eat) {
        put_page(frag.page);
        eat -= frag.size;
        continue;
      }
      frag.page_offset += eat;
      frag.size -= eat;
      eat = 0;
      frags[n++] = frag;
    }
    frags.length = n;
    skb.tail += delta;
    skb.data_len -= delta;
    return skb.tail;
  },
);

/** The part of __pskb_pull_tail that takes `eat` bytes off the list behind the buffer. */
function pull_fraglist(k: Kernel, skb: SkBuff, eat: number): boolean {
  let list = skb.head.frag_list;
  let clone: SkBuff | null = null;
  let insp: SkBuff | null = null;
  let left = eat;
  while (left > 0) {
    if (list === null) throw new KernelPanic("__pskb_pull_tail: the list behind the buffer is too short");
    if (list.len <= left) {
      left -= list.len;
      list = list.next;
      insp = list;
      continue;
    }
    insp = list;
    if (skb_shared(list)) {
      clone = skb_clone(k, list);
      if (clone === null) return false;
      insp = list.next;
      list = clone;
    }
    if (pskb_pull(k, list, left) === null) {
      kfree_skb(k, clone);
      return false;
    }
    break;
  }
  for (list = skb.head.frag_list; list !== insp; list = skb.head.frag_list) {
    if (list === null) break;
    skb.head.frag_list = list.next;
    kfree_skb(k, list);
  }
  if (clone !== null) {
    clone.next = insp;
    skb.head.frag_list = clone;
  }
  return true;
}

function beyond(k: Kernel, skb: SkBuff, offset: number, len: number): number {
  return refuse(k, -EFAULT, "beyond the end of the packet", { offset, len, skb_len: skb.len });
}

/** Copy `len` bytes from `offset` of the packet on, wherever they lie, to `to[toOffset…]`. */
export const skb_copy_bits = traced(
  FILE,
  "skb_copy_bits(skb, offset, to, toOffset, len)",
  (k: Kernel, skb: SkBuff, offset: number, to: Uint8Array, toOffset: number, len: number): number => {
    if (offset > skb.len - len) return beyond(k, skb, offset, len);
    let start = skb_headlen(skb);
    let from = offset;
    let at = toOffset;
    let left = len;
    if (start - from > 0) {
      const copy = Math.min(start - from, left);
      to.set(skb.head.bytes.subarray(skb.data + from, skb.data + from + copy), at);
      left -= copy;
      if (left === 0) return 0;
      from += copy;
      at += copy;
    }
    for (const frag of skb.head.frags) {
      const end = start + frag.size;
      if (end - from > 0) {
        const copy = Math.min(end - from, left);
        const vaddr = kmap_skb_frag(k, frag);
        const p = frag.page_offset + from - start;
        to.set(vaddr.subarray(p, p + copy), at);
        kunmap_skb_frag(k, vaddr);
        left -= copy;
        if (left === 0) return 0;
        from += copy;
        at += copy;
      }
      start = end;
    }
    for (let frag = skb.head.frag_list; frag !== null; frag = frag.next) {
      const end = start + frag.len;
      if (end - from > 0) {
        const copy = Math.min(end - from, left);
        if (skb_copy_bits(k, frag, from - start, to, at, copy) !== 0) return -EFAULT;
        left -= copy;
        if (left === 0) return 0;
        from += copy;
        at += copy;
      }
      start = end;
    }
    return left === 0 ? 0 : beyond(k, skb, offset, len);
  },
);

/** Write `len` bytes of `from` into the packet from `offset` on. */
export const skb_store_bits = traced(
  FILE,
  "skb_store_bits(skb, offset, from, fromOffset, len)",
  (k: Kernel, skb: SkBuff, offset: number, from: Uint8Array, fromOffset: number, len: number): number => {
    if (offset > skb.len - len) return beyond(k, skb, offset, len);
    let start = skb_headlen(skb);
    let to = offset;
    let at = fromOffset;
    let left = len;
    if (start - to > 0) {
      const copy = Math.min(start - to, left);
      skb.head.bytes.set(from.subarray(at, at + copy), skb.data + to);
      left -= copy;
      if (left === 0) return 0;
      to += copy;
      at += copy;
    }
    for (const frag of skb.head.frags) {
      const end = start + frag.size;
      if (end - to > 0) {
        const copy = Math.min(end - to, left);
        const vaddr = kmap_skb_frag(k, frag);
        vaddr.set(from.subarray(at, at + copy), frag.page_offset + to - start);
        kunmap_skb_frag(k, vaddr);
        left -= copy;
        if (left === 0) return 0;
        to += copy;
        at += copy;
      }
      start = end;
    }
    for (let frag = skb.head.frag_list; frag !== null; frag = frag.next) {
      const end = start + frag.len;
      if (end - to > 0) {
        const copy = Math.min(end - to, left);
        if (skb_store_bits(k, frag, to - start, from, at, copy) !== 0) return -EFAULT;
        left -= copy;
        if (left === 0) return 0;
        to += copy;
        at += copy;
      }
      start = end;
    }
    return left === 0 ? 0 : beyond(k, skb, offset, len);
  },
);

/** struct skb_checksum_ops: how to sum a block and how to join two sums. */
export interface SkbChecksumOps {
  readonly update: (bytes: Uint8Array, from: number, to: number, csum: number) => number;
  readonly combine: (csum: number, csum2: number, offset: number, len: number) => number;
}

/** Sum `len` bytes from `offset` of the packet on, wherever they lie. */
export const __skb_checksum = traced(
  FILE,
  "__skb_checksum(skb, offset, len, csum, ops)",
  (k: Kernel, skb: SkBuff, offset: number, len: number, csum: number, ops: SkbChecksumOps): number => {
    let start = skb_headlen(skb);
    let from = offset;
    let left = len;
    let sum = csum;
    let pos = 0;
    if (start - from > 0) {
      const copy = Math.min(start - from, left);
      sum = ops.update(skb.head.bytes, skb.data + from, skb.data + from + copy, sum);
      left -= copy;
      if (left === 0) return sum;
      from += copy;
      pos = copy;
    }
    for (const frag of skb.head.frags) {
      const end = start + frag.size;
      if (end - from > 0) {
        const copy = Math.min(end - from, left);
        const vaddr = kmap_skb_frag(k, frag);
        const p = frag.page_offset + from - start;
        const csum2 = ops.update(vaddr, p, p + copy, 0);
        kunmap_skb_frag(k, vaddr);
        sum = ops.combine(sum, csum2, pos, copy);
        left -= copy;
        if (left === 0) return sum;
        from += copy;
        pos += copy;
      }
      start = end;
    }
    for (let frag = skb.head.frag_list; frag !== null; frag = frag.next) {
      const end = start + frag.len;
      if (end - from > 0) {
        const copy = Math.min(end - from, left);
        const csum2 = __skb_checksum(k, frag, from - start, copy, 0, ops);
        sum = ops.combine(sum, csum2, pos, copy);
        left -= copy;
        if (left === 0) return sum;
        from += copy;
        pos += copy;
      }
      start = end;
    }
    if (left !== 0) throw new KernelPanic("__skb_checksum: the packet is shorter than what was to be summed");
    return sum;
  },
);

const CSUM_OPS: SkbChecksumOps = { update: csum_partial, combine: csum_block_add };

/** The Internet checksum's partial sum over a piece of the packet. */
export const skb_checksum = traced(
  FILE,
  "skb_checksum(skb, offset, len, csum)",
  (k: Kernel, skb: SkBuff, offset: number, len: number, csum: number): number => {
    return __skb_checksum(k, skb, offset, len, csum, CSUM_OPS);
  },
);

/** Copy and sum in one go. */
export const skb_copy_and_csum_bits = traced(
  FILE,
  "skb_copy_and_csum_bits(skb, offset, to, toOffset, len, csum)",
  (
    k: Kernel,
    skb: SkBuff,
    offset: number,
    to: Uint8Array,
    toOffset: number,
    len: number,
    csum: number,
  ): number => {
    let start = skb_headlen(skb);
    let from = offset;
    let at = toOffset;
    let left = len;
    let sum = csum;
    let pos = 0;
    if (start - from > 0) {
      const copy = Math.min(start - from, left);
      const p = skb.data + from;
      to.set(skb.head.bytes.subarray(p, p + copy), at);
      sum = csum_partial(skb.head.bytes, p, p + copy, sum);
      left -= copy;
      if (left === 0) return sum;
      from += copy;
      at += copy;
      pos = copy;
    }
    for (const frag of skb.head.frags) {
      const end = start + frag.size;
      if (end - from > 0) {
        const copy = Math.min(end - from, left);
        const vaddr = kmap_skb_frag(k, frag);
        const p = frag.page_offset + from - start;
        to.set(vaddr.subarray(p, p + copy), at);
        const csum2 = csum_partial(vaddr, p, p + copy, 0);
        kunmap_skb_frag(k, vaddr);
        sum = csum_block_add(sum, csum2, pos);
        left -= copy;
        if (left === 0) return sum;
        from += copy;
        at += copy;
        pos += copy;
      }
      start = end;
    }
    for (let frag = skb.head.frag_list; frag !== null; frag = frag.next) {
      const end = start + frag.len;
      if (end - from > 0) {
        const copy = Math.min(end - from, left);
        const csum2 = skb_copy_and_csum_bits(k, frag, from - start, to, at, copy, 0);
        sum = csum_block_add(sum, csum2, pos);
        left -= copy;
        if (left === 0) return sum;
        from += copy;
        at += copy;
        pos += copy;
      }
      start = end;
    }
    if (left !== 0)
      throw new KernelPanic("skb_copy_and_csum_bits: the packet is shorter than what was to be copied");
    return sum;
  },
);

/** Take the first buffer off a queue. */
export const skb_dequeue = traced(
  FILE,
  "skb_dequeue(list)",
  (_k: Kernel, list: SkBuffHead): SkBuff | null => {
    return __skb_dequeue(list);
  },
);

/** Take the last buffer off a queue. */
export const skb_dequeue_tail = traced(
  FILE,
  "skb_dequeue_tail(list)",
  (_k: Kernel, list: SkBuffHead): SkBuff | null => {
    return __skb_dequeue_tail(list);
  },
);

/** Free everything on a queue. */
export const skb_queue_purge = traced(FILE, "skb_queue_purge(list)", (k: Kernel, list: SkBuffHead): void => {
  for (let skb = skb_dequeue(k, list); skb !== null; skb = skb_dequeue(k, list)) kfree_skb(k, skb);
});

/** Put a buffer first on a queue. */
export const skb_queue_head = traced(
  FILE,
  "skb_queue_head(list, newsk)",
  (_k: Kernel, list: SkBuffHead, newsk: SkBuff): void => {
    __skb_queue_head(list, newsk);
  },
);

/** Put a buffer last on a queue. */
export const skb_queue_tail = traced(
  FILE,
  "skb_queue_tail(list, newsk)",
  (_k: Kernel, list: SkBuffHead, newsk: SkBuff): void => {
    __skb_queue_tail(list, newsk);
  },
);

/** Take a buffer off the queue it is on. */
export const skb_unlink = traced(
  FILE,
  "skb_unlink(skb, list)",
  (_k: Kernel, skb: SkBuff, list: SkBuffHead): void => {
    __skb_unlink(skb, list);
  },
);

/** Append user data to a buffer as pages, one page each time: what UFO sends are made of. */
export const skb_append_datato_frags = traced(
  FILE,
  "skb_append_datato_frags(sk, skb, getfrag, from, length)",
  (k: Kernel, sk: Sock, skb: SkBuff, getfrag: Getfrag, from: unknown, length: number): number => {
    let offset = 0;
    let left = length;
    do {
      const frg_cnt = skb.head.frags.length;
      if (frg_cnt >= MAX_SKB_FRAGS) {
        return refuse(k, -EFAULT, "no free page fragment slot (MAX_SKB_FRAGS)", { nr_frags: frg_cnt });
      }
      const page = alloc_page();
      skb_fill_page_desc(skb, frg_cnt, page, 0, 0);
      skb.truesize += PAGE_SIZE;
      sk.sk_wmem_alloc += PAGE_SIZE;
      const frag = skb.head.frags[frg_cnt] as (typeof skb.head.frags)[number];
      const copy = Math.min(left, PAGE_SIZE);
      if (getfrag(k, from, page.bytes, 0, offset, copy, 0, skb) < 0) return -EFAULT;
      frag.size += copy;
      skb.len += copy;
      skb.data_len += copy;
      offset += copy;
      left -= copy;
    } while (left > 0);
    return 0;
  },
);

/** Cut a large packet into segments of gso_size bytes, each with the headers in front; a list, or -errno. */
export const skb_segment = traced(
  FILE,
  "skb_segment(skb, features)",
  (k: Kernel, skb: SkBuff, features: number): SkBuff | number => {
    let segs: SkBuff | null = null;
    let tail: SkBuff | null = null;
    let fskb = skb.head.frag_list;
    const mss = skb.head.gso_size;
    const doffset = skb.data - skb.mac_header;
    let offset = doffset;
    const sg = (features & NETIF_F_SG) !== 0;
    const nfrags = skb.head.frags.length;
    let i = 0;
    const proto = skb_network_protocol(k, skb, { depth: 0 });
    if (proto === 0) {
      return refuse(k, -EINVAL, "unknown network protocol: cannot segment");
    }
    const csum = can_checksum_protocol(features, proto);
    __skb_push(skb, doffset);
    const headroom = skb_headroom(skb);
    let pos = skb_headlen(skb);
    for (let len = 0; offset < skb.len; offset += len) {
      len = Math.min(skb.len - offset, mss);
      let hsize = Math.max(skb_headlen(skb) - offset, 0);
      if (hsize > len || !sg) hsize = len;

      let nskb: SkBuff | null;
      if (hsize === 0 && i >= nfrags && fskb !== null) {
        pos += len;
        nskb = skb_clone(k, fskb);
        fskb = fskb.next;
        if (nskb === null) return segment_failed(k, segs);
        hsize = nskb.end;
        if (skb_cow_head(k, nskb, doffset + headroom) !== 0) {
          kfree_skb(k, nskb);
          return segment_failed(k, segs);
        }
        nskb.truesize += nskb.end - hsize;
        skb_release_head_state(k, nskb);
        __skb_push(nskb, doffset);
      } else {
        nskb = alloc_skb(k, hsize + doffset + headroom);
        if (nskb === null) return segment_failed(k, segs);
        skb_reserve(nskb, headroom);
        nskb.tail += doffset;
        nskb.len += doffset;
      }
      if (tail !== null) tail.next = nskb;
      else segs = nskb;
      tail = nskb;

      __copy_skb_header(k, nskb, skb);
      const moved = skb_headroom(nskb) - headroom;
      if (nskb.ip_summed === CHECKSUM_PARTIAL) nskb.csum_start += moved;
      skb_headers_offset_update(k, nskb, moved);
      skb_reset_mac_len(nskb);
      nskb.head.bytes.set(skb.head.bytes.subarray(skb.data, skb.data + doffset), nskb.data);

      if (fskb === skb.head.frag_list) {
        if (!sg) {
          nskb.ip_summed = CHECKSUM_NONE;
          const at = skb_put(k, nskb, len);
          nskb.csum = skb_copy_and_csum_bits(k, skb, offset, nskb.head.bytes, at, len, 0);
          continue;
        }
        const at = skb_put(k, nskb, hsize);
        nskb.head.bytes.set(skb.head.bytes.subarray(skb.data + offset, skb.data + offset + hsize), at);
        let full = false;
        while (pos < offset + len && i < nfrags) {
          const frag = { ...(skb.head.frags[i] as (typeof skb.head.frags)[number]) };
          const size = frag.size;
          get_page(frag.page);
          nskb.head.frags.push(frag);
          if (pos < offset) {
            frag.page_offset += offset - pos;
            frag.size -= offset - pos;
          }
          if (pos + size > offset + len) {
            frag.size -= pos + size - (offset + len);
            full = true;
            break;
          }
          i++;
          pos += size;
        }
        if (!full && pos < offset + len && fskb !== null) {
          let fskb2: SkBuff | null = fskb;
          pos += fskb.len;
          fskb = fskb.next;
          if (fskb2.next !== null) fskb2 = skb_clone(k, fskb2);
          else skb_get(fskb2);
          if (fskb2 === null) return segment_failed(k, segs);
          nskb.head.frag_list = fskb2;
        }
        nskb.data_len = len - hsize;
        nskb.len += nskb.data_len;
        nskb.truesize += nskb.data_len;
      }
      if (!csum) {
        nskb.csum = skb_checksum(k, nskb, doffset, nskb.len - doffset, 0);
        nskb.ip_summed = CHECKSUM_NONE;
      }
    }
    return segs as SkBuff;
  },
);

/** skb_segment ran out of memory: what was cut goes. */
function segment_failed(k: Kernel, segs: SkBuff | null): number {
  for (let seg = segs; seg !== null; ) {
    const next: SkBuff | null = seg.next;
    kfree_skb(k, seg);
    seg = next;
  }
  return -ENOMEM;
}

/** Bytes of each segment that a large packet will be cut into, from the transport header on; UFO counts that in. */
export const skb_gso_transport_seglen = traced(
  FILE,
  "skb_gso_transport_seglen(skb)",
  (_k: Kernel, skb: SkBuff): number => skb.head.gso_size,
);

/** skb_pull of bytes that a sum of the device's covers. */
export const skb_pull_rcsum = traced(
  FILE,
  "skb_pull_rcsum(skb, len)",
  (_k: Kernel, skb: SkBuff, len: number): number => {
    if (len > skb.len) throw new KernelPanic("skb_pull_rcsum: the packet is too short");
    skb.len -= len;
    skb_postpull_rcsum(skb, skb.data, len);
    skb.data += len;
    return skb.data;
  },
);

/** Close the gap that a VLAN tag leaves: the hardware addresses move up. */
export const skb_reorder_vlan_header = traced(
  FILE,
  "skb_reorder_vlan_header(skb)",
  (k: Kernel, skb: SkBuff): SkBuff | null => {
    if (skb_cow(k, skb, skb_headroom(skb)) < 0) {
      drop(k, skb, "NOMEM", "no memory to unshare the header");
      kfree_skb(k, skb);
      return null;
    }
    const { data } = skb;
    const addresses = data - ETH_HLEN - VLAN_HLEN;
    skb.head.bytes.copyWithin(data - ETH_HLEN, addresses, addresses + 2 * ETH_ALEN);
    skb.mac_header += VLAN_HLEN;
    return skb;
  },
);

/** Take a VLAN tag out of a received frame and note it beside; null where the frame is too short for one. */
export const skb_vlan_untag = traced(FILE, "skb_vlan_untag(skb)", (k: Kernel, skb: SkBuff): SkBuff | null => {
  if (skb_vlan_tag_present(skb)) {
    note(k, "vlan_tci is already set: leave this tag in the frame");
    return skb;
  }
  const own = skb_share_check(k, skb);
  if (own === null || !pskb_may_pull(k, own, VLAN_HLEN)) {
    if (own === null) drop(k, skb, "NOMEM", "no memory to unshare the skb");
    else drop(k, own, "HDR_TRUNC", "too short for a VLAN header", { len: own.len });
    kfree_skb(k, own);
    return null;
  }
  const vhdr = own.data;
  const vlan_tci = get16(own.head.bytes, vhdr);
  __vlan_hwaccel_put_tag(own, vlan_tci);
  note(k, "VLAN tag in the frame: move it to skb->vlan_tci", { vlan_tci });
  skb_pull_rcsum(k, own, VLAN_HLEN);
  vlan_set_encap_proto(own, vhdr);
  const reordered = skb_reorder_vlan_header(k, own);
  if (reordered === null) {
    kfree_skb(k, null);
    return null;
  }
  skb_reset_network_header(reordered);
  skb_reset_transport_header(reordered);
  skb_reset_mac_len(reordered);
  return reordered;
});

/** An error report leaves the socket: its receive buffer space is free again. */
export const sock_rmem_free = traced(FILE, "sock_rmem_free(skb)", (_k: Kernel, skb: SkBuff): void => {
  (skb.sk as Sock).sk_rmem_alloc -= skb.truesize;
});

/** Queue an error report for recvmsg(MSG_ERRQUEUE), charged to the receive buffer. */
export const sock_queue_err_skb = traced(
  FILE,
  "sock_queue_err_skb(sk, skb)",
  (k: Kernel, sk: Sock, skb: SkBuff): number => {
    if (sk.sk_rmem_alloc + skb.truesize >= sk.sk_rcvbuf) {
      note(k, "the receive buffer has no room for the error report", {
        sk_rmem_alloc: sk.sk_rmem_alloc,
        truesize: skb.truesize,
        sk_rcvbuf: sk.sk_rcvbuf,
      });
      return -ENOMEM;
    }
    skb_orphan(k, skb);
    skb.sk = sk;
    skb.destructor = sock_rmem_free;
    sk.sk_rmem_alloc += skb.truesize;
    skb_queue_tail(k, sk.sk_error_queue, skb);
    if (!sock_flag(sk, SOCK_DEAD)) sk.sk_data_ready(k, sk, skb.len);
    return 0;
  },
);

/** A time stamp of transmission goes to the sender's error queue. */
export const skb_tstamp_tx = traced(FILE, "skb_tstamp_tx(orig_skb)", (k: Kernel, orig_skb: SkBuff): void => {
  const sk = orig_skb.sk;
  if (sk === null) return;
  const skb = skb_clone(k, orig_skb);
  if (skb === null) return;
  skb.tstamp = ktime_get_real(k);
  skb.ee = {
    ee_errno: 42, // ENOMSG
    ee_origin: 4, // SO_EE_ORIGIN_TIMESTAMPING
    ee_type: 0,
    ee_code: 0,
    ee_info: 0,
    ee_data: 0,
    addr_offset: 0,
    port: 0,
  };
  const err = sock_queue_err_skb(k, sk, skb);
  if (err !== 0) kfree_skb(k, skb);
});
