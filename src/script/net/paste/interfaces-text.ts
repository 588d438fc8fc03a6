// SPDX-License-Identifier: GPL-2.0-only
/** `/etc/network/interfaces`, of ifupdown: the network as it is once everything that says `auto` is up. */
import { parseMac } from "../../../wire/ethernet.ts";
import { parseLength } from "../../reader.ts";
import { type Entry, type Line, splitPrefix, wordsOf } from "./entry.ts";
import type { Found, Section } from "./section.ts";

const HEADS =
  /^(?:auto|allow-[\w-]+|iface|mapping|source|source-directory|no-auto-down|no-scripts|rename|template)\s/;
const COMMANDS = ["up", "post-up", "pre-up"];

export class InterfacesText implements Section {
  readonly what = "/etc/network/interfaces";
  private byName = new Map<string, Entry>();
  private readonly automatic = new Set<string>();
  /** The device of the stanza, its label, and whether it is one of IPv4 with an address. */
  private device: Entry | undefined;
  private label = "";
  private isStatic = false;
  private began = false;
  private address: Entry | undefined;

  begins({ text }: Line): boolean {
    return (
      /^\s*(?:auto|allow-[\w-]+|source|source-directory)\s+\S+/.test(text) ||
      /^\s*iface\s+\S+\s+\S+\s+\S+/.test(text)
    );
  }

  reset(): void {
    this.byName = new Map();
    this.automatic.clear();
    this.device = undefined;
    this.began = false;
  }

  take(line: Line, found: Found): boolean {
    const words = wordsOf(line.text);
    const [word = "", ...rest] = words;
    this.began ||= word === "iface";
    if (HEADS.test(`${word} `)) this.head(word, rest, line, found);
    else if (!/^[a-z][\w-]*$/.test(word) || !this.began) return false;
    else if (this.device !== undefined) this.option(word, rest, line, found);
    return true;
  }

  private head(word: string, rest: readonly string[], line: Line, found: Found): void {
    if (word === "auto" || word.startsWith("allow-")) {
      for (const name of rest) {
        this.automatic.add(name);
        const known = this.byName.get(name);
        if (known !== undefined) known["flags"] = UP;
      }
    } else if (word.startsWith("source")) {
      found.note(line, `${rest.join(" ")} is another file: ignored`);
    } else if (word === "iface") this.stanza(rest, line, found);
    else this.device = undefined;
  }

  private stanza([label = "", family = "", method = ""]: readonly string[], line: Line, found: Found): void {
    const name = label.split(":")[0] as string;
    this.label = label;
    this.address = undefined;
    this.isStatic = family === "inet" && method === "static";
    this.device = this.byName.get(name);
    if (name === "lo") {
      // The kernel sees to it.
      this.device = undefined;
      this.isStatic = false;
      return;
    }
    if (this.device === undefined) {
      const up = this.automatic.has(label) || this.automatic.has(name);
      this.device = { ifname: name, flags: up ? UP : [], addr_info: [] };
      this.byName.set(name, this.device);
      if (!up) found.note(line, `no auto ${name}: the device is down`);
      if (family !== "inet6" || method !== "auto") found.link(this.device, line, this.byName);
    }
    if (family === "inet" && method === "dhcp") {
      found.note(
        line,
        `${name} gets its address by DHCP, which is not modelled: add a line such as ip addr add 192.0.2.10/24 dev ${name}`,
      );
    }
  }

  private option(word: string, [value = "", ...more]: readonly string[], line: Line, found: Found): void {
    const device = this.device as Entry;
    if (COMMANDS.includes(word)) found.command([value, ...more].join(" "), line);
    else if (word === "mtu") device["mtu"] = value;
    else if (word === "hwaddress") {
      const mac = [value, ...more].find((text) => parseMac(text) !== undefined);
      if (mac !== undefined) Object.assign(device, { link_type: "ether", address: mac });
    } else if (word === "vlan-raw-device" || word === "vlan_raw_device") vlan(device, value);
    else if (/^bridge[_-]ports$/.test(word)) device["linkinfo"] = { info_kind: "bridge" };
    else if (/^bond[_-](?:slaves|mode)$/.test(word)) device["linkinfo"] = { info_kind: "bond" };
    else if (this.isStatic) this.static(device, word, value, line, found);
  }

  private static(device: Entry, word: string, value: string, line: Line, found: Found): void {
    if (word === "address") this.addAddress(device, value);
    else if (word === "netmask" && this.address !== undefined)
      this.address["prefixlen"] = `${parseLength(value) ?? value}`;
    else if (word === "broadcast" && this.address !== undefined) {
      if (/^\d/.test(value)) this.address["broadcast"] = value;
    } else if (word === "pointopoint" && this.address !== undefined) this.address["address"] = value;
    else if (word === "scope" && this.address !== undefined) this.address["scope"] = value;
    else if (word === "gateway") {
      found.command(`ip route append default via ${value} dev ${device["ifname"]}`, line);
    }
  }

  private addAddress(device: Entry, value: string): void {
    const [local, len] = splitPrefix(value);
    const name = device["ifname"];
    this.address = {
      family: "inet",
      local,
      prefixlen: len === undefined ? classOf(local) : `${parseLength(len) ?? len}`,
    };
    if (this.label !== name) this.address["label"] = this.label;
    (device["addr_info"] as Entry[]).push(this.address);
  }
}

const UP: readonly string[] = ["BROADCAST", "MULTICAST", "UP", "LOWER_UP"];

/** The length of the address' class, where nobody says a netmask. */
function classOf(local: string): number {
  const first = Number.parseInt(local, 10);
  return first < 128 ? 8 : first < 192 ? 16 : 24;
}

/** `vlan5` or `eth0.5` on eth0. */
function vlan(device: Entry, below: string): void {
  const id = /(\d+)$/.exec(String(device["ifname"]))?.[1];
  device["link"] = below;
  if (id !== undefined) device["linkinfo"] = { info_kind: "vlan", info_data: { id } };
}
