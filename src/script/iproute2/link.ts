// SPDX-License-Identifier: GPL-2.0-only
/** `ip link add|set|del`, `ip tuntap add`. */
import type { Config, LinkAdd, LinkSet } from "../../kernels/config.ts";
import type { Reader } from "../reader.ts";
import { standIn } from "./stand-ins.ts";
import { takeVerb } from "./verb.ts";

export function parseLink(r: Reader): Config | Config[] {
  switch (takeVerb(r, ["add", "set", "del"])) {
    case "add":
      return linkAdd(r);
    case "set":
      return linkSet(r);
    case "del":
      r.take("dev");
      r.take("name");
      return deletion(r);
  }
}

function deletion(r: Reader): Config {
  const dev = r.device();
  if (r.take("type")) r.next("a type");
  return { kind: "link-del", dev };
}

type Draft = { -readonly [K in keyof LinkAdd]?: LinkAdd[K] };
const ADD_WORDS = ["address", "mtu", "txqueuelen", "type", "peer", "link", "id", "name", "dev"] as const;

function linkAdd(r: Reader): Config | Config[] {
  const made: Draft = { kind: "link-add" };
  let up = false;
  while (!r.done) {
    if (r.take("up")) up = true;
    else if (r.take("type")) {
      const type = r.next("a type: dummy, e1000, veth, ifb, vlan, tun or tap");
      const others = standIn(r, type, made.name);
      if (others !== undefined) return [{ ...draft(r, made, "dummy") }, ...others(name(made, type), up)];
      made.type = type;
    } else addWord(r, made);
  }
  const add = draft(r, made, made.type);
  return up ? [add, { kind: "link-set", dev: add.name, up }] : add;
}

/** The kernel numbers those that have no name. */
function name(made: Draft, type: string): string {
  return made.name ?? `${type}%d`;
}

function draft(r: Reader, made: Draft, type: string | undefined): LinkAdd {
  if (type === undefined) throw r.missing("type dummy, e1000, veth, ifb, vlan, tun or tap");
  return { ...made, kind: "link-add", name: name(made, type), type };
}

function addWord(r: Reader, made: Draft): void {
  if (r.take("name", "dev")) made.name = r.device();
  else if (r.take("address", "addr")) made.address = r.mac();
  else if (r.take("mtu")) made.mtu = r.number("an MTU");
  else if (r.take("txqueuelen", "txqlen", "qlen")) made.txqueuelen = r.number("a queue length");
  else if (r.take("peer")) made.peer = peer(r);
  else if (r.take("link")) made.link = r.device();
  else if (r.take("id")) made.id = r.number("a VLAN id", 4095);
  else if (r.take("broadcast", "brd")) r.mac();
  else if (r.take("index", "group", "numtxqueues", "numrxqueues", "alias")) {
    r.next(`a value for ${r.last}`);
  } else if (made.type === "vlan" && vlanWord(r)) return;
  else if ((made.type === "tun" || made.type === "tap") && tunWord(r, made)) return;
  else if (made.name === undefined) made.name = r.device();
  else {
    r.next("an ip link add keyword");
    throw r.unknown("an ip link add keyword", ADD_WORDS);
  }
}

/** What `type tun` is told: `ip -d link` prints these words. */
function tunWord(r: Reader, made: Draft): boolean {
  if (r.take("mode")) made.type = tunMode(r);
  else if (r.take("user")) r.next("a name or a number");
  else if (r.take("pi", "vnet_hdr", "persist")) r.onOff();
  else return r.take("one_queue", "multi_queue");
  return true;
}

function tunMode(r: Reader): string {
  const mode = r.next("tun or tap");
  if (mode !== "tun" && mode !== "tap") throw r.unknown("a mode", ["tun", "tap"]);
  return mode;
}

/** What `type vlan` is told beside its number. */
function vlanWord(r: Reader): boolean {
  if (r.take("protocol", "proto")) {
    if (r.next("802.1Q").toLowerCase() !== "802.1q")
      throw r.unknown("802.1Q, the only VLAN protocol of el6", ["802.1Q"]);
  } else if (r.take("reorder_hdr", "gvrp", "mvrp", "loose_binding", "bridge_binding")) r.onOff();
  else return false;
  return true;
}

function peer(r: Reader): { name: string; address?: Uint8Array } {
  r.take("name");
  const end: { name: string; address?: Uint8Array } = { name: r.device() };
  for (;;) {
    if (r.take("address", "addr")) end.address = r.mac();
    else if (r.take("mtu", "txqueuelen", "txqlen", "qlen")) r.number(`a value for ${r.last}`);
    else return end;
  }
}

type Change = { -readonly [K in keyof LinkSet]: LinkSet[K] };
const SET_WORDS = [
  ..."up down mtu address arp multicast allmulticast promisc txqueuelen name alias broadcast".split(" "),
];

/** All words are one request. */
function linkSet(r: Reader): Config | Config[] {
  const change: Change = { kind: "link-set", dev: "" };
  let words = 0;
  while (!r.done) {
    words++;
    if (r.take("dev")) change.dev = r.device();
    else if (!setWord(r, change) && !withoutEffect(r)) {
      if (change.dev !== "") {
        r.next("a change");
        throw r.unknown("a change", SET_WORDS);
      }
      change.dev = r.device();
    }
  }
  if (change.dev === "") throw r.missing("a device");
  if (words < 2) throw r.missing("a change, such as up or mtu 1500");
  return Object.keys(change).length > 2 ? change : [];
}

function setWord(r: Reader, change: Change): boolean {
  if (r.take("up", "down")) change.up = r.last === "up";
  else if (r.take("mtu")) change.mtu = r.number("an MTU");
  else if (r.take("address", "addr")) change.address = r.mac();
  else if (r.take("arp")) change.arp = r.onOff();
  else if (r.take("multicast")) change.multicast = r.onOff();
  else if (r.take("allmulticast")) change.allmulti = r.onOff();
  else if (r.take("promisc")) change.promisc = r.onOff();
  else if (r.take("txqueuelen", "txqlen", "qlen")) change.txqueuelen = r.number("a queue length");
  else if (r.take("name")) change.name = r.device();
  else return false;
  return true;
}

/** What no datagram meets, and what there is only one of here. */
function withoutEffect(r: Reader): boolean {
  if (r.take("alias", "group", "addrgenmode", "mode", "state", "index", "protodown", "carrier")) {
    r.next(`a value for ${r.last}`);
  } else if (r.take("dynamic", "trailers")) r.onOff();
  else if (r.take("broadcast", "brd")) r.mac();
  else if (r.take("master")) {
    r.device();
    r.note("master devices are not modelled: ignored");
  } else if (r.take("netns")) {
    r.next("a network namespace");
    r.note("network namespaces are not modelled: the device stays where it is");
  } else if (r.take("vf", "xdp", "xdpgeneric", "xdpdrv", "xdpoffload", "type")) {
    r.note(`${r.last} is not modelled: left out`);
    r.rest();
  } else return r.take("nomaster");
  return true;
}

/** `ip tuntap add [dev] NAME mode tun|tap …`: the device stays, and no program has it open. */
export function parseTuntap(r: Reader): Config | Config[] {
  const verb = takeVerb(r, ["add", "del"]);
  let dev: string | undefined;
  let mode = "tun";
  while (!r.done) {
    if (r.take("mode")) mode = tunMode(r);
    else if (r.take("user", "group")) r.next("a name or a number");
    else if (!r.take("one_queue", "pi", "vnet_hdr", "multi_queue")) {
      r.take("dev", "name");
      dev = r.device();
    }
  }
  if (dev === undefined) throw r.missing("a device");
  if (verb === "del") return { kind: "link-del", dev };
  return { kind: "link-add", name: dev, type: mode, unattended: true };
}
