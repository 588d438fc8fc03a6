// SPDX-License-Identifier: GPL-2.0-only
/** include/net/flow.h: what a route is asked for. Addresses and ports in host order. */
import type { Plain } from "../../../../trace/plain.ts";

export const FLOWI_FLAG_ANYSRC = 0x01;

/** struct flowi, its IPv4 part. */
export class Flowi {
  oif = 0;
  iif = 0;
  mark = 0;
  fl4_dst = 0;
  fl4_src = 0;
  fl4_tos = 0;
  fl4_scope = 0;
  proto = 0;
  flags = 0;
  fl_ip_sport = 0;
  fl_ip_dport = 0;
  fl_icmp_type = 0;
  fl_icmp_code = 0;
  constructor(init?: Partial<Flowi>) {
    if (init !== undefined) Object.assign(this, init);
  }
  /** A copy, as C's structure assignment. */
  clone(): Flowi {
    const c = new Flowi();
    c.oif = this.oif;
    c.iif = this.iif;
    c.mark = this.mark;
    c.fl4_dst = this.fl4_dst;
    c.fl4_src = this.fl4_src;
    c.fl4_tos = this.fl4_tos;
    c.fl4_scope = this.fl4_scope;
    c.proto = this.proto;
    c.flags = this.flags;
    c.fl_ip_sport = this.fl_ip_sport;
    c.fl_ip_dport = this.fl_ip_dport;
    c.fl_icmp_type = this.fl_icmp_type;
    c.fl_icmp_code = this.fl_icmp_code;
    return c;
  }
  /** For events: what decides, zeroes left out except the addresses. */
  plain(): Plain {
    const p: Record<string, Plain> = { daddr: this.fl4_dst, saddr: this.fl4_src };
    if (this.oif !== 0) p["oif"] = this.oif;
    if (this.iif !== 0) p["iif"] = this.iif;
    if (this.fl4_tos !== 0) p["tos"] = this.fl4_tos;
    if (this.mark !== 0) p["mark"] = this.mark;
    return p;
  }
}
