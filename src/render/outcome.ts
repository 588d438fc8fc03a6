// SPDX-License-Identifier: GPL-2.0-only
/** What became of a datagram that a device took: read off the calls and counters of the receiving side. */
import { type Call, eachCall, eachLeaf, type Item } from "../trace/tree.ts";

/** One function on the way; `context` where it is the first of a softirq or a timer. */
export interface Station {
  readonly call: Call;
  readonly context: string | null;
}

/** How a way ends: a function (if one decided), and what became of the datagram in a few words. */
export interface End {
  /** From where the way before it was left; the last is the one that decided. Empty: nobody in this machine. */
  readonly stations: readonly Station[];
  readonly text: string;
}

/** The functions around the first item that is what is looked for, and that item last, if it is a call. */
export function find(
  items: readonly Item[],
  test: (item: Item) => boolean,
  context: string | null = null,
): Station[] | null {
  let begins = context;
  for (const item of items) {
    if (item.ev === "in") {
      const inside = find(item.body, test, item.name);
      if (inside !== null) return inside;
    } else if (item.ev === "call") {
      const inside = test(item) ? [] : find(item.body, test);
      if (inside !== null) return [{ call: item, context: begins }, ...inside];
      begins = context;
    } else if (test(item)) return [];
  }
  return null;
}

/** What became of the datagram behind the device. */
export function received(body: readonly Item[], sent: readonly Station[]): End[] {
  const at = (test: (call: Call) => boolean): Station[] =>
    find(body, (i) => i.ev === "call" && test(i)) ?? [];
  const queued = queues(body);
  if (queued.length > 0) {
    const stations = at((c) => c.fn === "sock_queue_rcv_skb" && c.ret === 0);
    return [{ stations, text: `queued on ${queued.join(", ")}` }];
  }
  const movers = moversOf(body);
  const refuser = movers.get("Udp.NoPorts") ?? movers.get("UdpLite.NoPorts");
  if (refuser !== undefined) return refused(refuser, at);
  for (const [counter, text] of DROPS) {
    const mover = movers.get(counter);
    if (mover !== undefined) return [{ stations: at((c) => c === mover), text }];
  }
  const deliver = at((c) => c.fn === "__udp4_lib_mcast_deliver");
  if (deliver.length > 0) return [{ stations: deliver, text: "no socket" }];
  return [{ stations: [], text: beyond(sent) }];
}

function beyond(sent: readonly Station[]): string {
  const dev = sent.map(({ call }) => call.args["dev"]).findLast((name) => typeof name === "string");
  return dev === undefined ? "left this machine" : `left by ${String(dev)}`;
}

/** The sockets in whose queue it was put. */
function queues(body: readonly Item[]): string[] {
  const out: string[] = [];
  eachCall(body, (call) => {
    if (call.fn === "sock_queue_rcv_skb" && call.ret === 0) out.push(String(call.args["sk"]));
  });
  return out;
}

/** Who moved each counter first. */
function moversOf(body: readonly Item[]): Map<string, Call> {
  const movers = new Map<string, Call>();
  eachLeaf(body, (leaf, within) => {
    if (leaf.ev === "count" && within !== null && !movers.has(leaf.name)) movers.set(leaf.name, within);
  });
  return movers;
}

/** Nobody listens: an ICMP error, or silence; and whether a connected socket hears of it. */
function refused(refuser: Call, at: (test: (call: Call) => boolean) => Station[]): End[] {
  const answer = refuser.body.find((i) => i.ev === "call" && i.fn === "icmp_send");
  const ends: End[] = [{ stations: at((c) => c === (answer ?? refuser)), text: "no socket" }];
  const told = at((c) => c.fn === "sock_def_error_report");
  const socket = told.at(-1)?.call.args["sk"];
  if (told.length > 0)
    ends.push({ stations: told.slice(0, -1), text: `ECONNREFUSED waits on ${String(socket)}` });
  return ends;
}

/** Counters of what is thrown away on the receiving side. */
const DROPS: readonly (readonly [string, string])[] = [
  ["Udp.RcvbufErrors", "the receiver's buffer is full"],
  ["Udp.InErrors", "the receiver threw it away"],
  ["UdpLite.InErrors", "the receiver threw it away"],
  ["Ip.InHdrErrors", "bad IP header"],
  ["Ip.InAddrErrors", "not for this machine"],
  ["Ip.InDiscards", "discarded"],
  ["rt.in_martian_src", "martian source"],
  ["rt.in_martian_dst", "martian destination"],
];
