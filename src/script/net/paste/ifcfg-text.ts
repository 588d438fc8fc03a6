// SPDX-License-Identifier: GPL-2.0-only
/** `/etc/sysconfig/network-scripts/ifcfg-*` and `route-*`, of RHEL's initscripts: the network once ONBOOT has its way. */
import { parseMac } from "../../../wire/ethernet.ts";
import { parseLength } from "../../reader.ts";
import { type Entry, type Line, splitPrefix } from "./entry.ts";
import type { Found, Section } from "./section.ts";

const KEY =
  /^\s*(?:export\s+)?((?:DEVICE|NAME|TYPE|BOOTPROTO|ONBOOT|IPADDR\d*|NETMASK\d*|PREFIX\d*|GATEWAY\d*|ADDRESS\d+|NETWORK|BROADCAST|HWADDR|MACADDR|MTU|UUID|DEFROUTE|NETWORKING\w*|HOSTNAME|VLAN\w*|PHYSDEV|MASTER|SLAVE|BRIDGE|BONDING_\w+|USERCTL|NM_CONTROLLED|IPV4\w*|SCOPE))\s*=\s*(.*)$/;
const ANY = /^\s*(?:export\s+)?([A-Z][A-Z0-9_]*)\s*=\s*(.*)$/;

export class IfcfgText implements Section {
  readonly what = "an ifcfg file";
  private readonly byName = new Map<string, Entry>();
  private keys = new Map<string, string>();
  private first: Line | undefined;

  begins({ text }: Line): boolean {
    return KEY.test(text);
  }

  reset(): void {
    this.keys = new Map();
    this.first = undefined;
  }

  take(line: Line, found: Found): boolean {
    const m = ANY.exec(line.text);
    if (m === null) return false;
    const [, key = "", value = ""] = m;
    if (this.keys.has(key)) this.end(found);
    this.first ??= line;
    this.keys.set(key, value.replace(/\s+#.*$/, "").replace(/^(["'])(.*)\1\s*$/, "$2"));
    return true;
  }

  end(found: Found): void {
    const { first } = this;
    if (first !== undefined) this.file(first, found);
    this.reset();
  }

  private file(line: Line, found: Found): void {
    const routes = [...this.keys.keys()].some((key) => /^ADDRESS\d+$/.test(key));
    if (routes) this.routes(line, found);
    const label = this.value("DEVICE") ?? (routes ? undefined : this.value("NAME"));
    if (label !== undefined) this.device(label, line, found);
    else if (this.value("GATEWAY") !== undefined) this.gateway("", line, found);
    else if (!routes && this.value("TYPE", "BOOTPROTO", "IPADDR") !== undefined)
      found.note(line, "no DEVICE= in this ifcfg file: left out");
  }

  private value(...names: readonly string[]): string | undefined {
    const found = names
      .map((name) => this.keys.get(name))
      .find((value) => value !== undefined && value !== "");
    return found;
  }

  private device(label: string, line: Line, found: Found): void {
    const name = label.split(":")[0] as string;
    if (name === "lo") return;
    const entry = this.byName.get(name) ?? this.created(name, line, found);
    if (this.value("BOOTPROTO")?.toLowerCase() === "dhcp") {
      found.note(
        line,
        `${name} gets its address by DHCP, which is not modelled: add a line such as ip addr add 192.0.2.10/24 dev ${name}`,
      );
    }
    for (const n of ["", ...Array.from({ length: 10 }, (_, i) => `${i}`)]) this.address(entry, n, label);
    if (this.value("GATEWAY", "GATEWAY0") !== undefined && !isNo(this.value("DEFROUTE")))
      this.gateway(name, line, found);
  }

  private created(name: string, line: Line, found: Found): Entry {
    const up = !isNo(this.value("ONBOOT"));
    if (!up) found.note(line, `ONBOOT=no: ${name} is down`);
    const entry: Entry = { ifname: name, flags: up ? UP : [], addr_info: [] };
    const mac = this.value("MACADDR", "HWADDR");
    if (mac !== undefined && parseMac(mac) !== undefined)
      Object.assign(entry, { link_type: "ether", address: mac });
    const mtu = this.value("MTU");
    if (mtu !== undefined) entry["mtu"] = mtu;
    const kind = this.value("TYPE")?.toLowerCase();
    const vlan = /^(.+)\.(\d+)$/.exec(name) ?? /^()vlan(\d+)$/.exec(name);
    const below = this.value("PHYSDEV") ?? vlan?.[1];
    if (vlan !== null && !isNo(this.value("VLAN") ?? (kind === "vlan" ? "yes" : "no")) && below) {
      Object.assign(entry, { link: below, linkinfo: { info_kind: "vlan", info_data: { id: vlan[2] } } });
    } else if (kind === "bridge" || kind === "bond") entry["linkinfo"] = { info_kind: kind };
    const port = this.value("MASTER", "BRIDGE");
    if (port !== undefined)
      found.note(line, `${name} is a port of ${port}, which is not modelled: it stays without a master`);
    this.byName.set(name, entry);
    found.link(entry, line, this.byName);
    return entry;
  }

  private address(entry: Entry, n: string, label: string): void {
    const value = this.value(`IPADDR${n}`);
    if (value === undefined) return;
    const [local, own] = splitPrefix(value);
    const length = own ?? this.value(`PREFIX${n}`, `NETMASK${n}`) ?? classOf(local);
    const broadcast = n === "" ? this.value("BROADCAST") : undefined;
    (entry["addr_info"] as Entry[]).push({
      family: "inet",
      local,
      prefixlen: `${parseLength(length) ?? length}`,
      ...(broadcast === undefined ? {} : { broadcast }),
      ...(label === entry["ifname"] ? {} : { label }),
    });
  }

  private gateway(name: string, line: Line, found: Found): void {
    const dev = name === "" ? (this.value("GATEWAYDEV") ?? "") : name;
    const way = `via ${this.value("GATEWAY", "GATEWAY0")}${dev === "" ? "" : ` dev ${dev}`}`;
    found.command(`ip route append default ${way}`, line);
  }

  /** `ADDRESS0=… NETMASK0=… GATEWAY0=…`. */
  private routes(line: Line, found: Found): void {
    for (let n = 0; this.value(`ADDRESS${n}`) !== undefined; n++) {
      const mask = this.value(`NETMASK${n}`) ?? "32";
      found.command(
        `ip route append ${this.value(`ADDRESS${n}`)}/${parseLength(mask) ?? mask} via ${this.value(`GATEWAY${n}`) ?? ""}`,
        line,
      );
    }
  }
}

const UP: readonly string[] = ["BROADCAST", "MULTICAST", "UP", "LOWER_UP"];

const isNo = (value: string | undefined): boolean => /^(?:no|n|false|f|0)$/i.test(value ?? "");

/** The length of the address' class, where nobody says a netmask. */
function classOf(local: string): string {
  const first = Number.parseInt(local, 10);
  return first < 128 ? "8" : first < 192 ? "16" : "24";
}
