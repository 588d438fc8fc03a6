// SPDX-License-Identifier: GPL-2.0-only
/**
 * What the match modules of xtables say of a packet: net/netfilter/xt_{tcpudp,multiport,mark,length,hl,iprange}.c and
 * icmp_match of net/ipv4/netfilter/ip_tables.c. Not traced as functions, as the table that asks them is not.
 */
import { IPPROTO_ICMP, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_UDPLITE } from "../../../../uapi/in.ts";
import { get16, get32 } from "../../../../wire/bytes.ts";
import {
  IP_DADDR,
  IP_FRAG_OFF,
  IP_OFFSET,
  IP_PROTOCOL,
  IP_SADDR,
  IP_TOT_LEN,
  IP_TTL_OFF,
  IP_VIHL,
} from "../../../../wire/ipv4.ts";
import type { FilterMatch, FilterRange } from "../../../config.ts";
import { type SkBuff, skb_headlen } from "../../include/linux/skbuff.ts";
import type { Kernel } from "../../kernel.ts";
import { skb_copy_bits } from "../core/skbuff.ts";

/** What a rule says of a packet. `hotdrop`: it cannot be looked at, so it is dropped, whatever the rule. */
export type Answer = "yes" | "no" | "hotdrop";
type Field = Exclude<keyof FilterMatch, "not">;

/** Bytes of a protocol's header that the match for its ports wants to see. */
const PORT_HEADERS: ReadonlyMap<number, number> = new Map([
  [IPPROTO_UDP, 8],
  [IPPROTO_UDPLITE, 8],
  [IPPROTO_TCP, 20],
]);
/** icmp_match: any type. */
const ANY_ICMP = 255;

const within = (v: number, range: FilterRange): boolean => v >= range.from && v <= range.to;

/** A field of the match, turned round where it was asked for. */
function as_asked(m: FilterMatch, field: Field, fits: boolean): boolean {
  return fits !== (m.not?.includes(field) ?? false);
}

/** The first bytes behind the IP header, or null where the packet is too short. */
function transport(k: Kernel, skb: SkBuff, len: number): Uint8Array | null {
  const b = skb.head.bytes;
  const thoff = ((b[skb.network_header + IP_VIHL] as number) & 15) * 4;
  if (thoff + len <= skb_headlen(skb)) return b.subarray(skb.data + thoff, skb.data + thoff + len);
  const header = new Uint8Array(len);
  return skb_copy_bits(k, skb, thoff, header, 0, len) < 0 ? null : header;
}

/** udp_mt, tcp_mt: do the ports match? */
function ports_match(k: Kernel, m: FilterMatch, skb: SkBuff): Answer {
  const b = skb.head.bytes;
  const iph = skb.network_header;
  const protocol = b[iph + IP_PROTOCOL] as number;
  const hlen = PORT_HEADERS.get(protocol);
  if (hlen === undefined) return "no";
  const fragoff = get16(b, iph + IP_FRAG_OFF) & IP_OFFSET;
  if (fragoff !== 0) return fragoff === 1 && protocol === IPPROTO_TCP ? "hotdrop" : "no";
  const header = transport(k, skb, hlen);
  if (header === null) return "hotdrop";
  const { sport, dport } = m;
  const fits =
    (sport === undefined || as_asked(m, "sport", within(get16(header, 0), sport))) &&
    (dport === undefined || as_asked(m, "dport", within(get16(header, 2), dport)));
  return fits ? "yes" : "no";
}

/** multiport_mt: four bytes are enough. */
function multiport(k: Kernel, m: FilterMatch, skb: SkBuff): Answer {
  const { sports, dports, ports } = m;
  if (sports === undefined && dports === undefined && ports === undefined) return "yes";
  if ((get16(skb.head.bytes, skb.network_header + IP_FRAG_OFF) & IP_OFFSET) !== 0) return "no";
  const header = transport(k, skb, 4);
  if (header === null) return "hotdrop";
  const [source, destination] = [get16(header, 0), get16(header, 2)];
  const one_of = (list: readonly FilterRange[], v: number): boolean => list.some((range) => within(v, range));
  const fits =
    (sports === undefined || as_asked(m, "sports", one_of(sports, source))) &&
    (dports === undefined || as_asked(m, "dports", one_of(dports, destination))) &&
    (ports === undefined || as_asked(m, "ports", one_of(ports, source) || one_of(ports, destination)));
  return fits ? "yes" : "no";
}

/** icmp_match. */
function icmp(k: Kernel, m: FilterMatch, skb: SkBuff): Answer {
  if (m.icmp === undefined) return "yes";
  const b = skb.head.bytes;
  if (b[skb.network_header + IP_PROTOCOL] !== IPPROTO_ICMP) return "no";
  if ((get16(b, skb.network_header + IP_FRAG_OFF) & IP_OFFSET) !== 0) return "no";
  const header = transport(k, skb, 8);
  if (header === null) return "hotdrop";
  const { type, code } = m.icmp;
  const fits = type === ANY_ICMP || (header[0] === type && within(header[1] as number, code));
  return as_asked(m, "icmp", fits) ? "yes" : "no";
}

/** length_mt, ttl_mt, mark_mt, iprange_mt: what stands in the IP header, and the packet's mark. */
function others(m: FilterMatch, skb: SkBuff): boolean {
  const b = skb.head.bytes;
  const iph = skb.network_header;
  const { mark } = m;
  const ranged = (field: "length" | "ttl" | "srcRange" | "dstRange", v: number): boolean => {
    const range = m[field];
    return range === undefined || as_asked(m, field, within(v, range));
  };
  return (
    ranged("length", get16(b, iph + IP_TOT_LEN)) &&
    ranged("ttl", b[iph + IP_TTL_OFF] as number) &&
    ranged("srcRange", get32(b, iph + IP_SADDR)) &&
    ranged("dstRange", get32(b, iph + IP_DADDR)) &&
    (mark === undefined || as_asked(m, "mark", (skb.mark & mark.mask) >>> 0 === mark.value))
  );
}

/** Ask those that the rule names, one after the other. */
export function modules_match(k: Kernel, m: FilterMatch, skb: SkBuff): Answer {
  const answer = m.sport === undefined && m.dport === undefined ? "yes" : ports_match(k, m, skb);
  if (answer !== "yes") return answer;
  const more = multiport(k, m, skb);
  if (more !== "yes") return more;
  const type = icmp(k, m, skb);
  if (type !== "yes") return type;
  return others(m, skb) ? "yes" : "no";
}
