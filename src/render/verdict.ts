// SPDX-License-Identifier: GPL-2.0-only
/** What became of the datagram: read off the trace, so that it can say nothing that did not happen. */
import { isReason, type PacketEvent, type VerdictEvent } from "../trace/event.ts";
import { showFacts } from "../trace/show.ts";
import { type Call, eachCall, eachLeaf, type Item, type Syscall } from "../trace/tree.ts";
import { errnoName, strerror } from "../uapi/errno.ts";
import { get8, get16, get32 } from "../wire/bytes.ts";
import { fromHex } from "../wire/hexdump.ts";
import { formatIpv4 } from "../wire/ipv4.ts";

/** What the sender had set up: hints name only what was not already asked for. */
export interface Situation {
  readonly listen: boolean;
  readonly connected: boolean;
  readonly broadcast: boolean;
  readonly count: number;
}

/** The story of one send. */
export function verdict(syscall: Syscall, situation: Situation): VerdictEvent {
  const facts = new Facts(syscall);
  const ret = syscall.ret?.ret ?? 0;
  return ret < 0 ? failure(syscall, facts, -ret, situation) : success(facts, ret, situation);
}

/** The end of a machine: the call that never returned, and where it stood. */
export function panicked(syscall: Syscall, message: string): VerdictEvent {
  const call = syscall.call?.name ?? "the clock";
  const where = openCalls(syscall.body).at(-1);
  return event(
    `${call} never returned: the kernel panicked, as the real one would.`,
    where === undefined ? undefined : { fn: where.fn, file: where.file, why: message },
    [],
  );
}

/** The calls that were entered and never left, outermost first. */
function openCalls(body: readonly Item[]): Call[] {
  const last = body.at(-1);
  if (last?.ev === "in") return openCalls(last.body);
  return last?.ev !== "call" || last.returned ? [] : [last, ...openCalls(last.body)];
}

/** The calls through which an error came back, outermost first: the last is the one that decided. */
export function failedPath(syscall: Syscall): Call[] {
  const ret = syscall.ret?.ret ?? 0;
  if (ret >= 0) return [];
  const path: Call[] = [];
  let body = syscall.body;
  for (;;) {
    const next = body.filter((i): i is Call => i.ev === "call" && i.ret === ret).at(-1);
    if (next === undefined) return path;
    path.push(next);
    body = next.body;
  }
}

class Facts {
  readonly calls: Call[] = [];
  readonly packets: PacketEvent[] = [];
  readonly counters = new Map<string, number>();
  /** Who moved a counter first. */
  readonly mover = new Map<string, Call>();

  constructor(syscall: Syscall) {
    eachCall(syscall.body, (call) => this.calls.push(call));
    eachLeaf(syscall.body, (leaf, within) => {
      if (leaf.ev === "packet") this.packets.push(leaf);
      if (leaf.ev !== "count") return;
      this.counters.set(leaf.name, (this.counters.get(leaf.name) ?? 0) + leaf.by);
      if (within !== null && !this.mover.has(leaf.name)) this.mover.set(leaf.name, within);
    });
  }

  moved(name: string): number {
    return this.counters.get(name) ?? 0;
  }
  call(fn: string): Call | undefined {
    return this.calls.find((c) => c.fn === fn);
  }
  frames(type: number): PacketEvent[] {
    return this.packets.filter((p) => p.type === type);
  }
}

type Decided = NonNullable<VerdictEvent["decided"]>;

function decidedBy(call: Call | undefined, fallback = ""): Decided | undefined {
  if (call === undefined) return undefined;
  const note = call.body.filter(isReason).at(-1);
  const why =
    note === undefined
      ? fallback
      : note.facts === undefined
        ? note.text
        : `${note.text} (${showFacts(note.facts, call.fn)})`;
  return { fn: call.fn, file: call.file, why };
}

function event(what: string, decided: Decided | undefined, change: readonly string[]): VerdictEvent {
  return decided === undefined ? { ev: "verdict", what, change } : { ev: "verdict", what, decided, change };
}

/** What to try for an error, by the function that decided and the errno; `*` is any function. */
const REMEDIES: Readonly<Record<string, readonly string[]>> = {
  "* EACCES": ["--broadcast (permission to send to a broadcast address)"],
  "fib4_rule_action EACCES": [],
  "fib_semantic_match EACCES": [],
  "* EMSGSIZE": ["a payload of at most 65507 bytes", "--mtu-discover dont (let IP fragment)"],
  "* ENETUNREACH": [
    "a destination that some route covers, such as 127.0.0.1",
    "--net lan (a default gateway)",
  ],
  "* EOPNOTSUPP": ["no MSG_OOB: UDP has no out-of-band data"],
  "* EDESTADDRREQ": ["an address, or --connect first"],
  "* ECONNREFUSED": [
    "--listen (somebody at the destination)",
    "no --connect (a socket that isn't connected is not told)",
  ],
  "* EAGAIN": ["--sndbuf with more room", "a free local port"],
  "udp_recvmsg EAGAIN": [],
  "ip_mc_join_group EINVAL": ["a group from 224.0.0.0 to 239.255.255.255"],
  "ip_options_compile EINVAL": [],
  "ip_cmsg_send EINVAL": [],
  "udp_sendmsg EMSGSIZE": ["a payload of at most 65507 bytes"],
  "* EADDRNOTAVAIL": ["an address of this machine, such as --bind 127.0.0.1"],
  "* EADDRINUSE": ["another port, or none: the kernel then picks a free one"],
  "udp_sendmsg EINVAL": ["a port from 1 to 65535"],
  "* EINVAL": ["another source address (--bind) or destination"],
  "* ENODEV": ["--device lo"],
};

function failure(syscall: Syscall, facts: Facts, errno: number, situation: Situation): VerdictEvent {
  const path = failedPath(syscall);
  const decider = path.at(-1);
  const name = errnoName(errno) ?? String(errno);
  const call = syscall.call?.name ?? "the call";
  const what = `${call} failed with ${name} (${strerror(errno)}): ${soFar(call, facts)}.`;
  const remedies = REMEDIES[`${decider?.fn ?? "*"} ${name}`] ?? REMEDIES[`* ${name}`] ?? [];
  const change = name === "EACCES" && situation.broadcast ? [] : remedies;
  return event(what, decidedBy(decider), change);
}

/** What had been done when a call failed. */
function soFar(call: string, facts: Facts): string {
  if (call === "recvmsg") {
    const dropped = facts.moved("Udp.InErrors") + facts.moved("UdpLite.InErrors") > 0;
    return dropped ? "the datagram that was there has a wrong checksum" : "there was nothing to take";
  }
  const frames = facts.frames(4).length;
  return frames === 0 ? "nothing was sent" : `${frames} ${plural(frames, "frame")} had already left`;
}

function success(facts: Facts, ret: number, situation: Situation): VerdictEvent {
  const out = facts.frames(4);
  if (out.length === 0) return notSent(facts, ret, situation);
  const dev = out[0]?.dev ?? "?";
  const refused = facts.moved("Udp.NoPorts") + facts.moved("UdpLite.NoPorts");
  const delivered = facts.calls.filter((c) => c.fn === "sock_queue_rcv_skb" && c.ret === 0);
  if (delivered.length > 0) return received(facts, ret, dev, delivered);
  if (refused > 0) return nobody(facts, ret, dev, situation);
  const discarded = discards(facts) ?? dropped(facts, dev);
  if (discarded !== undefined)
    return event(`${left(facts, ret, dev)} ${discarded[0]}`, decidedBy(discarded[1]), []);
  const returned = facts.packets.some((p) => p.type !== 4 && p.dev === dev);
  const rest = returned ? "Nobody on this machine took it." : beyond(dev);
  return event(`${left(facts, ret, dev)} ${rest}`, decidedBy(facts.call("dev_hard_start_xmit")), []);
}

function plural(n: number, word: string): string {
  return n === 1 ? word : `${word}s`;
}

function left(facts: Facts, ret: number, dev: string): string {
  const out = facts.frames(4).filter((p) => !isIcmp(p));
  const pieces = out.length > 1 ? ` in ${out.length} frames` : "";
  const back = facts.packets.some((p) => p.type !== 4 && p.dev === dev) ? ` and came back in on ${dev}` : "";
  return `${ret} ${plural(ret, "byte")} left by ${dev}${pieces}${back}.`;
}

function isIcmp(p: PacketEvent): boolean {
  const b = fromHex(p.hex);
  return b.length >= 34 && get16(b, 12) === 0x0800 && get8(b, 23) === 1;
}

function received(facts: Facts, ret: number, dev: string, delivered: readonly Call[]): VerdictEvent {
  const sockets = delivered.map((c) => String(c.args["sk"]));
  const lookup = facts.call("__udp4_lib_lookup") ?? facts.call("__udp4_lib_mcast_deliver");
  const what = `${left(facts, ret, dev)} ${where(facts)} is in the receive queue of ${sockets.join(", ")}, to be read with recv.`;
  return event(what, decidedBy(lookup, "a bound socket matches destination address and port"), [
    "no receiver (without --listen, the kernel answers with ICMP port unreachable)",
  ]);
}

function where(facts: Facts): string {
  const to = destination(facts);
  return to === undefined ? "It" : `The datagram for ${to}`;
}

/** `127.0.0.1:9999` of the first UDP frame. */
function destination(facts: Facts): string | undefined {
  for (const p of facts.frames(4)) {
    const b = fromHex(p.hex);
    if (b.length < 38 || get16(b, 12) !== 0x0800) continue;
    const proto = get8(b, 23);
    if (proto !== 17 && proto !== 136) continue;
    return `${formatIpv4(get32(b, 30))}:${get16(b, 14 + (get8(b, 14) & 15) * 4 + 2)}`;
  }
  return undefined;
}

function nobody(facts: Facts, ret: number, dev: string, situation: Situation): VerdictEvent {
  const icmp = facts.moved("IcmpMsg.OutType3") > 0;
  const to = destination(facts) ?? "that address";
  const told = situation.connected
    ? "The error waits on the connected socket: its next call returns ECONNREFUSED."
    : `The call still returns ${ret}: a socket that isn't connected is not told.`;
  const answer = icmp
    ? `so the kernel answered with ICMP port unreachable, delivered inside this same call. ${told}`
    : "and no ICMP error was sent, so nobody is ever told.";
  const change = situation.listen ? [] : ["--listen (delivered to a receiver)"];
  if (!situation.connected) change.push("--connect and -n 2 (the second send gets ECONNREFUSED)");
  else if (situation.count < 2) change.push("-n 2 (the second send gets ECONNREFUSED)");
  const counter = facts.mover.get("Udp.NoPorts") ?? facts.mover.get("UdpLite.NoPorts");
  return event(
    `${left(facts, ret, dev)} No socket is bound to ${to}, ${answer}`,
    decidedBy(counter, "the lookup found no socket"),
    change,
  );
}

/** A counter that says that a packet was thrown away, and who threw it. */
function discards(facts: Facts): [string, Call | undefined] | undefined {
  const list: [string, string][] = [
    ["Udp.InErrors", "The receiver threw it away (Udp.InErrors)."],
    ["UdpLite.InErrors", "The receiver threw it away (UdpLite.InErrors)."],
    ["Udp.RcvbufErrors", "The receiver's buffer was full (Udp.RcvbufErrors)."],
    ["Ip.InHdrErrors", "The receiving side refused the IP header (Ip.InHdrErrors)."],
    ["Ip.InAddrErrors", "The receiving side refused the address (Ip.InAddrErrors)."],
    ["Ip.InDiscards", "The receiving side discarded it (Ip.InDiscards)."],
    ["rt.in_martian_src", "The receiving side took the source for a martian."],
    ["rt.in_martian_dst", "The receiving side took the destination for a martian."],
  ];
  for (const [name, text] of list) if (facts.moved(name) > 0) return [text, facts.mover.get(name)];
  return undefined;
}

/** What came back in and was dropped without a counter: the last who says so. */
function dropped(facts: Facts, dev: string): [string, Call] | undefined {
  if (!facts.packets.some((p) => p.type !== 4 && p.dev === dev)) return undefined;
  const by = facts.calls.findLast((c) => c.body.some((i) => i.ev === "note" && /\bdropped\b/.test(i.text)));
  return by === undefined ? undefined : ["The receiving side dropped it.", by];
}

function beyond(dev: string): string {
  return `What happens to it behind ${dev} lies outside this machine.`;
}

function notSent(facts: Facts, ret: number, situation: Situation): VerdictEvent {
  if (facts.moved("Ip.OutDiscards") > 0 || facts.calls.some((c) => c.fn === "dev_queue_xmit")) {
    const by = facts.mover.get("Ip.OutDiscards") ?? facts.call("dev_queue_xmit");
    return event(`The call returns ${ret}, but no frame left this machine.`, decidedBy(by), []);
  }
  const waiting = facts.calls.find((c) => c.fn === "__neigh_event_send" && c.ret === 1);
  if (waiting !== undefined) {
    const what = "The datagram waits for its neighbour's hardware address.";
    return event(what, decidedBy(waiting), ["--wait 10 (time to ask for it, and for an answer)"]);
  }
  const held = facts.call("ip_append_data") ?? facts.call("ip_append_page");
  if (held !== undefined && facts.call("udp_push_pending_frames") === undefined) {
    const what = `${ret} ${plural(ret, "byte")} held back on the socket (corked): no datagram was sent yet.`;
    return event(what, decidedBy(facts.call("udp_sendmsg") ?? facts.call("udp_sendpage")), [
      "no MSG_MORE and no --cork (sent at once)",
      ...(situation.count < 2 ? ["-n 2 (more bytes join the same datagram)"] : []),
    ]);
  }
  return event(`The call returns ${ret} and sent nothing.`, decidedBy(facts.call("udp_sendmsg")), []);
}
