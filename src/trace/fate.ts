// SPDX-License-Identifier: GPL-2.0-only
/**
 * What becomes of a packet, said by the kernel where it happens. A packet keeps its number from the call that made it: its
 * clones, its fragments, the frame under a VLAN's tag and the copy that comes back through lo all carry it.
 */
import type { Traced } from "./symbol.ts";

/** The fates of a packet, in the order of their codes. */
export const FATES = [
  /** A packet begins: what protocol, how many bytes, between whom, by which route. */
  "made",
  /** A frame comes in from outside: off a wire, from the far end of a cable, from the program behind a tun. */
  "arrived",
  /** Corked: more is to come before it goes. */
  "held",
  /** It stays for a while: for a neighbour's address, in a queue, for the rest of its fragments. */
  "waiting",
  /** It goes from a device to a receiving side of this same machine: lo, the other end of a veth pair. */
  "looped",
  /** A device put it on its wire. */
  "sent",
  /** In the receive queue of a socket. */
  "queued",
  /** Lost, for a reason. */
  "dropped",
  /** It has done its work: a message that the kernel itself was to read. */
  "consumed",
  /** A call is turned down: there is no packet, or it goes no further because of this. */
  "refused",
  /** A call asked for nothing to be sent (MSG_PROBE). */
  "unmade",
  /** The error that a packet tells of is given to a socket. */
  "reported",
  /** …and is not. */
  "unreported",
  /** No ICMP error is sent about it, though one is due. */
  "unanswered",
] as const;
export type Fate = (typeof FATES)[number];

/** Why a packet is lost or waits: the words of enum skb_drop_reason (include/net/dropreason-core.h) where they fit. */
export type DropReason =
  | "BLACKHOLE"
  | "CORK_FLUSHED"
  | "CPU_BACKLOG"
  | "DEAD_LOOP"
  | "DEV_READY"
  | "DUP_FRAG"
  | "FRAG_REASM_TIMEOUT"
  | "FRAG_TOO_FAR"
  | "FULL_RING"
  | "HDR_TRUNC"
  | "ICMP_CSUM"
  | "INVALID_PROTO"
  | "IP_CSUM"
  | "IP_INADDRERRORS"
  | "IP_INHDR"
  | "IP_INNOROUTES"
  | "IP_INVALID_DEST"
  | "IP_INVALID_SOURCE"
  | "IP_LOCAL_SOURCE"
  | "IP_MULTICAST"
  | "IP_NOPROTO"
  | "IP_OUTNOROUTES"
  | "IP_RPFILTER"
  | "IP_TTL"
  | "NEIGH_CREATEFAIL"
  | "NEIGH_DEAD"
  | "NEIGH_FAILED"
  | "NEIGH_QUEUEFULL"
  | "NEIGH_UNRESOLVED"
  | "NETFILTER_DROP"
  | "NOMEM"
  | "NO_REDIRECT"
  | "NOT_SPECIFIED"
  | "NO_SOCKET"
  | "OTHERHOST"
  | "PKT_TOO_BIG"
  | "PKT_TOO_SMALL"
  | "PROTO_MEM"
  | "QDISC_DROP"
  | "SKB_GSO_SEG"
  | "SOCKET_BACKLOG"
  | "SOCKET_CLOSE"
  | "SOCKET_FILTER"
  | "SOCKET_RCVBUFF"
  | "UDP_CSUM"
  | "UNHANDLED_PROTO"
  | "XFRM_POLICY";

/** Anything that carries a packet's number: a socket buffer. */
export interface Tagged {
  readonly pkt: number;
}

/** What a fate may state beside its words. */
export interface FateDetails {
  readonly reason?: DropReason;
  /** The packet that this one tells of: an ICMP error. */
  readonly about?: Tagged | null;
  /** Who decided, where that was not the function in which this stands. */
  readonly by?: Traced | undefined;
  /** What the caller is told, positive. */
  readonly errno?: number;
  /** The socket that gets it, or that is told. */
  readonly sk?: { readonly oid: number };
}
