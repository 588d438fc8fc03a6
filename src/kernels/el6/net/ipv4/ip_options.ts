// SPDX-License-Identifier: GPL-2.0-only
/** net/ipv4/ip_options.c: the options of the IP header: checked, written, answered, cut from fragments. */

import { drop, dump, inlined, note, refuse, traced } from "../../../../trace/traced.ts";
import { EFAULT, EINVAL } from "../../../../uapi/errno.ts";
import { get32, set32 } from "../../../../wire/bytes.ts";
import { ICMP_PARAMETERPROB } from "../../../../wire/icmp.ts";
import { IP_DADDR, IP_HLEN, IP_SADDR, IP_TOS_OFF } from "../../../../wire/ipv4.ts";
import { copyFromUser } from "../../include/asm/uaccess.ts";
import { dev_net, type NetDevice } from "../../include/linux/netdevice.ts";
import {
  IPCB,
  no_options,
  PACKET_HOST,
  type SkBuff,
  skb_dst_set,
  skb_rtable,
} from "../../include/linux/skbuff.ts";
import { type IpOptions, kfree_ip_options } from "../../include/net/inet_sock.ts";
import { RTN_LOCAL, RTN_UNICAST } from "../../include/net/ip_fib.ts";
import { ip_rt_put, type Rtable } from "../../include/net/route.ts";
import type { UserMem } from "../../include/net/sock.ts";
import { capable, type Kernel, type Net, printk } from "../../kernel.ts";
import { net_ratelimit } from "../core/utils.ts";
import { cipso_v4_validate } from "./cipso_ipv4.ts";
import { inet_addr_type } from "./fib_frontend.ts";
import { icmp_send, ms_since_midnight } from "./icmp.ts";
import { ip_send_check } from "./ip_output.ts";
import { ip_route_input, ip_rt_get_source } from "./route.ts";

const FILE = "net/ipv4/ip_options.c";

// linux/ip.h
export const IPOPT_END = 0;
export const IPOPT_NOOP = 1;
export const IPOPT_SEC = 130;
export const IPOPT_LSRR = 131;
export const IPOPT_TIMESTAMP = 68;
export const IPOPT_CIPSO = 134;
export const IPOPT_RR = 7;
export const IPOPT_SID = 136;
export const IPOPT_SSRR = 137;
export const IPOPT_RA = 148;
/** Bit of the type: the option belongs in every fragment. */
export const IPOPT_COPY = 0x80;

export const IPOPT_TS_TSONLY = 0;
export const IPOPT_TS_TSANDADDR = 1;
export const IPOPT_TS_PRESPEC = 3;

/** A byte of an option; past the end reads as 0. */
function u8(b: Uint8Array, at: number): number {
  return b[at] ?? 0;
}

/**
 * Write options behind the IP header: the last stop of a source route, our address, the time, where they ask for it.
 * Only the first of a datagram's fragments records anything.
 */
export const ip_options_build = traced(
  FILE,
  "ip_options_build(skb, opt, daddr, rt, is_frag)",
  (k: Kernel, skb: SkBuff, opt: IpOptions, daddr: number, rt: Rtable, is_frag: number): void => {
    const b = skb.head.bytes;
    const iph = skb.network_header;
    const cb = IPCB(skb);
    cb.opt = { ...opt };
    b.set(opt.__data.subarray(0, opt.optlen), iph + IP_HLEN);
    const o = cb.opt;
    if (o.srr !== 0) {
      note(k, "source route: write the final destination into the option", { daddr });
      set32(b, iph + o.srr + u8(b, iph + o.srr + 1) - 4, daddr);
    }
    if (is_frag === 0) {
      if (o.rr_needaddr !== 0) ip_rt_get_source(k, b, iph + o.rr + u8(b, iph + o.rr + 2) - 5, rt);
      if (o.ts_needaddr !== 0) ip_rt_get_source(k, b, iph + o.ts + u8(b, iph + o.ts + 2) - 9, rt);
      if (o.ts_needtime !== 0) set32(b, iph + o.ts + u8(b, iph + o.ts + 2) - 5, ms_since_midnight(k));
      dump(k, "ip options", b, iph + IP_HLEN, iph + IP_HLEN + o.optlen);
      return;
    }
    if (o.rr !== 0) {
      note(k, "not the first fragment: record route is replaced by no-ops");
      b.fill(IPOPT_NOOP, iph + o.rr, iph + o.rr + u8(b, iph + o.rr + 1));
      o.rr = 0;
      o.rr_needaddr = 0;
    }
    if (o.ts !== 0) {
      note(k, "not the first fragment: timestamp is replaced by no-ops");
      b.fill(IPOPT_NOOP, iph + o.ts, iph + o.ts + u8(b, iph + o.ts + 1));
      o.ts = 0;
      o.ts_needaddr = 0;
      o.ts_needtime = 0;
    }
  },
);

/** Room for `n` more bytes of options in an answer. */
function append(dopt: IpOptions, bytes: Uint8Array): number {
  const at = dopt.optlen;
  dopt.__data.set(bytes, at);
  dopt.optlen += bytes.length;
  return at;
}

/** The options for an answer to a received packet: the source route backwards, the others as they came. */
export const ip_options_echo = traced(
  FILE,
  "ip_options_echo(dopt, skb)",
  (k: Kernel, dopt: IpOptions, skb: SkBuff): number => {
    Object.assign(dopt, no_options());
    const sopt = IPCB(skb).opt;
    if (sopt.optlen === 0) return 0;
    note(k, "build reply options from the packet's IP options", { optlen: sopt.optlen });
    dopt.__data = new Uint8Array(40);
    const s = skb.head.bytes;
    const sptr = skb.network_header;
    const rt = skb_rtable(skb) as Rtable;

    if (sopt.rr !== 0) {
      const from = sptr + sopt.rr;
      const optlen = u8(s, from + 1);
      const soffset = u8(s, from + 2);
      dopt.rr = dopt.optlen + IP_HLEN;
      const at = append(dopt, s.subarray(from, from + optlen));
      if (sopt.rr_needaddr !== 0 && soffset <= optlen) {
        if (soffset + 3 > optlen) {
          return refuse(k, -EINVAL, "record route has no room for this host's address", {
            soffset,
            optlen,
          });
        }
        dopt.__data[at + 2] = soffset + 4;
        dopt.rr_needaddr = 1;
      }
    }
    if (sopt.ts !== 0) {
      const err = echo_timestamp(k, dopt, sopt, s, sptr, rt);
      if (err !== 0) return err;
    }
    if (sopt.srr !== 0) echo_source_route(dopt, sopt, s, sptr, rt);
    if (sopt.cipso !== 0) {
      const from = sptr + sopt.cipso;
      dopt.cipso = dopt.optlen + IP_HLEN;
      append(dopt, s.subarray(from, from + u8(s, from + 1)));
    }
    // The rest of the last word is IPOPT_END, which is 0.
    dopt.optlen = (dopt.optlen + 3) & ~3;
    return 0;
  },
);

function echo_timestamp(
  k: Kernel,
  dopt: IpOptions,
  sopt: IpOptions,
  s: Uint8Array,
  sptr: number,
  rt: Rtable,
): number {
  const from = sptr + sopt.ts;
  const optlen = u8(s, from + 1);
  let soffset = u8(s, from + 2);
  dopt.ts = dopt.optlen + IP_HLEN;
  const at = append(dopt, s.subarray(from, from + optlen));
  if (soffset > optlen) return 0;
  if (sopt.ts_needaddr !== 0) {
    if (soffset + 3 > optlen) return -EINVAL;
    dopt.ts_needaddr = 1;
    soffset += 4;
  }
  if (sopt.ts_needtime !== 0) {
    if (soffset + 3 > optlen) return -EINVAL;
    if ((u8(dopt.__data, at + 3) & 0xf) !== IPOPT_TS_PRESPEC) {
      dopt.ts_needtime = 1;
      soffset += 4;
    } else {
      dopt.ts_needtime = 0;
      if (soffset + 8 <= optlen) {
        // As in C: counted from the IP header, not from the option.
        const addr = get32(s, sptr + soffset - 1);
        if (inet_addr_type(k, dev_net(rt.dev as NetDevice), addr) !== RTN_LOCAL) {
          dopt.ts_needtime = 1;
          soffset += 8;
        }
      }
    }
  }
  dopt.__data[at + 2] = soffset;
  return 0;
}

/** The stops that were passed, in reverse; the first of them becomes the answer's first hop. */
function echo_source_route(dopt: IpOptions, sopt: IpOptions, s: Uint8Array, sptr: number, rt: Rtable): void {
  const start = sptr + sopt.srr;
  const at = dopt.optlen;
  const optlen = u8(s, start + 1);
  let soffset = u8(s, start + 2);
  let doffset = 0;
  let faddr = 0;
  if (soffset > optlen) soffset = optlen + 1;
  soffset -= 4;
  if (soffset > 3) {
    faddr = get32(s, start + soffset - 1);
    for (soffset -= 4, doffset = 4; soffset > 3; soffset -= 4, doffset += 4) {
      set32(dopt.__data, at + doffset - 1, get32(s, start + soffset - 1));
    }
    // RFC 1812: a route that names the sender itself is put right.
    if (get32(s, sptr + IP_SADDR) === get32(s, start + soffset + 3)) doffset -= 4;
  }
  if (doffset <= 3) return;
  // As in C: the last stop is written into the packet that came, not into the answer.
  set32(s, start + doffset - 1, rt.rt_spec_dst);
  dopt.faddr = faddr;
  dopt.__data[at] = u8(s, start);
  dopt.__data[at + 1] = doffset + 3;
  dopt.__data[at + 2] = 4;
  dopt.srr = at + IP_HLEN;
  dopt.optlen += doffset + 3;
  dopt.is_strictroute = sopt.is_strictroute;
}

/** Options that are not for every fragment become no-operations. */
export const ip_options_fragment = traced(
  FILE,
  "ip_options_fragment(skb)",
  (k: Kernel, skb: SkBuff): void => {
    const b = skb.head.bytes;
    const opt = IPCB(skb).opt;
    let at = skb.network_header + IP_HLEN;
    let l = opt.optlen;
    while (l > 0) {
      const type = u8(b, at);
      if (type === IPOPT_END) return;
      if (type === IPOPT_NOOP) {
        l--;
        at++;
        continue;
      }
      const optlen = u8(b, at + 1);
      if (optlen < 2 || optlen > l) return;
      if ((type & IPOPT_COPY) === 0) {
        note(k, "option without the copied flag: replaced by no-ops after the first fragment", { type });
        b.fill(IPOPT_NOOP, at, at + optlen);
      }
      l -= optlen;
      at += optlen;
    }
    opt.ts = 0;
    opt.rr = 0;
    opt.rr_needaddr = 0;
    opt.ts_needaddr = 0;
    opt.ts_needtime = 0;
  },
);

/** What compiling an option needs: where the bytes are, and the packet they came in, if they came in one. */
interface Compile {
  readonly net: Net;
  readonly opt: IpOptions;
  readonly skb: SkBuff | null;
  readonly b: Uint8Array;
  /** Where the IP header begins; 20 before the first option where there is none. */
  readonly iph: number;
}

/** Nothing wrong with this option. */
const FINE = -1;

function compile_source_route(k: Kernel, c: Compile, at: number, optlen: number): number {
  const { b, opt } = c;
  if (optlen < 3) return at + 1;
  if (u8(b, at + 2) < 4) return at + 2;
  if (opt.srr !== 0) {
    note(k, "second source route option");
    return at;
  }
  if (c.skb === null) {
    if (u8(b, at + 2) !== 4 || optlen < 7 || ((optlen - 3) & 3) !== 0) {
      note(k, "source route has a bad length, or its pointer is not at the first address", {
        optlen,
        pointer: u8(b, at + 2),
      });
      return at + 1;
    }
    opt.faddr = get32(b, at + 3);
    if (optlen > 7) b.copyWithin(at + 3, at + 7, at + optlen);
    note(k, "send to the first hop of the source route, shift the remaining hops", { faddr: opt.faddr });
  }
  opt.is_strictroute = u8(b, at) === IPOPT_SSRR ? 1 : 0;
  opt.srr = at - c.iph;
  return FINE;
}

function compile_record_route(k: Kernel, c: Compile, at: number, optlen: number): number {
  const { b, opt, skb } = c;
  if (opt.rr !== 0) {
    note(k, "second record route option");
    return at;
  }
  if (optlen < 3) return at + 1;
  const pointer = u8(b, at + 2);
  if (pointer < 4) return at + 2;
  if (pointer <= optlen) {
    if (pointer + 3 > optlen) return at + 2;
    if (skb !== null) {
      set32(b, at + pointer - 1, (skb_rtable(skb) as Rtable).rt_spec_dst);
      opt.is_changed = 1;
    }
    b[at + 2] = pointer + 4;
    opt.rr_needaddr = 1;
  } else {
    note(k, "record route is full: no address is added", { pointer, optlen });
  }
  opt.rr = at - c.iph;
  return FINE;
}

function compile_timestamp(k: Kernel, c: Compile, at: number, optlen: number): number {
  const { b, opt, skb } = c;
  if (opt.ts !== 0) {
    note(k, "second timestamp option");
    return at;
  }
  if (optlen < 4) return at + 1;
  const pointer = u8(b, at + 2);
  if (pointer < 5) return at + 2;
  const flags = u8(b, at + 3);
  if (pointer > optlen) {
    const overflow = flags >> 4;
    if (overflow === 15) return at + 3;
    note(k, "timestamp option is full: overflow counter + 1", { overflow });
    opt.ts = at - c.iph;
    if (skb !== null) {
      b[at + 3] = (flags & 0xf) | ((overflow + 1) << 4);
      opt.is_changed = 1;
    }
    return FINE;
  }
  if (pointer + 3 > optlen) return at + 2;
  let timeptr = -1;
  switch (flags & 0xf) {
    case IPOPT_TS_TSONLY:
      opt.ts = at - c.iph;
      if (skb !== null) timeptr = at + pointer - 1;
      opt.ts_needtime = 1;
      b[at + 2] = pointer + 4;
      break;
    case IPOPT_TS_TSANDADDR:
      if (pointer + 7 > optlen) return at + 2;
      opt.ts = at - c.iph;
      if (skb !== null) {
        set32(b, at + pointer - 1, (skb_rtable(skb) as Rtable).rt_spec_dst);
        timeptr = at + pointer + 3;
      }
      opt.ts_needaddr = 1;
      opt.ts_needtime = 1;
      b[at + 2] = pointer + 8;
      break;
    case IPOPT_TS_PRESPEC: {
      if (pointer + 7 > optlen) return at + 2;
      opt.ts = at - c.iph;
      const addr = get32(b, at + pointer - 1);
      if (inet_addr_type(k, c.net, addr) === RTN_UNICAST) {
        note(k, "next timestamp is for another host: left alone", { addr });
        break;
      }
      if (skb !== null) timeptr = at + pointer + 3;
      opt.ts_needtime = 1;
      b[at + 2] = pointer + 8;
      break;
    }
    default:
      if (skb === null && !capable(k)) {
        note(k, "not permitted: unknown timestamp flags need CAP_NET_RAW");
        return at + 3;
      }
      break;
  }
  if (timeptr >= 0) {
    set32(b, timeptr, ms_since_midnight(k));
    opt.is_changed = 1;
  }
  return FINE;
}

/** One option of at least two bytes; where the mistake is, or {@link FINE}. */
function compile_option(k: Kernel, c: Compile, at: number, optlen: number): number {
  const { b, opt, skb } = c;
  const type = u8(b, at);
  switch (type) {
    case IPOPT_SSRR:
    case IPOPT_LSRR:
      return compile_source_route(k, c, at, optlen);
    case IPOPT_RR:
      return compile_record_route(k, c, at, optlen);
    case IPOPT_TIMESTAMP:
      return compile_timestamp(k, c, at, optlen);
    case IPOPT_RA:
      if (optlen < 4) return at + 1;
      if (u8(b, at + 2) === 0 && u8(b, at + 3) === 0) opt.router_alert = at - c.iph;
      return FINE;
    case IPOPT_CIPSO: {
      if ((skb === null && !capable(k)) || opt.cipso !== 0) return at;
      opt.cipso = at - c.iph;
      const err_offset = cipso_v4_validate(k, skb, b, at);
      return err_offset !== 0 ? at + err_offset : FINE;
    }
    default:
      if (skb === null && !capable(k)) {
        note(k, "not permitted: unknown IP options need CAP_NET_RAW", { type });
        return at;
      }
      return FINE;
  }
}

/**
 * Check options and note where each is. From a socket (`skb` null) a source route's first stop is taken out;
 * in a packet that came, our address and the time are written where they are asked for.
 */
export const ip_options_compile = traced(
  FILE,
  "ip_options_compile(net, opt, skb)",
  (k: Kernel, net: Net, opt: IpOptions, skb: SkBuff | null): number => {
    const c: Compile = {
      net,
      opt,
      skb,
      b: skb === null ? opt.__data : skb.head.bytes,
      iph: skb === null ? -IP_HLEN : skb.network_header,
    };
    const { b, iph } = c;
    let at = iph + IP_HLEN;
    let l = opt.optlen;
    while (l > 0) {
      const type = u8(b, at);
      if (type === IPOPT_END) {
        for (at++, l--; l > 0; at++, l--) {
          if (u8(b, at) !== IPOPT_END) {
            b[at] = IPOPT_END;
            opt.is_changed = 1;
          }
        }
        return 0;
      }
      if (type === IPOPT_NOOP) {
        l--;
        at++;
        continue;
      }
      const optlen = u8(b, at + 1);
      const pp_ptr = optlen < 2 || optlen > l ? at : compile_option(k, c, at, optlen);
      if (pp_ptr !== FINE) {
        const facts = { type, optlen, at: pp_ptr - iph };
        if (skb === null) {
          return refuse(k, -EINVAL, "malformed IP options, or not permitted", facts);
        }
        note(k, "malformed IP options, or not permitted", facts);
        icmp_send(k, skb, ICMP_PARAMETERPROB, 0, ((pp_ptr - iph) << 24) >>> 0);
        return -EINVAL;
      }
      l -= optlen;
      at += optlen;
    }
    return 0;
  },
);

/** Take back what ip_options_compile changed, so that user space sees the options it had set. */
export const ip_options_undo = inlined(FILE, "ip_options_undo(opt)", (_k: Kernel, opt: IpOptions): void => {
  const b = opt.__data;
  if (opt.srr !== 0) {
    const at = opt.srr - IP_HLEN;
    b.copyWithin(at + 7, at + 3, at + u8(b, at + 1) - 4);
    set32(b, at + 3, opt.faddr);
  }
  if (opt.rr_needaddr !== 0) take_back(b, opt.rr - IP_HLEN);
  if (opt.ts !== 0) {
    const at = opt.ts - IP_HLEN;
    if (opt.ts_needtime !== 0) {
      take_back(b, at);
      if ((u8(b, at + 3) & 0xf) === IPOPT_TS_PRESPEC) b[at + 2] = u8(b, at + 2) - 4;
    }
    if (opt.ts_needaddr !== 0) take_back(b, at);
  }
});

/** Move an option's pointer back by an address and clear it. */
function take_back(b: Uint8Array, at: number): void {
  const pointer = u8(b, at + 2) - 4;
  b[at + 2] = pointer;
  b.fill(0, at + pointer - 1, at + pointer + 3);
}

/** Zeroed options with room for `optlen` bytes, a multiple of 4. */
export const ip_options_get_alloc = traced(
  FILE,
  "ip_options_get_alloc(optlen)",
  (_k: Kernel, optlen: number): IpOptions => {
    const opt = no_options();
    opt.__data = new Uint8Array((optlen + 3) & ~3);
    return opt;
  },
);

/** Check new options; when they are good they take the place of the old. */
export const ip_options_get_finish = traced(
  FILE,
  "ip_options_get_finish(net, optp, opt, optlen)",
  (k: Kernel, net: Net, optp: { opt: IpOptions | null }, opt: IpOptions, optlen: number): number => {
    // The fill up to a whole word is IPOPT_END, which is 0.
    opt.optlen = (optlen + 3) & ~3;
    if (optlen !== 0 && ip_options_compile(k, net, opt, null) !== 0) {
      kfree_ip_options(k, opt);
      return -EINVAL;
    }
    kfree_ip_options(k, optp.opt);
    optp.opt = opt;
    return 0;
  },
);

/** Options as setsockopt gives them. */
export const ip_options_get_from_user = traced(
  FILE,
  "ip_options_get_from_user(net, optp, data, optlen)",
  (k: Kernel, net: Net, optp: { opt: IpOptions | null }, data: UserMem | null, optlen: number): number => {
    const opt = ip_options_get_alloc(k, optlen);
    if (optlen !== 0 && copyFromUser(opt.__data, 0, data, 0, optlen) !== 0) {
      kfree_ip_options(k, opt);
      return refuse(k, -EFAULT, "the options cannot be read from user space", { optlen });
    }
    return ip_options_get_finish(k, net, optp, opt, optlen);
  },
);

/** Options as a control message gives them. */
export const ip_options_get = traced(
  FILE,
  "ip_options_get(net, optp, data, optlen)",
  (k: Kernel, net: Net, optp: { opt: IpOptions | null }, data: Uint8Array, optlen: number): number => {
    const opt = ip_options_get_alloc(k, optlen);
    opt.__data.set(data.subarray(0, optlen));
    return ip_options_get_finish(k, net, optp, opt, optlen);
  },
);

/** The next stop of a source route that names where this packet is routed to now, or 0. */
function forward_stop(b: Uint8Array, at: number, daddr: number): number {
  const space = u8(b, at + 1);
  for (let p = u8(b, at + 2); p + 3 <= space; p += 4) {
    if (get32(b, at + p - 1) === daddr) return p;
  }
  return 0;
}

/** A packet passes through: record the address it leaves from. */
export const ip_forward_options = traced(FILE, "ip_forward_options(skb)", (k: Kernel, skb: SkBuff): void => {
  const opt = IPCB(skb).opt;
  const rt = skb_rtable(skb) as Rtable;
  const b = skb.head.bytes;
  const raw = skb.network_header;
  if (opt.rr_needaddr !== 0) {
    const at = raw + opt.rr;
    ip_rt_get_source(k, b, at + u8(b, at + 2) - 5, rt);
    opt.is_changed = 1;
  }
  if (opt.srr_is_hit !== 0) {
    const at = raw + opt.srr;
    const stop = forward_stop(b, at, rt.rt_dst);
    if (stop !== 0) {
      note(k, "source route: record this hop, advance the pointer", { daddr: rt.rt_dst });
      opt.is_changed = 1;
      ip_rt_get_source(k, b, at + stop - 1, rt);
      set32(b, raw + IP_DADDR, rt.rt_dst);
      b[at + 2] = stop + 4;
    } else if (net_ratelimit(k)) {
      printk(k, "ip_forward(): Argh! Destination lost!");
    }
    if (opt.ts_needaddr !== 0) {
      const ts = raw + opt.ts;
      ip_rt_get_source(k, b, ts + u8(b, ts + 2) - 9, rt);
      opt.is_changed = 1;
    }
  }
  if (opt.is_changed !== 0) {
    opt.is_changed = 0;
    ip_send_check(k, b, raw);
  }
});

/** A packet with a source route came to this host: route it to its next stop. */
export const ip_options_rcv_srr = traced(
  FILE,
  "ip_options_rcv_srr(skb)",
  (k: Kernel, skb: SkBuff): number => {
    const opt = IPCB(skb).opt;
    if (opt.srr === 0) return 0;
    if (skb.pkt_type !== PACKET_HOST) {
      drop(k, skb, "IP_INHDR", "source route, but the frame was not unicast to this host", {
        pkt_type: skb.pkt_type,
      });
      return -EINVAL;
    }
    let rt = skb_rtable(skb) as Rtable;
    if (rt.rt_type === RTN_UNICAST) {
      if (opt.is_strictroute === 0) return 0;
      icmp_send(k, skb, ICMP_PARAMETERPROB, 0, 16 << 24);
      drop(k, skb, "IP_INHDR", "strict source route, but this host is not on it");
      return -EINVAL;
    }
    if (rt.rt_type !== RTN_LOCAL) {
      drop(k, skb, "IP_INHDR", "source route, but the destination is broadcast or multicast");
      return -EINVAL;
    }
    const b = skb.head.bytes;
    const iph = skb.network_header;
    const at = iph + opt.srr;
    const srrspace = u8(b, at + 1);
    let srrptr = u8(b, at + 2);
    for (; srrptr <= srrspace; srrptr += 4) {
      if (srrptr + 3 > srrspace) {
        icmp_send(k, skb, ICMP_PARAMETERPROB, 0, ((opt.srr + 2) << 24) >>> 0);
        drop(k, skb, "IP_INHDR", "source route ends in the middle of an address", { srrptr, srrspace });
        return -EINVAL;
      }
      const nexthop = get32(b, at + srrptr - 1);
      note(k, "source route: this host is a hop, route to the next", { nexthop });
      rt = skb_rtable(skb) as Rtable;
      skb_dst_set(skb, null);
      const saddr = get32(b, iph + IP_SADDR);
      const err = ip_route_input(k, skb, nexthop, saddr, b[iph + IP_TOS_OFF] as number, skb.dev as NetDevice);
      const rt2 = skb_rtable(skb);
      if (err !== 0 || rt2 === null || (rt2.rt_type !== RTN_UNICAST && rt2.rt_type !== RTN_LOCAL)) {
        drop(k, skb, "IP_INNOROUTES", "no route to the next hop of the source route", { nexthop, err });
        ip_rt_put(k, rt2);
        skb_dst_set(skb, rt);
        return -EINVAL;
      }
      ip_rt_put(k, rt);
      if (rt2.rt_type !== RTN_LOCAL) break;
      set32(b, iph + IP_DADDR, nexthop);
      opt.is_changed = 1;
    }
    if (srrptr <= srrspace) {
      opt.srr_is_hit = 1;
      opt.is_changed = 1;
    }
    return 0;
  },
);
