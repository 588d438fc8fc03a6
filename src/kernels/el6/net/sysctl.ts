// SPDX-License-Identifier: GPL-2.0-only
/**
 * The settings under /proc/sys/net: net/core/sysctl_net_core.c, net/ipv4/{sysctl_net_ipv4,route,devinet,ip_fragment}.c
 * and net/core/neighbour.c say what there is; kernel/sysctl.c how a value is read. A comma may stand for a blank.
 */
import { refuse } from "../../../trace/traced.ts";
import { EACCES, EINVAL, ENOENT } from "../../../uapi/errno.ts";
import { once } from "../../../uapi/once.ts";
import type { Ipv4Devconf } from "../include/linux/netdevice.ts";
import type { NeighParms } from "../include/net/neighbour.ts";
import type { Kernel, Net } from "../kernel.ts";
import { neigh_sysctl } from "./core/neighbour.ts";
import { devinet_sysctl } from "./ipv4/devinet.ts";
import { rt_cache_flush, rt_cache_flush_batch, rt_secret_reschedule } from "./ipv4/route.ts";

/** What a clock of a file in /proc counts a second. */
const USER_HZ = 100;
const INT_MAX = 0x7fffffff;

/** One file: what it holds now, and what writing does (the machine's own units on both sides). */
interface Entry {
  readonly get: (k: Kernel) => readonly number[];
  readonly set: (k: Kernel, values: number[]) => number;
  readonly unit: Unit;
  readonly min?: number;
  readonly max?: number;
}

/** How a number in the file becomes one of the machine's. */
type Unit = "plain" | "seconds" | "centiseconds" | "milliseconds";

type NumericKey<T> = { [P in keyof T]: T[P] extends number ? P : never }[keyof T];

/** A variable of the machine. */
function int(name: NumericKey<Kernel>, unit: Unit = "plain", min?: number, max?: number): Entry {
  const entry = {
    get: (k: Kernel): number[] => [k[name]],
    set: (k: Kernel, [value]: number[]): number => {
      (k as Record<NumericKey<Kernel>, number>)[name] = value as number;
      return 0;
    },
    unit,
  };
  return { ...entry, ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
}
/** A variable of the namespace. */
function net(name: NumericKey<Net>, unit: Unit = "plain"): Entry {
  return {
    get: (k) => [k.init_net[name]],
    set: (k, [value]) => {
      (k.init_net as Record<NumericKey<Net>, number>)[name] = value as number;
      return 0;
    },
    unit,
  };
}

/** Settings with one file each. */
const table = once(
  (): Readonly<Record<string, Entry>> => ({
    "net.core.wmem_max": int("sysctl_wmem_max"),
    "net.core.rmem_max": int("sysctl_rmem_max"),
    "net.core.wmem_default": int("sysctl_wmem_default"),
    "net.core.rmem_default": int("sysctl_rmem_default"),
    "net.core.optmem_max": int("sysctl_optmem_max"),
    "net.core.dev_weight": int("weight_p"),
    "net.core.netdev_max_backlog": int("netdev_max_backlog"),
    "net.core.netdev_budget": int("netdev_budget"),
    "net.core.somaxconn": net("sysctl_somaxconn"),
    "net.core.xfrm_larval_drop": int("sysctl_xfrm_larval_drop"),
    "net.ipv4.ip_forward": {
      get: (k) => [k.init_net.devconf_all.forwarding],
      set: (k, [value]) => devinet_sysctl(k, "all", "forwarding", value as number),
      unit: "plain",
    },
    "net.ipv4.ip_default_ttl": {
      get: (k) => [k.sysctl_ip_default_ttl],
      set: (k, [value]) => {
        const changed = k.sysctl_ip_default_ttl !== value;
        k.sysctl_ip_default_ttl = value as number;
        // The flush is the first namespace's, which this one is not: only what is void already is taken out.
        if (changed) rt_cache_flush_batch(k);
        return 0;
      },
      unit: "plain",
    },
    "net.ipv4.ip_no_pmtu_disc": int("sysctl_ip_no_pmtu_disc"),
    "net.ipv4.ip_forward_use_pmtu": net("sysctl_ip_fwd_use_pmtu"),
    "net.ipv4.ip_nonlocal_bind": int("sysctl_ip_nonlocal_bind"),
    "net.ipv4.ip_dynaddr": int("sysctl_ip_dynaddr"),
    "net.ipv4.ip_local_port_range": {
      get: (k) => k.sysctl_local_ports,
      set: (k, [low, high]) => {
        if ((high as number) < (low as number)) {
          return refuse(k, -EINVAL, "range ends below its start", {
            first: low as number,
            last: high as number,
          });
        }
        k.sysctl_local_ports = [low as number, high as number];
        return 0;
      },
      unit: "plain",
      min: 1,
      max: 65535,
    },
    "net.ipv4.ping_group_range": {
      get: (k) => k.sysctl_ping_group_range,
      set: (k, [low, high]) => {
        k.sysctl_ping_group_range = [low as number, high as number];
        return 0;
      },
      unit: "plain",
      min: 0,
      max: INT_MAX,
    },
    "net.ipv4.igmp_max_memberships": int("sysctl_igmp_max_memberships"),
    "net.ipv4.igmp_max_msf": int("sysctl_igmp_max_msf"),
    "net.ipv4.inet_peer_threshold": int("inet_peer_threshold"),
    "net.ipv4.inet_peer_minttl": int("inet_peer_minttl", "seconds"),
    "net.ipv4.inet_peer_maxttl": int("inet_peer_maxttl", "seconds"),
    "net.ipv4.inet_peer_gc_mintime": int("inet_peer_gc_mintime", "seconds"),
    "net.ipv4.inet_peer_gc_maxtime": int("inet_peer_gc_maxtime", "seconds"),
    "net.ipv4.udp_mem": {
      get: (k) => k.sysctl_udp_mem,
      set: (k, [low, pressure, high]) => {
        k.sysctl_udp_mem = [low as number, pressure as number, high as number];
        return 0;
      },
      unit: "plain",
      min: 0,
    },
    "net.ipv4.udp_rmem_min": int("sysctl_udp_rmem_min", "plain", 0),
    "net.ipv4.udp_wmem_min": int("sysctl_udp_wmem_min", "plain", 0),
    "net.ipv4.icmp_echo_ignore_all": net("sysctl_icmp_echo_ignore_all"),
    "net.ipv4.icmp_echo_ignore_broadcasts": net("sysctl_icmp_echo_ignore_broadcasts"),
    "net.ipv4.icmp_ignore_bogus_error_responses": net("sysctl_icmp_ignore_bogus_error_responses"),
    "net.ipv4.icmp_errors_use_inbound_ifaddr": net("sysctl_icmp_errors_use_inbound_ifaddr"),
    "net.ipv4.icmp_ratelimit": net("sysctl_icmp_ratelimit", "milliseconds"),
    "net.ipv4.icmp_ratemask": net("sysctl_icmp_ratemask"),
    "net.ipv4.rt_cache_rebuild_count": net("sysctl_rt_cache_rebuild_count"),
    "net.ipv4.ipfrag_high_thresh": int("sysctl_ipfrag_high_thresh"),
    "net.ipv4.ipfrag_low_thresh": int("sysctl_ipfrag_low_thresh"),
    "net.ipv4.ipfrag_time": int("sysctl_ipfrag_time", "seconds"),
    "net.ipv4.ipfrag_secret_interval": int("sysctl_ipfrag_secret_interval", "seconds"),
    "net.ipv4.ipfrag_max_dist": int("sysctl_ipfrag_max_dist", "plain", 0),
    "net.ipv4.route.gc_thresh": int("ip_rt_gc_thresh"),
    "net.ipv4.route.max_size": int("ip_rt_max_size"),
    "net.ipv4.route.gc_min_interval": int("ip_rt_gc_min_interval", "seconds"),
    "net.ipv4.route.gc_min_interval_ms": int("ip_rt_gc_min_interval", "milliseconds"),
    "net.ipv4.route.gc_timeout": int("ip_rt_gc_timeout", "seconds"),
    "net.ipv4.route.gc_interval": int("ip_rt_gc_interval", "seconds"),
    "net.ipv4.route.gc_elasticity": int("ip_rt_gc_elasticity"),
    "net.ipv4.route.redirect_load": int("ip_rt_redirect_load"),
    "net.ipv4.route.redirect_number": int("ip_rt_redirect_number"),
    "net.ipv4.route.redirect_silence": int("ip_rt_redirect_silence"),
    "net.ipv4.route.error_cost": int("ip_rt_error_cost"),
    "net.ipv4.route.error_burst": int("ip_rt_error_burst"),
    "net.ipv4.route.mtu_expires": int("ip_rt_mtu_expires", "seconds"),
    "net.ipv4.route.min_pmtu": int("ip_rt_min_pmtu"),
    "net.ipv4.route.min_adv_mss": int("ip_rt_min_advmss"),
    "net.ipv4.route.secret_interval": {
      get: (k) => [k.ip_rt_secret_interval],
      set: (k, [value]) => {
        const old = k.ip_rt_secret_interval;
        k.ip_rt_secret_interval = value as number;
        rt_secret_reschedule(k, old);
        return 0;
      },
      unit: "seconds",
    },
    "net.ipv4.neigh.default.gc_thresh1": int("arp_gc_thresh1", "plain", 0, INT_MAX),
    "net.ipv4.neigh.default.gc_thresh2": int("arp_gc_thresh2", "plain", 0, INT_MAX),
    "net.ipv4.neigh.default.gc_thresh3": int("arp_gc_thresh3", "plain", 0, INT_MAX),
  }),
);

/** net.ipv4.neigh.DEV.*: the field, its unit, and whether only counts from 0 up are taken. */
const NEIGH: Readonly<Record<string, readonly [keyof NeighParms, Unit, boolean]>> = {
  mcast_solicit: ["mcast_probes", "plain", true],
  ucast_solicit: ["ucast_probes", "plain", true],
  app_solicit: ["app_probes", "plain", true],
  unres_qlen: ["queue_len", "plain", true],
  proxy_qlen: ["proxy_qlen", "plain", true],
  retrans_time: ["retrans_time", "centiseconds", false],
  anycast_delay: ["anycast_delay", "centiseconds", false],
  proxy_delay: ["proxy_delay", "centiseconds", false],
  locktime: ["locktime", "centiseconds", false],
  base_reachable_time: ["base_reachable_time", "seconds", false],
  delay_first_probe_time: ["delay_probe_time", "seconds", false],
  gc_stale_time: ["gc_staletime", "seconds", false],
  retrans_time_ms: ["retrans_time", "milliseconds", false],
  base_reachable_time_ms: ["base_reachable_time", "milliseconds", false],
};

/** A number of the file as one of the machine's, or undefined where that overflows. */
function to_machine(k: Kernel, value: number, unit: Unit): number | undefined {
  switch (unit) {
    case "plain":
      return value | 0;
    case "seconds":
      return (value * k.HZ) | 0;
    case "centiseconds":
      return ((value * k.HZ) / USER_HZ) | 0;
    case "milliseconds": {
      // msecs_to_jiffies: a negative time is for ever, which is more than an int holds.
      const jiffies = Math.ceil((value * k.HZ) / 1000);
      return value < 0 || jiffies > INT_MAX ? undefined : jiffies;
    }
  }
}
function to_file(k: Kernel, value: number, unit: Unit): number {
  if (unit === "centiseconds") return Math.trunc((value * USER_HZ) / k.HZ);
  if (unit === "seconds") return Math.trunc(value / k.HZ);
  return unit === "milliseconds" ? Math.trunc((value * 1000) / k.HZ) : value;
}

/** Numbers as the kernel reads them: decimal, 0x hexadecimal, 0 octal, parted by blanks. A mistake ends the list. */
function parse_ints(text: string, count: number): { readonly values: number[]; readonly err: number } {
  const values: number[] = [];
  for (const word of text.replaceAll(",", " ").split(/[ \t\n]+/)) {
    if (word === "") continue;
    if (values.length === count) break;
    const m = /^(-?)(?:0[xX]([0-9a-fA-F]+)|0([0-7]*)|([1-9][0-9]*))$/.exec(word);
    if (m === null) return { values, err: -EINVAL };
    const magnitude =
      m[2] !== undefined
        ? Number.parseInt(m[2], 16)
        : m[4] !== undefined
          ? Number(m[4])
          : Number.parseInt(`0${m[3]}`, 8);
    values.push(m[1] === "-" ? -magnitude : magnitude);
  }
  return { values, err: 0 };
}

/** Write as many values as are given; those before a mistake stay. */
function write_entry(k: Kernel, entry: Entry, text: string): number {
  const old = entry.get(k);
  const { values, err } = parse_ints(text, old.length);
  const result = [...old];
  let error = err;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    const machine = to_machine(k, value, entry.unit);
    const outside = value < (entry.min ?? -Infinity) || value > (entry.max ?? Infinity);
    if (machine === undefined || outside) {
      error = refuse(k, -EINVAL, "value is out of range", {
        value,
        ...(entry.min === undefined ? {} : { min: entry.min }),
        ...(entry.max === undefined ? {} : { max: entry.max }),
      });
      break;
    }
    result[i] = machine;
  }
  if (values.length === 0) return not_a_number(k);
  // A pair of limits is only taken as a whole.
  if (error !== 0 && old.length === 2) return error;
  const ret = entry.set(k, result);
  return error !== 0 ? error : ret;
}

/** One value, or -errno as `err`. */
function parse_int(text: string): { readonly value: number; readonly err: number } {
  const { values, err } = parse_ints(text, 1);
  return { value: values[0] ?? 0, err: err !== 0 || values.length === 0 ? -EINVAL : 0 };
}

/** proc_do_large_bitmap: `1,2,10-19` takes the place of what was reserved. */
function write_reserved_ports(k: Kernel, text: string): number {
  const ports = new Set<number>();
  for (const part of text.replace(/^\n+|\n+$/g, "").split(/[,\n]/)) {
    if (part === "") continue;
    const m = /^(\d+)(?:-(\d+))?$/.exec(part);
    if (m === null) return not_a_number(k);
    const from = Number(m[1]);
    const to = m[2] === undefined ? from : Number(m[2]);
    if (from > 65535 || to > 65535 || from > to) {
      return refuse(k, -EINVAL, "not a valid port range", { from, to });
    }
    for (let port = from; port <= to; port++) ports.add(port);
  }
  k.sysctl_local_reserved_ports.clear();
  for (const port of ports) k.sysctl_local_reserved_ports.add(port);
  return 0;
}

function read_reserved_ports(k: Kernel): string {
  const ports = [...k.sysctl_local_reserved_ports].sort((a, b) => a - b);
  const parts: string[] = [];
  for (let i = 0; i < ports.length; ) {
    let j = i;
    while (ports[j + 1] === (ports[j] as number) + 1) j++;
    parts.push(i === j ? `${ports[i]}` : `${ports[i]}-${ports[j]}`);
    i = j + 1;
  }
  return parts.join(",");
}

/** `net.ipv4.conf.DEV.NAME` in its three parts; a device's name may hold dots. */
function per_device(
  key: string,
): { readonly kind: "conf" | "neigh"; readonly dev: string; readonly name: string } | null {
  const m = /^net\.ipv4\.(conf|neigh)\.(.+)\.([a-z0-9_]+)$/.exec(key);
  return m === null ? null : { kind: m[1] as "conf" | "neigh", dev: m[2] as string, name: m[3] as string };
}

function not_a_number(k: Kernel): number {
  return refuse(k, -EINVAL, "value is not a number");
}

function write_neigh(k: Kernel, dev: string, name: string, text: string): number {
  const known = NEIGH[name];
  if (known === undefined) {
    return refuse(k, -ENOENT, "no such file below /proc/sys/net/ipv4/neigh", { name });
  }
  const [, unit, counts] = known;
  const { value, err } = parse_int(text);
  if (err !== 0) return not_a_number(k);
  if ((counts && (value < 0 || value > INT_MAX)) || to_machine(k, value, unit) === undefined) {
    return refuse(k, -EINVAL, "value is out of range", { value });
  }
  // Whole ticks, rounded up as msecs_to_jiffies does.
  const ticks = 1000 / k.HZ;
  return neigh_sysctl(k, dev, name, unit === "milliseconds" ? Math.ceil(value / ticks) * ticks : value);
}

/** Write a setting: 0 or -errno. */
export function sysctl_write(k: Kernel, key: string, value: string): number {
  const path = key.replaceAll("/", ".");
  if (path === "net.ipv4.ip_local_reserved_ports") return write_reserved_ports(k, value);
  if (path === "net.ipv4.route.flush") {
    rt_cache_flush(k, k.init_net, parse_int(value).value);
    return 0;
  }
  const entry = table()[path];
  if (entry !== undefined) return write_entry(k, entry, value);
  const device = per_device(path);
  if (device === null) {
    return refuse(k, -ENOENT, "not modelled, or not a sysctl of el6", { key });
  }
  if (device.kind === "neigh") return write_neigh(k, device.dev, device.name, value);
  if (device.name === "mc_forwarding") {
    return refuse(k, -EACCES, "mc_forwarding is read-only: the multicast routing daemon sets it");
  }
  const parsed = parse_int(value);
  if (parsed.err !== 0) return not_a_number(k);
  return devinet_sysctl(k, device.dev, device.name, parsed.value | 0);
}

function conf_of(k: Kernel, dev: string): Ipv4Devconf | undefined {
  if (dev === "all") return k.init_net.devconf_all;
  if (dev === "default") return k.init_net.devconf_dflt;
  return k.init_net.dev_name_head.get(dev)?.ip_ptr?.cnf;
}
function neigh_parms_of(k: Kernel, dev: string): NeighParms | undefined {
  if (dev === "default") return k.arp_tbl_parms;
  return k.init_net.dev_name_head.get(dev)?.ip_ptr?.arp_parms;
}

/** Read a setting as `cat` shows it, without the newline; undefined where there is none or it cannot be read. */
export function sysctl_read(k: Kernel, key: string): string | undefined {
  const path = key.replaceAll("/", ".");
  if (path === "net.ipv4.ip_local_reserved_ports") return read_reserved_ports(k);
  const entry = table()[path];
  if (entry !== undefined)
    return entry
      .get(k)
      .map((v) => to_file(k, v, entry.unit))
      .join("\t");
  const device = per_device(path);
  if (device === null) return undefined;
  if (device.kind === "conf") {
    const cnf = conf_of(k, device.dev);
    if (cnf === undefined || !Object.hasOwn(cnf, device.name)) return undefined;
    return `${cnf[device.name as keyof Ipv4Devconf]}`;
  }
  const known = NEIGH[device.name];
  const parms = neigh_parms_of(k, device.dev);
  if (known === undefined || parms === undefined) return undefined;
  return `${to_file(k, parms[known[0]] as number, known[1])}`;
}
