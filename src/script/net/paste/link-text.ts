// SPDX-License-Identifier: GPL-2.0-only
/** `ip [-d] [-o] [-s] addr` and `ip link`, and `ip -br` of both, in text. */
import { parseMac } from "../../../wire/ethernet.ts";
import { type Entry, type Line, QUAD, splitPrefix, takeValue, takeWord, wordsOf } from "./entry.ts";
import type { Found, Section } from "./section.ts";

/** `2: eth0@if3: <BROADCAST,UP> mtu 1500 …`. */
const HEAD = /^\s{0,3}(\d+):\s+(\S+?)(?:@([^\s:@]+))?:\s+<([^>]*)>\s*(.*)$/;
/** `ip -o addr`: `2: eth0    inet 192.0.2.10/24 …`. */
const ONE = /^(\d+):\s+(\S+)\s+(inet6?\s.*)$/;
/** `ip -br`: `eth0@if3  UP  192.0.2.10/24 …`, `eth0  UP  02:00:… <BROADCAST,UP>`. */
const BRIEF =
  /^([^\s@]{1,15})(?:@(\S+))?\s+(UP|DOWN|UNKNOWN|LOWERLAYERDOWN|DORMANT|NOTPRESENT|TESTING)\s*(.*)$/;
const KINDS = [
  ..."bridge bond dummy ifb veth vlan vxlan vrf tun macvlan macvtap ipvlan gre gretap ipip sit ip6tnl ip6gre".split(
    " ",
  ),
  ..."wireguard geneve team macsec vti vti6 erspan nlmon xfrm netdevsim vcan can".split(" "),
];

/** An address without the device that has it. */
const INET = /^\s*(inet6?) \S+(?:\/\d+)? (?:.* )?scope \w+/;

/** The device of an address, as its label has it. */
function labelOf(text: string): string {
  const last = wordsOf(text).at(-1) ?? "";
  return last.split(":")[0] as string;
}

export class LinkText implements Section {
  readonly what = "output of ip addr";
  /** The device whose lines these are. */
  private current: Entry | undefined;
  private byName = new Map<string, Entry>();

  begins({ text }: Line): boolean {
    return HEAD.test(text) || ONE.test(text) || BRIEF.test(text) || INET.test(text);
  }

  reset(): void {
    this.current = undefined;
    this.byName = new Map();
  }

  take(line: Line, found: Found): boolean {
    const [first = "", ...more] = line.text.split(/\\(?=\s)/);
    const head = HEAD.exec(first);
    const one = head === null ? ONE.exec(first) : null;
    const brief = head === null && one === null ? BRIEF.exec(first) : null;
    if (head !== null) this.head(head, line, found);
    else if (one !== null) this.one(one, line, found);
    else if (brief !== null) this.brief(brief, line, found);
    else if (this.current === undefined) return this.grepped(first, line, found);
    else if (!detail(this.current, first)) return false;
    for (const part of more) if (this.current !== undefined) detail(this.current, part);
    return true;
  }

  private head(m: RegExpExecArray, line: Line, found: Found): void {
    const [, index, name = "", below, flags = "", rest = ""] = m;
    const entry: Entry = { ifindex: Number(index), ifname: name, flags: flags.split(",").filter(Boolean) };
    if (below !== undefined && !/^(?:NONE|if\d+)$/.test(below)) entry["link"] = below;
    const words = wordsOf(rest);
    for (const key of ["mtu", "qdisc", "qlen", "state"]) {
      const value = takeValue(words, key);
      if (value !== undefined) entry[key === "qlen" ? "txqlen" : key === "state" ? "operstate" : key] = value;
    }
    this.add(entry, line, found);
  }

  /** One line an address: the device is described elsewhere, or not at all. */
  private one([, index, name = "", rest = ""]: RegExpExecArray, line: Line, found: Found): void {
    const known = this.byName.get(name);
    if (known === undefined) {
      this.add(
        { ifindex: Number(index), ifname: name, flags: ["UP", "MULTICAST"], addr_info: [] },
        line,
        found,
      );
      if (name !== "lo") found.note(line, `only the addresses of ${name} are given: assumed to be up`);
    } else this.current = known;
    detail(this.current as Entry, rest);
  }

  /** `ip addr | grep inet`: the label at the end says whose address it is. */
  private grepped(text: string, line: Line, found: Found): boolean {
    const m = INET.exec(text);
    if (m === null) return false;
    if (m[1] === "inet6") found.ipv6(line);
    else this.one([text, "0", labelOf(text), text] as unknown as RegExpExecArray, line, found);
    this.current = undefined;
    return true;
  }

  private brief(
    [, name = "", below, state = "", rest = ""]: RegExpExecArray,
    line: Line,
    found: Found,
  ): void {
    const entry: Entry = { ifname: name, operstate: state };
    if (below !== undefined && !/^(?:NONE|if\d+)$/.test(below)) entry["link"] = below;
    const words = rest === "" ? [] : wordsOf(rest);
    const flags = words.find((word) => /^<.*>$/.test(word));
    if (flags !== undefined) {
      entry["flags"] = flags.slice(1, -1).split(",");
      const mac = words.find((word) => parseMac(word) !== undefined);
      if (mac !== undefined) Object.assign(entry, { link_type: "ether", address: mac });
    } else {
      entry["addr_info"] = briefAddresses(words);
    }
    this.add(entry, line, found);
  }

  private add(entry: Entry, line: Line, found: Found): void {
    this.current = entry;
    this.byName.set(entry["ifname"] as string, entry);
    found.link(entry, line, this.byName);
  }
}

/** `A/L`, `A peer P/L`, with `metric N` between. */
function briefAddresses(words: readonly string[]): Entry[] {
  const made: Entry[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string;
    if (word === "metric") i++;
    else if (QUAD.test(word)) {
      const [local, own = "32"] = splitPrefix(word);
      const peer = words[i + 1] === "peer" ? splitPrefix(words[i + 2] ?? "") : undefined;
      if (peer !== undefined) i += 2;
      made.push({
        family: "inet",
        local,
        prefixlen: peer?.[1] ?? own,
        ...(peer === undefined ? {} : { address: peer[0] }),
      });
    }
  }
  return made;
}

/** A line below a device's first. False where it is none. */
function detail(entry: Entry, text: string): boolean {
  const words = wordsOf(text);
  const [first = ""] = words;
  if (first.startsWith("link/")) {
    entry["link_type"] = first.slice("link/".length);
    if (words[1] !== undefined && (parseMac(words[1]) !== undefined || first === "link/ether"))
      entry["address"] = words[1];
  } else if (first === "inet") address(entry, words.slice(1));
  else if (first === "inet6") addresses(entry).push({ family: "inet6", local: words[1] ?? "::" });
  else if (KINDS.includes(first)) kind(entry, first, words);
  else return isAside(text, first);
  return true;
}

function addresses(entry: Entry): Entry[] {
  entry["addr_info"] ??= [];
  return entry["addr_info"] as Entry[];
}

/** `192.0.2.10/24 [metric M] [brd B] scope S [secondary …] LABEL`, `L peer P/N …`. */
function address(entry: Entry, all: string[]): void {
  const words = [...all];
  const made: Entry = { family: "inet" };
  const [local, len] = splitPrefix(words.shift() ?? "");
  const peer = takeValue(words, "peer");
  const [remote, remoteLen] = splitPrefix(peer ?? "");
  made["local"] = local;
  made["prefixlen"] = (peer === undefined ? len : remoteLen) ?? "32";
  if (peer !== undefined) made["address"] = remote;
  for (const [key, name] of [
    ["brd", "broadcast"],
    ["scope", "scope"],
    ["metric", "metric"],
    ["any", "anycast"],
  ] as const) {
    const value = takeValue(words, key);
    if (value !== undefined) made[name] = value;
  }
  for (const flag of ["secondary", "noprefixroute"]) if (takeWord(words, flag)) made[flag] = true;
  const label = words.filter((word) => !ADDRESS_FLAGS.has(word)).at(-1);
  if (label !== undefined && /^[^\s/]{1,15}$/.test(label)) made["label"] = label;
  addresses(entry).push(made);
}

const ADDRESS_FLAGS: ReadonlySet<string> = new Set(
  "dynamic noprefixroute deprecated tentative dadfailed temporary permanent nodad optimistic mngtmpaddr home autojoin".split(
    " ",
  ),
);

/** `vlan protocol 802.1Q id 5 <REORDER_HDR>`; old: `vlan id 5`. */
function kind(entry: Entry, name: string, words: string[]): void {
  const id = name === "vlan" ? takeValue(words, "id") : undefined;
  entry["linkinfo"] = { info_kind: name, ...(id === undefined ? {} : { info_data: { id } }) };
}

/** Lines that say nothing to us: lifetimes, counters, other names. */
function isAside(text: string, first: string): boolean {
  if (
    /^(?:valid_lft|altname|prog\/|link-netns|permaddr|Message truncated|--$|alias|promiscuity|RX:|TX:|RX|TX|vf|qdisc|openvswitch|bridge_slave|bond_slave)/.test(
      first,
    )
  )
    return true;
  return /^\s+/.test(text) && (/^[\d\s.KMGT]+$/.test(text) || /^\s{4,}[a-z_]+ /.test(text));
}
