// SPDX-License-Identifier: GPL-2.0-only
/** The way of a datagram: the functions that handed it on, from the system call to where its story ends. */
import { isReason } from "../trace/event.ts";
import type { Step } from "../trace/step.ts";
import type { Call, Item } from "../trace/tree.ts";
import { errnoName } from "../uapi/errno.ts";
import { type End, find, received, type Station } from "./outcome.ts";
import { failedPath } from "./verdict.ts";

/** The sending half, and what it led to: the answer, and whether somebody was told. */
export interface Way {
  readonly sent: readonly Station[];
  readonly ends: readonly End[];
  readonly failed: boolean;
}

/** The way of the datagram of one step. */
export function wayOf(step: Step): Way {
  const ret = step.tree.ret?.ret ?? 0;
  if (ret < 0) return failure(step, -ret);
  const sent = toDevice(step.tree.body);
  if (sent !== null) return { sent, ends: onwards(sent, received(step.tree.body, sent)), failed: false };
  return stayed(step);
}

/** Each end without the functions that were named before. */
function onwards(sent: readonly Station[], ends: readonly End[]): End[] {
  const named = new Set(sent.map(({ call }) => call));
  return ends.map(({ stations, text }) => {
    const last = stations.length - 1;
    const rest = stations.filter(({ call }, i) => i === last || !named.has(call));
    for (const { call } of rest) named.add(call);
    return { stations: rest, text };
  });
}

function failure(step: Step, errno: number): Way {
  const calls = failedPath(step.tree);
  const why = reason(calls.at(-1));
  const name = errnoName(errno) ?? String(errno);
  const sent = calls.map((call) => ({ call, context: null }));
  return { sent, ends: [{ stations: [], text: why === "" ? name : `${name}: ${why}` }], failed: true };
}

/** The last reason that a call gives, without its facts. */
function reason(call: Call | undefined): string {
  return call?.body.filter(isReason).at(-1)?.text ?? "";
}

/** To the call that gives the datagram to the device, and to where the driver puts it. */
export function toDevice(body: readonly Item[]): Station[] | null {
  const stations = find(body, (item) => item.ev === "packet" && item.type === OUTGOING);
  const giver = stations?.at(-1)?.call;
  if (stations === null || giver === undefined) return stations;
  const driver = giver.body.find((item): item is Call => item.ev === "call" && item.layer === "driver");
  const handed = driver?.body.find((item): item is Call => item.ev === "call" && HANDS_ON.has(item.fn));
  for (const call of [driver, handed]) if (call !== undefined) stations.push({ call, context: null });
  return stations;
}

const OUTGOING = 4;
/** What drivers call to have a frame received on this machine. */
const HANDS_ON: ReadonlySet<string> = new Set(["netif_rx", "dev_forward_skb"]);

/** No frame left: the way ends where that was decided. */
function stayed({ tree, verdict }: Step): Way {
  const to = (fn: string): Station[] | null => find(tree.body, (i) => i.ev === "call" && i.fn === fn);
  for (const [fn, text] of STAYS) {
    const stations = to(fn);
    if (stations !== null) return { sent: stations, ends: [{ stations: [], text }], failed: false };
  }
  const decided = verdict?.decided === undefined ? null : to(verdict.decided.fn);
  const text = tree.ret === null ? "never returned" : `returned ${tree.ret.ret}`;
  return { sent: decided ?? firstCall(tree.body), ends: [{ stations: [], text }], failed: false };
}

/** Functions whose call, when no frame left, means that the datagram waits or is gone. */
const STAYS: readonly (readonly [string, string])[] = [
  ["__neigh_event_send", "waits for the neighbour's hardware address"],
  ["noop_enqueue", "thrown away: the device is not ready"],
  ["__dev_xmit_skb", "in the device's queue, or dropped there"],
  ["ip_append_data", "held back: corked"],
];

function firstCall(body: readonly Item[]): Station[] {
  const call = body.find((item): item is Call => item.ev === "call");
  return call === undefined ? [] : [{ call, context: null }];
}
