// SPDX-License-Identifier: GPL-2.0-only
/** What the calls and reasons tell of sockets, packets, routes and neighbours: one table, read at three moments. */
import type { Reason, Value } from "../../trace/event.ts";
import { isErrno } from "../../trace/quiet.ts";
import { show } from "../../trace/show.ts";
import type { Call } from "../../trace/tree.ts";
import type { Fact } from "./model.ts";

/** Label and value that end a card. */
export const GONE = ["is", "freed"] as const;

type Teller = (call: Call) => Fact[];
type NoteTeller = (call: Call, note: Reason) => Fact[];

/** The card of the first object of a kind among a call's arguments and its result. */
function card(call: Call, title: string, prefix: RegExp): string | null {
  const id = [...Object.values(call.args), call.ret].find((v) => typeof v === "string" && prefix.test(v));
  return id === undefined ? null : `${title} ${show("", id as Value)}`;
}
const socket = (call: Call): string | null => card(call, "Socket", /^(?:sk#|icmp_sk$)/);
const packet = (call: Call): string | null => card(call, "Packet", /^skb#/);
const neighbour = (call: Call): string | null => card(call, "Neighbour", /^neigh#/);
const route = (): string => "Route lookup";

type Card = (call: Call) => string | null;

/** One fact for the card, if there is such a card. */
function tell(on: Card, label: string, value: (call: Call) => string | null): Teller {
  return (call) => {
    const [title, text] = [on(call), value(call)];
    return title === null || text === null ? [] : [[title, label, text]];
  };
}
const says =
  (text: string): (() => string) =>
  () =>
    text;
const argument =
  (name: string) =>
  (call: Call): string | null =>
    call.args[name] === undefined || call.args[name] === null || call.args[name] === "…"
      ? null
      : show(name, call.args[name], call.fn);
const result = (call: Call): string | null => (typeof call.ret === "string" ? show("", call.ret) : null);
const well =
  (value: (call: Call) => string | null) =>
  (call: Call): string | null =>
    call.returned && call.ret !== null && !isErrno(call.ret) ? value(call) : null;

/** The note's text, for the card. */
function text(on: Card, label: string): NoteTeller {
  return (call, note) => tell(on, label, says(note.text))(call);
}
/** The note's facts of these names, each under its own. */
function facts(on: Card, ...names: readonly (readonly [fact: string, label: string])[]): NoteTeller {
  return (call, note) =>
    names.flatMap(([name, label]) => {
      const value = note.facts?.[name];
      return value === undefined ? [] : tell(on, label, says(show(name, value, note.fn)))(call);
    });
}

/** A destination, where the flow key has one. */
function asked(call: Call): string | null {
  const flow = call.args["flp"] ?? call.args["fl"];
  if (typeof flow !== "object" || flow === null || !("daddr" in flow)) return argument("daddr")(call);
  return show("daddr", flow["daddr"] as Value);
}

/** A call begins. */
const ENTER: ReadonlyMap<string, readonly Teller[]> = new Map([
  ["ip_route_output_flow", [tell(route, "asked for", asked)]],
  ["__ip_route_output_key", [tell(route, "asked for", asked)]],
  ["ip_route_input", [tell(route, "asked for", asked)]],
  ["skb_set_owner_w", [tell(packet, "charged to", argument("sk"))]],
  ["skb_set_owner_r", [tell(packet, "charged to", argument("sk"))]],
  ["sock_wfree", [tell(packet, "charged to", says("nobody any more"))]],
  ["sock_rfree", [tell(packet, "charged to", says("nobody any more"))]],
  ["dev_queue_xmit", [tell(packet, "is", says("handed to the device"))]],
  [
    "dev_hard_start_xmit",
    [tell(packet, "is", says("with the driver")), tell(packet, "device", argument("dev"))],
  ],
  ["enqueue_to_backlog", [tell(packet, "is", says("in the backlog, to come up"))]],
  ["__netif_receive_skb", [tell(packet, "is", says("coming up the stack"))]],
  ["kfree_skbmem", [tell(packet, GONE[0], says(GONE[1]))]],
]);

/** A reason is given. */
const NOTE: ReadonlyMap<string, NoteTeller> = new Map([
  ["udp_lib_get_port", facts(socket, ["port", "local port"])],
  ["__ip_route_output_key", text(route, "cache")],
  ["ip_route_input", text(route, "cache")],
  ["fib4_rule_action", facts(route, ["table", "table"])],
  [
    "fib_semantic_match",
    facts(
      route,
      ["prefix", "matched"],
      ["type", "type"],
      ["scope", "scope"],
      ["dev", "device"],
      ["src", "source"],
    ),
  ],
  ["udp4_hwcsum", text(packet, "checksum")],
  ["udp4_csum_init", text(packet, "checksum")],
  ["neigh_event_send", facts(neighbour, ["nud_state", "state"])],
  ["neigh_hh_init", text(neighbour, "header cache")],
  ["udp_queue_rcv_skb", text(socket, "receives")],
  ["sock_alloc_send_pskb", text(socket, "send buffer")],
]);

/** A call came back. */
const EXIT: ReadonlyMap<string, readonly Teller[]> = new Map([
  [
    "udp_v4_get_port",
    [
      tell(
        socket,
        "local port",
        well((c) => (c.args["snum"] ? argument("snum")(c) : null)),
      ),
    ],
  ],
  ["ip4_datagram_connect", [tell(socket, "connected to", well(argument("uaddr")))]],
  ["__ip_route_output_key", [tell(route, "entry", result)]],
  ["ip_route_output_flow", [tell(route, "entry", result)]],
  [
    "neigh_create",
    [tell(neighbour, "address", argument("pkey")), tell(neighbour, "device", argument("dev"))],
  ],
  [
    "sock_queue_rcv_skb",
    [
      tell(
        socket,
        "receive queue",
        well((c) => `${argument("skb")(c)} came in`),
      ),
      tell(
        packet,
        "is",
        well((c) => `in the receive queue of ${argument("sk")(c)}`),
      ),
    ],
  ],
  [
    "__skb_recv_datagram",
    [tell(socket, "receive queue", (c) => (result(c) === null ? null : `${result(c)} taken out`))],
  ],
]);

/** What a beginning call tells. */
export function factsAtEnter(call: Call): Fact[] {
  return (ENTER.get(call.fn) ?? []).flatMap((teller) => teller(call));
}

/** What a reason in a call tells. */
export function factsOfNote(call: Call, note: Reason): Fact[] {
  return NOTE.get(note.fn)?.(call, note) ?? [];
}

/** What a call tells by coming back. */
export function factsAtExit(call: Call): Fact[] {
  return (EXIT.get(call.fn) ?? []).flatMap((teller) => teller(call));
}
