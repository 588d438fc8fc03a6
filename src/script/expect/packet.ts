// SPDX-License-Identifier: GPL-2.0-only
/** A frame taken apart as far as expectations look at it, and as a line in their words. */
import { get8, get16, get32 } from "../../wire/bytes.ts";
import { formatIpv4, IP_DF, IP_MF, IP_OFFSET } from "../../wire/ipv4.ts";

export const PROTOCOLS: readonly string[] = ["ip", "udp", "udplite", "icmp", "igmp", "arp"];
export const FLAGS: readonly string[] = ["df", "mf", "request", "reply"];
/** Numbers of a frame, and what they are. */
export const FIELDS: Readonly<Record<string, string>> = {
  sport: "source port",
  dport: "destination port",
  ttl: "time to live",
  tos: "type of service",
  id: "IP id",
  offset: "fragment offset in bytes",
  type: "ICMP type",
  code: "ICMP code",
  len: "payload bytes; in a fragment, what follows the IP header",
};

export interface Packet {
  readonly dev: string;
  readonly out: boolean;
  readonly protocols: ReadonlySet<string>;
  readonly flags: ReadonlySet<string>;
  readonly numbers: ReadonlyMap<string, number>;
  /** src, dst; of ARP who-has and tell. */
  readonly addresses: ReadonlyMap<string, number>;
  /** The payload of a UDP datagram that is not in pieces. */
  readonly data: Uint8Array | undefined;
}

class Draft implements Packet {
  readonly dev: string;
  readonly out: boolean;
  readonly protocols: Set<string> = new Set();
  readonly flags: Set<string> = new Set();
  readonly numbers: Map<string, number> = new Map();
  readonly addresses: Map<string, number> = new Map();
  data: Uint8Array | undefined;
  constructor(dev: string, out: boolean) {
    this.dev = dev;
    this.out = out;
  }
}

const ETH_HLEN = 14;
const ETH_P_IP = 0x0800;
const ETH_P_ARP = 0x0806;
const BY_NUMBER: Readonly<Record<number, string>> = { 1: "icmp", 2: "igmp", 17: "udp", 136: "udplite" };

/** Take a frame apart; what is too short stays unnamed. */
export function packetOf(dev: string, out: boolean, frame: Uint8Array, link?: "raw"): Packet {
  const p = new Draft(dev, out);
  if (link === "raw") {
    if (frame.length >= 20 && get8(frame, 0) >> 4 === 4) ip(p, frame);
    return p;
  }
  if (frame.length < ETH_HLEN) return p;
  const body = frame.subarray(ETH_HLEN);
  const type = get16(frame, 12);
  if (type === ETH_P_IP && body.length >= 20) ip(p, body);
  if (type === ETH_P_ARP && body.length >= 28) arp(p, body);
  return p;
}

function arp(p: Draft, b: Uint8Array): void {
  p.protocols.add("arp");
  p.flags.add(get16(b, 6) === 1 ? "request" : "reply");
  p.addresses.set("src", get32(b, 14)).set("dst", get32(b, 24));
  p.addresses.set("tell", get32(b, 14)).set("who-has", get32(b, 24));
}

function ip(p: Draft, b: Uint8Array): void {
  const frag = get16(b, 6);
  const offset = (frag & IP_OFFSET) * 8;
  const header = (get8(b, 0) & 15) * 4;
  p.protocols.add("ip");
  p.addresses.set("src", get32(b, 12)).set("dst", get32(b, 16));
  if ((frag & IP_DF) !== 0) p.flags.add("df");
  if ((frag & IP_MF) !== 0) p.flags.add("mf");
  p.numbers.set("tos", get8(b, 1)).set("id", get16(b, 4)).set("ttl", get8(b, 8)).set("offset", offset);
  const name = BY_NUMBER[get8(b, 9)];
  if (name !== undefined) p.protocols.add(name);
  const body = b.subarray(header, get16(b, 2));
  p.numbers.set("len", body.length);
  if (offset === 0) transport(p, name, body);
}

function transport(p: Draft, name: string | undefined, b: Uint8Array): void {
  if (b.length < 8) return;
  if (name === "icmp") p.numbers.set("type", get8(b, 0)).set("code", get8(b, 1));
  if (name !== "udp" && name !== "udplite") return;
  p.numbers.set("sport", get16(b, 0)).set("dport", get16(b, 2));
  if (p.flags.has("mf")) return;
  p.numbers.set("len", b.length - 8);
  p.data = b.subarray(8);
}

/** `lo out udp src 127.0.0.1:1 dst 127.0.0.1:2 ttl 64 len 5 df`: words that an expectation may use. */
export function describePacket(p: Packet): string {
  const words = [p.dev, p.out ? "out" : "in"];
  const protocol = PROTOCOLS.slice(1).find((name) => p.protocols.has(name)) ?? [...p.protocols][0];
  if (protocol !== undefined) words.push(protocol);
  if (protocol === "arp") return [...words, ...p.flags, endpoints(p, "who-has", "tell")].join(" ");
  words.push(endpoints(p, "src", "dst"));
  for (const name of ["type", "code", "ttl", "tos", "offset", "len"]) {
    const value = p.numbers.get(name);
    if (value !== undefined && (value !== 0 || name === "len" || name === "type" || name === "code"))
      words.push(`${name} ${value}`);
  }
  return [...words, ...p.flags].filter((w) => w !== "").join(" ");
}

function endpoints(p: Packet, from: string, to: string): string {
  const one = (which: string, port: number | undefined): string => {
    const addr = p.addresses.get(which);
    return addr === undefined ? "" : `${which} ${formatIpv4(addr)}${port === undefined ? "" : `:${port}`}`;
  };
  return `${one(from, p.numbers.get("sport"))} ${one(to, p.numbers.get("dport"))}`.trim();
}
