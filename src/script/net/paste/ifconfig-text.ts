// SPDX-License-Identifier: GPL-2.0-only
/** `ifconfig`, of net-tools old and new, of busybox and of the BSDs. */
import { parseMac } from "../../../wire/ethernet.ts";
import { parseLength } from "../../reader.ts";
import { type Entry, type Line, takeValue, wordsOf } from "./entry.ts";
import type { Found, Section } from "./section.ts";

/** `eth0:1    Link encap:Ethernet  HWaddr …`. */
const OLD = /^(\S+?)\s+Link encap:(.*)$/;
/** `eth0: flags=4163<UP,BROADCAST>  mtu 1500`. */
const NEW = /^([^\s:]+(?::[^\s:]+)?):? flags=[0-9a-f]+<([^>]*)>(.*)$/;

export class IfconfigText implements Section {
  readonly what = "output of ifconfig";
  private byName = new Map<string, Entry>();
  private current: Entry | undefined;
  /** An alias: the label of the addresses that follow. */
  private label: string | undefined;

  begins({ text }: Line): boolean {
    return OLD.test(text) || NEW.test(text);
  }

  reset(): void {
    this.byName = new Map();
    this.current = undefined;
  }

  take(line: Line, found: Found): boolean {
    const { text } = line;
    const old = OLD.exec(text);
    const head = old === null ? NEW.exec(text) : null;
    if (old !== null) {
      const mac = /HWaddr (\S+)/.exec(old[2] ?? "")?.[1];
      this.open(old[1] ?? "", line, found);
      if (mac !== undefined) ether(this.current as Entry, mac);
      if (/^UNSPEC\b/.test(old[2] ?? "")) (this.current as Entry)["link_type"] = "none";
    } else if (head !== null) {
      this.open(head[1] ?? "", line, found);
      this.flags((head[2] ?? "").split(","));
      const mtu = /\bmtu (\d+)/.exec(head[3] ?? "")?.[1];
      if (mtu !== undefined && this.current !== undefined) this.current["mtu"] ??= mtu;
    } else return this.detail(text);
    return true;
  }

  private open(label: string, line: Line, found: Found): void {
    const name = label.split(":")[0] as string;
    this.label = name === label ? undefined : label;
    const known = this.byName.get(name);
    if (known !== undefined) {
      this.current = known;
      return;
    }
    this.current = { ifname: name, flags: [], addr_info: [] };
    this.byName.set(name, this.current);
    found.link(this.current, line, this.byName);
  }

  private flags(words: readonly string[]): void {
    const flags = words.filter((word) => /^[A-Z]/.test(word));
    if (flags.includes("RUNNING")) flags.push("LOWER_UP");
    else if (flags.includes("UP") && !flags.includes("LOOPBACK")) flags.push("NO-CARRIER");
    if (this.label === undefined) (this.current as Entry)["flags"] = flags;
  }

  private detail(text: string): boolean {
    const entry = this.current;
    if (entry === undefined || !/^\s/.test(text)) return false;
    const words = wordsOf(text);
    if (/^inet6\b/.test(words[0] ?? "")) return true;
    if (words[0] === "inet") this.address(entry, text, words);
    else if (words[0] === "ether") ether(entry, words[1] ?? "");
    const mtu = /\bMTU:(\d+)/.exec(text)?.[1];
    if (mtu !== undefined) {
      entry["mtu"] ??= mtu;
      this.flags(words);
    }
    const queue = /\btxqueuelen[: ](\d+)/.exec(text)?.[1];
    if (queue !== undefined) entry["txqlen"] = queue;
    return true;
  }

  /** `inet addr:A Bcast:B Mask:M`, `inet A netmask M broadcast B`. */
  private address(entry: Entry, text: string, words: string[]): void {
    const old = (name: string): string | undefined => new RegExp(`\\b${name}:\\s*(\\S+)`).exec(text)?.[1];
    const local = old("addr") ?? words[1] ?? "";
    const peer = old("P-t-P") ?? takeValue(words, "destination") ?? takeValue(words, "-->");
    const broadcast = old("Bcast") ?? takeValue(words, "broadcast");
    const made: Entry = {
      family: "inet",
      local,
      prefixlen: `${lengthOf(old("Mask") ?? takeValue(words, "netmask"))}`,
    };
    if (peer !== undefined && peer !== local) made["address"] = peer;
    if (broadcast !== undefined && broadcast !== "0.0.0.0") made["broadcast"] = broadcast;
    if (/^127\./.test(local)) made["scope"] = "host";
    if (this.label !== undefined) made["label"] = this.label;
    (entry["addr_info"] as Entry[]).push(made);
  }
}

function ether(entry: Entry, mac: string): void {
  if (parseMac(mac) !== undefined) Object.assign(entry, { link_type: "ether", address: mac });
}

/** 255.255.255.0, 0xffffff00; a text that is no length is said to be so by who reads it. */
function lengthOf(mask: string | undefined): string | number {
  if (mask === undefined) return 32;
  const hex = /^0x([0-9a-f]{8})$/i.exec(mask)?.[1];
  const dotted =
    hex === undefined ? mask : (hex.match(/../g) as string[]).map((h) => Number.parseInt(h, 16)).join(".");
  return parseLength(dotted) ?? mask;
}
