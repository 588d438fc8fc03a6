// SPDX-License-Identifier: GPL-2.0-only
/** Kinds of devices that are not modelled: a dummy with the same name stands for each, and that is said. */
import type { LinkSet } from "../../kernels/config.ts";
import type { Reader } from "../reader.ts";

interface StandIn {
  /** What the dummy does not do. */
  readonly lacks: string;
  /** On its link are neighbours that are asked for their addresses. */
  readonly ether: boolean;
}

const TUNNEL: StandIn = { lacks: "packets are not encapsulated", ether: false };
const ETHER_TUNNEL: StandIn = { ...TUNNEL, ether: true };
const ABOVE: StandIn = { lacks: "packets do not reach the underlying device", ether: true };
const PORTS: StandIn = { lacks: "it has no ports, and packets go no further", ether: true };

const KINDS: Readonly<Record<string, StandIn>> = {
  bridge: PORTS,
  bond: PORTS,
  team: PORTS,
  macvlan: ABOVE,
  macvtap: ABOVE,
  ipvlan: ABOVE,
  ipvtap: ABOVE,
  macsec: ABOVE,
  vrf: { lacks: "it has no routing table, and no routes or rules refer to it", ether: false },
  wireguard: TUNNEL,
  gre: TUNNEL,
  ipip: TUNNEL,
  sit: TUNNEL,
  vti: TUNNEL,
  xfrm: TUNNEL,
  ip6tnl: TUNNEL,
  ip6gre: TUNNEL,
  gretap: ETHER_TUNNEL,
  erspan: ETHER_TUNNEL,
  vxlan: ETHER_TUNNEL,
  geneve: ETHER_TUNNEL,
  netdevsim: PORTS,
  vcan: TUNNEL,
  can: TUNNEL,
  nlmon: TUNNEL,
};

/** What a stand-in for this kind lacks; undefined of a kind that is none of them. */
export function lackOf(kind: string): string | undefined {
  return Object.hasOwn(KINDS, kind) ? KINDS[kind]?.lacks : undefined;
}

/** Does `type KIND …` ask for such a device? What comes after the dummy that is made; the words that are left are taken. */
export function standIn(
  r: Reader,
  kind: string,
  name: string | undefined,
): ((dev: string, up: boolean) => LinkSet[]) | undefined {
  const found = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
  if (found === undefined) return undefined;
  r.note(`${name ?? "this"} is of type ${kind}: replaced by a dummy device of the same name; ${found.lacks}`);
  r.rest();
  const { ether } = found;
  return (dev, up) => {
    const set: LinkSet = {
      kind: "link-set",
      dev,
      ...(ether ? { arp: true, multicast: true } : {}),
      ...(up ? { up } : {}),
    };
    return Object.keys(set).length > 2 ? [set] : [];
  };
}
