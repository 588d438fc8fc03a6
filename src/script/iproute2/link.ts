// SPDX-License-Identifier: GPL-2.0-only
/** `ip link add|set|del`. */
import type { LinkAdd, LinkDel, LinkSet } from "../../kernels/config.ts";
import type { Reader } from "../reader.ts";
import { takeVerb } from "./verb.ts";

export function parseLink(r: Reader): LinkAdd | LinkDel | LinkSet {
  switch (takeVerb(r, ["add", "set", "del"])) {
    case "add":
      return linkAdd(r);
    case "set":
      return linkSet(r);
    case "del":
      r.take("dev");
      return { kind: "link-del", dev: r.device() };
  }
}

const ADD_WORDS = ["address", "mtu", "txqueuelen", "type", "peer", "link", "id", "name", "dev"] as const;

function linkAdd(r: Reader): LinkAdd {
  const made: { -readonly [K in keyof LinkAdd]?: LinkAdd[K] } = { kind: "link-add" };
  while (!r.done) {
    if (r.take("name", "dev")) made.name = r.device();
    else if (r.take("type")) made.type = r.next("a type: dummy, e1000, veth or ifb");
    else if (r.take("address")) made.address = r.mac();
    else if (r.take("mtu")) made.mtu = r.number("an MTU");
    else if (r.take("txqueuelen", "qlen", "txqlen")) made.txqueuelen = r.number("a queue length");
    else if (r.take("peer")) made.peer = peer(r);
    else if (r.take("link")) made.link = r.device();
    else if (r.take("id")) made.id = r.number("a VLAN's number", 4095);
    else if (made.name === undefined) made.name = r.device();
    else {
      r.next("a word of ip link add");
      throw r.unknown("a word of ip link add", ADD_WORDS);
    }
  }
  const { name, type } = made;
  if (name === undefined) throw r.missing("a device name");
  if (type === undefined) throw r.missing("type dummy, e1000, veth or ifb");
  return { ...made, kind: "link-add", name, type };
}

function peer(r: Reader): { name: string; address?: Uint8Array } {
  r.take("name");
  const name = r.device();
  return r.take("address") ? { name, address: r.mac() } : { name };
}

const SET_WORDS = ["up", "down", "mtu", "address", "arp", "multicast", "txqueuelen", "name"] as const;

/** All words are one request. */
function linkSet(r: Reader): LinkSet {
  r.take("dev");
  const change: { -readonly [K in keyof LinkSet]: LinkSet[K] } = { kind: "link-set", dev: r.device() };
  do {
    const word = r.next("a change, like up or mtu 1500");
    if (word === "up" || word === "down") change.up = word === "up";
    else if (word === "mtu") change.mtu = r.number("an MTU");
    else if (word === "address") change.address = r.mac();
    else if (word === "arp") change.arp = r.onOff();
    else if (word === "multicast") change.multicast = r.onOff();
    else if (word === "txqueuelen" || word === "qlen") change.txqueuelen = r.number("a queue length");
    else if (word === "name") change.name = r.device();
    else throw r.unknown("a change", SET_WORDS);
  } while (!r.done);
  return change;
}
