// SPDX-License-Identifier: GPL-2.0-only
/** The commands that make a recorded machine's devices, bring them up and give them their addresses. */
import { parseMac } from "../../wire/ethernet.ts";
import type { Fields } from "./fields.ts";
import type { AddressRecord, LinkRecord } from "./links.ts";
import { scopeName } from "./links.ts";
import type { Writer } from "./writer.ts";

/** Devices first, all of them: a veth has a carrier when both its ends are up. */
export function linkCommands(links: readonly LinkRecord[], writer: Writer): void {
  const maker = new Maker(links, writer);
  for (const link of links) maker.make(link);
  for (const link of links) {
    const { entry, name, flags } = link;
    if (flags.has("UP")) writer.add(entry, ["ip", "link", "set", name, "up"]);
    else if (name === "lo") writer.add(entry, ["ip", "link", "set", name, "down"]);
    if (flags.has("NO-CARRIER") && tunMode(link) === undefined)
      writer.note(entry, `${name} has no carrier on that host: here it has one`);
  }
  for (const link of links) for (const address of link.addresses) addAddress(link.name, address, writer);
  for (const { entry, name, flags, addresses } of links) {
    const isBare = name === "lo" && flags.has("UP") && entry.has("addr_info") && !addresses.some(isLoopback);
    if (isBare) writer.add(entry, ["ip", "addr", "del", "127.0.0.1/8", "dev", name]);
  }
}

/** The one that the kernel itself gives to lo. */
function isLoopback({ local, prefixlen }: AddressRecord): boolean {
  return local === "127.0.0.1" && prefixlen === 8;
}

function addAddress(dev: string, a: AddressRecord, writer: Writer): void {
  if (dev === "lo" && isLoopback(a)) return;
  const words = ["ip", "addr", "add"];
  if (a.peer === undefined) words.push(`${a.local}/${a.prefixlen}`);
  else words.push(a.local, "peer", `${a.peer}/${a.prefixlen}`);
  if (a.broadcast !== undefined) words.push("brd", a.broadcast);
  if (a.scope !== 0) words.push("scope", scopeName(a.scope));
  // A label begins with the device's name, unless that has changed since.
  if (a.label !== undefined && a.label !== dev && a.label.startsWith(dev)) words.push("label", a.label);
  writer.add(a.entry, [...words, "dev", dev]);
}

class Maker {
  private readonly writer: Writer;
  private readonly all: ReadonlyMap<string, LinkRecord>;
  private readonly made = new Set<string>();

  constructor(links: readonly LinkRecord[], writer: Writer) {
    this.writer = writer;
    this.all = new Map(links.map((link) => [link.name, link]));
  }

  make(link: LinkRecord): void {
    const { name } = link;
    if (this.made.has(name)) return;
    this.made.add(name);
    if (name === "lo") this.set(link, this.read(link, mtu));
    else if (!this.vlan(link) && !this.pair(link) && !this.tun(link)) this.alone(link);
  }

  /** On top of another device, which must be there first. */
  private vlan(link: LinkRecord): boolean {
    const { entry, name } = link;
    const id =
      kindOf(link) === "vlan"
        ? this.writer.attempt(link.entry, `that ${name} is a VLAN is`, () => idOf(link))
        : undefined;
    const below = this.other(link);
    if (id === undefined || below === undefined) return false;
    this.make(below);
    this.writer.add(entry, [
      "ip",
      "link",
      "add",
      "link",
      below.name,
      "name",
      name,
      "type",
      "vlan",
      "id",
      `${id}`,
    ]);
    this.set(link, this.read(link, mtu));
    return true;
  }

  /** Both ends of a veth; the one that is named as the peer is made first. */
  private pair(peer: LinkRecord): boolean {
    const link = kindOf(peer) === "veth" ? this.other(peer) : undefined;
    if (link === undefined || this.made.has(link.name)) return false;
    this.made.add(link.name);
    const other = ["peer", "name", peer.name, ...hardware(peer)];
    this.writer.add(link.entry, [
      "ip",
      "link",
      "add",
      link.name,
      ...hardware(link),
      "type",
      "veth",
      ...other,
    ]);
    for (const end of [peer, link]) this.set(end, this.read(end, queue, mtu));
    return true;
  }

  /** A program's device: it has a carrier while the program has it open. */
  private tun(link: LinkRecord): boolean {
    const mode = tunMode(link);
    if (mode === undefined) return false;
    const { entry, name, flags } = link;
    if (flags.has("NO-CARRIER")) this.writer.add(entry, ["ip", "tuntap", "add", "dev", name, "mode", mode]);
    else this.writer.add(entry, ["ip", "link", "add", name, "type", mode]);
    const address = mode === "tap" ? hardware(link) : [];
    const arp = mode === "tun" && !flags.has("NOARP") ? ["arp", "on"] : [];
    const multicast = flags.has("MULTICAST") ? [] : ["multicast", "off"];
    this.set(link, [...address, ...this.read(link, mtu, queue), ...arp, ...multicast]);
    return true;
  }

  /** Everything else: the datagram that leaves by it sees no more of it than of a dummy. */
  private alone(link: LinkRecord): void {
    const { entry, name } = link;
    const kind = kindOf(link);
    const type = kind === "ifb" ? "ifb" : "dummy";
    const words = this.read(link, hardware, mtu, queue);
    if (isHidden(link))
      this.writer.note(entry, `cannot parse the hardware address of ${name}: it gets a generated one`);
    this.writer.add(entry, ["ip", "link", "add", name, ...words, "type", type]);
    if (kind !== type && kind !== "") {
      this.writer.note(entry, `${name} is of type ${kind}: replaced by a dummy device of the same name`);
    }
    this.set(link, behaviour(link));
  }

  /** Words of what the device has. */
  private read(link: LinkRecord, ...parts: readonly ((link: LinkRecord) => string[])[]): string[] {
    const { entry, name } = link;
    return parts.flatMap((part) => this.writer.attempt(entry, `of ${name}, this is`, () => part(link)) ?? []);
  }

  private set({ entry, name }: LinkRecord, words: readonly string[]): void {
    if (words.length > 0) this.writer.add(entry, ["ip", "link", "set", name, ...words]);
  }

  private other({ entry }: LinkRecord): LinkRecord | undefined {
    const below = this.writer.attempt(entry, "the device below is", () => entry.device("link"));
    return this.all.get(below ?? "");
  }
}

function kindOf({ entry }: LinkRecord): string {
  return entry.object("linkinfo")?.word("info_kind") ?? "";
}

/** Tun or tap. Without `-d` no kind is printed; a device that has no link-layer header, and groups, is a tun all the same. */
function tunMode(link: LinkRecord): "tun" | "tap" | undefined {
  const kind = kindOf(link);
  const { entry, flags } = link;
  const none = entry.word("link_type") === "none";
  if (kind === "") return none && flags.has("POINTOPOINT") && flags.has("MULTICAST") ? "tun" : undefined;
  if (kind !== "tun") return undefined;
  return none || flags.has("POINTOPOINT") ? "tun" : "tap";
}

/** A VLAN's number. */
function idOf({ entry }: LinkRecord): number | undefined {
  return entry.object("linkinfo")?.object("info_data")?.number("id", 4095);
}

function hardware({ entry }: LinkRecord): string[] {
  // `ip -br link` prints an address without its type.
  const ether = ["ether", "1", undefined].includes(entry.word("link_type"));
  const mac = ether && entry.has("address") ? macOf(entry) : undefined;
  return mac === undefined || !isUnicast(mac) ? [] : ["address", mac];
}

function macOf(entry: Fields): string | undefined {
  const text = entry.text("address") ?? "";
  return parseMac(text) === undefined ? undefined : text;
}

/** Somebody has crossed the address out. */
function isHidden({ entry }: LinkRecord): boolean {
  const ether = entry.word("link_type") === "ether";
  return ether && entry.has("address") && parseMac(entry.text("address") ?? "") === undefined;
}

/** No device takes another one, which somebody has made up. */
function isUnicast(mac: string): boolean {
  const bytes = parseMac(mac) ?? new Uint8Array(6);
  return ((bytes[0] ?? 1) & 1) === 0 && bytes.some((byte) => byte !== 0);
}

/** A device without a queue has a length all the same: its qdisc tells. */
function queue({ entry }: LinkRecord): string[] {
  const length = entry.word("qdisc") === "noqueue" ? 0 : entry.number("txqlen");
  return length === undefined ? [] : ["txqueuelen", `${length}`];
}

/** Devices have Ethernet's, unless they are told otherwise. */
const USUAL_MTU = 1500;

function mtu({ entry, name }: LinkRecord): string[] {
  const v = entry.number("mtu");
  return v === undefined || (v === USUAL_MTU && name !== "lo") ? [] : ["mtu", `${v}`];
}

/** A dummy asks no neighbours and takes no multicast: what it stands for may. */
function behaviour({ flags }: LinkRecord): string[] {
  const arp = flags.has("NOARP") || flags.has("POINTOPOINT") ? [] : ["arp", "on"];
  return flags.has("MULTICAST") ? [...arp, "multicast", "on"] : arp;
}
