// SPDX-License-Identifier: GPL-2.0-only
/** Random networks: every kind of change, and beginnings from which most of them can go on. */
import fc, { type Arbitrary } from "fast-check";
import type {
  Addr,
  Config,
  FilterMatch,
  FilterTarget,
  LinkSet,
  Nexthop,
  Route,
  Rule,
} from "../../../../src/kernels/config.ts";
import { parseConfig } from "../../../../src/script/iproute2.ts";
import { addr, anyU32, DEVICES, dev, int, maybe, port, prefixlen, rarely, some } from "./values.ts";

/** Beginnings, as lines of ip: one device after the other, each likely to be there. */
const BEGINNINGS: readonly (readonly string[])[] = [
  ["ip link set lo up"],
  [
    "ip link add d0 type dummy",
    "ip link set d0 up",
    "ip addr add 10.0.1.1/24 brd + dev d0",
    "ip neigh add 10.0.1.2 lladdr 02:00:00:00:01:02 dev d0",
  ],
  [
    "ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02",
    "ip link set v0 up",
    "ip link set v1 up",
    "ip addr add 10.0.0.1/24 brd + dev v0",
  ],
  [
    "ip link add e0 address 02:00:00:00:00:20 type e1000",
    "ip link set e0 up",
    "ip addr add 192.0.2.10/24 brd + dev e0",
  ],
  ["ip neigh add 10.0.0.2 lladdr 02:00:00:00:00:02 dev v0"],
  ["ip route add default via 10.0.0.2"],
  ["ip link add i0 type ifb", "ip link set i0 up", "ip addr add 10.0.3.1/24 dev i0"],
  ["ip link add d1 mtu 600 type dummy", "ip link set d1 up", "ip addr add 10.0.4.1/30 dev d1"],
  ["sysctl net.ipv4.ip_forward=1"],
  ["ip route add 224.0.0.0/4 dev v0"],
  ["ip route replace default via 192.0.2.1"],
  ["ip link add link e0 name e0.5 type vlan id 5", "ip link set e0.5 up", "ip addr add 10.0.5.1/24 dev e0.5"],
];

/** A beginning: some of these, in their order. */
export const beginning: Arbitrary<Config[]> = fc
  .tuple(...BEGINNINGS.map((_, i) => fc.nat(9).map((n) => n < (i < 6 ? 8 : 3))))
  .map((taken) => BEGINNINGS.flatMap((lines, i) => (taken[i] ? lines.flatMap(parseConfig) : [])));

const mac = fc.uint8Array({ minLength: 6, maxLength: 6 });
const lladdr: Arbitrary<Uint8Array> = rarely(
  fc.nat(255).map((n) => Uint8Array.of(2, 0, 0, 0, 0, n)),
  fc.oneof(mac, fc.uint8Array({ maxLength: 8 })),
);
const table = some(254, 255, 253, 100, 0, 1);
const tos = some(0, 0x10, 8, 0x1c, 255);
const realm = rarely(fc.nat(3), anyU32);

const nexthop: Arbitrary<Nexthop> = maybe<Required<Nexthop>>({
  via: addr,
  dev,
  weight: some(1, 2, 256, 0),
  onlink: fc.boolean(),
  realm,
});
const metric = fc.record({ rtax: fc.nat(16), value: int.map((v) => v >>> 0), lock: fc.boolean() });
const routeParts = maybe<Required<Omit<Route, "kind" | "op" | "dst" | "prefixlen">>>({
  type: rarely(some(1, 2, 6, 7, 8, 9, 3, 5), fc.nat(12)),
  via: addr,
  dev,
  src: addr,
  scope: some(0, 253, 254, 200, 255),
  table,
  metric: some(0, 1, 100),
  tos,
  proto: fc.nat(255),
  onlink: fc.boolean(),
  realm,
  metrics: fc.array(metric, { maxLength: 3 }),
  nexthops: fc.array(nexthop, { maxLength: 3 }),
});
const route: Arbitrary<Route> = fc
  .tuple(some("add", "replace", "append", "change", "del"), addr, prefixlen, routeParts)
  .map(([op, dst, len, parts]): Route => {
    const prefix = len === 0 ? 0 : (dst & (-1 << (32 - len))) >>> 0;
    return { kind: "route", op, dst: prefix, prefixlen: len, ...parts };
  });

const cidr = fc.record({ addr, len: prefixlen });
const rule: Arbitrary<Rule> = fc
  .tuple(
    some("rule-add", "rule-del"),
    some("lookup", "goto", "nop", "blackhole", "unreachable", "prohibit", "none"),
    maybe<Required<Omit<Rule, "kind" | "action">>>({
      not: fc.boolean(),
      pref: some(100, 200, 0, 32766, 32767),
      from: cidr,
      to: cidr,
      tos,
      fwmark: some(1, 0, 0xffffffff),
      fwmask: some(0xffffffff, 1),
      iif: dev,
      oif: dev,
      target: rarely(table, some(200, 100, 32766)),
      realm,
    }),
  )
  .map(([kind, action, parts]): Rule => ({ kind, action, ...parts }));

const address: Arbitrary<Addr> = fc
  .tuple(
    some("addr-add", "addr-del"),
    addr,
    prefixlen,
    dev,
    maybe<Required<Pick<Addr, "peer" | "broadcast" | "scope" | "label">>>({
      peer: addr,
      broadcast: fc.oneof(fc.constant("+" as const), addr),
      scope: some(0, 253, 254),
      label: some("d0:1", "v0", "x"),
    }),
  )
  .map(([kind, local, len, on, parts]): Addr => ({ kind, local, prefixlen: len, dev: on, ...parts }));

const linkSet: Arbitrary<LinkSet> = fc
  .tuple(
    dev,
    maybe<Required<Omit<LinkSet, "kind" | "dev">>>({
      up: fc.boolean(),
      mtu: some(1500, 576, 68, 67, 1280, 9000, 65535, 0, -1),
      address: lladdr,
      arp: fc.boolean(),
      multicast: fc.boolean(),
      txqueuelen: some(1000, 1, 0, 3),
      promisc: fc.boolean(),
      allmulti: fc.boolean(),
      name: some(...DEVICES, "n0"),
    }),
  )
  .map(([on, parts]): LinkSet => ({ kind: "link-set", dev: on, ...parts }));

const chain = some("INPUT", "OUTPUT", "FORWARD", "A", "B");
const masked = fc.record({ addr, mask: some(0xffffffff, 0xffffff00, 0) });
const ports = fc.tuple(port, port).map(([a, b]) => ({ from: Math.min(a, b), to: Math.max(a, b) }));
const target: Arbitrary<FilterTarget> = fc.oneof(
  some("accept", "drop", "return", "next").map((kind): FilterTarget => ({ kind })),
  fc.constant<FilterTarget>({ kind: "log", prefix: "x " }),
  some(0, 1, 3, 13).map((code): FilterTarget => ({ kind: "reject", code })),
  fc.tuple(chain, fc.boolean()).map(([to, goto]): FilterTarget => ({ kind: "jump", chain: to, goto })),
);

const filterRule = fc
  .tuple(
    some("append", "insert", "replace", "delete", "check"),
    chain,
    maybe<Required<FilterMatch>>({
      src: masked,
      dst: masked,
      protocol: some(17, 1, 136),
      sport: ports,
      dport: ports,
      iif: dev,
      oif: fc.oneof(dev, some("+", "d+", "v0+")),
      fragment: fc.constant(true as const),
      icmp: fc.record({ type: some(3, 8, 255), code: fc.constant({ from: 0, to: 255 }) }),
      sports: fc.array(ports, { maxLength: 3 }),
      dports: fc.array(ports, { maxLength: 3 }),
      ports: fc.array(ports, { maxLength: 3 }),
      mark: fc.record({ value: fc.nat(3), mask: some(0xffffffff, 1) }),
      length: ports,
      ttl: fc.constant({ from: 64, to: 64 }),
      srcRange: fc.record({ from: addr, to: addr }),
      dstRange: fc.record({ from: addr, to: addr }),
      not: fc.subarray(["src", "dst", "protocol", "sport", "dport", "oif", "fragment"] as const),
    }),
    target,
    fc.nat(3),
  )
  .map(
    ([op, on, match, to, at]): Config => ({
      kind: "filter",
      op,
      chain: on,
      match,
      target: to,
      text: "-j X",
      at,
    }),
  );

const filterChain = fc
  .tuple(
    some("policy", "flush", "new-chain", "delete-chain", "rename-chain", "delete-number"),
    chain,
    chain,
    some("accept", "drop"),
  )
  .map(([op, on, name, verdict]): Config => {
    const one = { kind: "filter", chain: on } as const;
    if (op === "policy") return { ...one, op, verdict };
    if (op === "rename-chain") return { ...one, op, name };
    return op === "delete-number" ? { ...one, op, at: 1 } : { ...one, op };
  });

const SYSCTLS = [
  ...[
    "ip_forward",
    "ip_default_ttl",
    "ip_no_pmtu_disc",
    "ip_forward_use_pmtu",
    "ip_nonlocal_bind",
    "ip_dynaddr",
  ],
  ...[
    "ip_local_port_range",
    "ping_group_range",
    "igmp_max_memberships",
    "igmp_max_msf",
    "udp_mem",
    "udp_rmem_min",
  ],
  ...[
    "udp_wmem_min",
    "icmp_echo_ignore_all",
    "icmp_echo_ignore_broadcasts",
    "icmp_ratelimit",
    "icmp_ratemask",
  ],
  ...["icmp_ignore_bogus_error_responses", "icmp_errors_use_inbound_ifaddr", "rt_cache_rebuild_count"],
  ...["ipfrag_high_thresh", "ipfrag_low_thresh", "ipfrag_time", "ipfrag_max_dist", "ip_local_reserved_ports"],
  ...[
    "inet_peer_threshold",
    "inet_peer_minttl",
    "inet_peer_maxttl",
    "inet_peer_gc_mintime",
    "ipfrag_secret_interval",
  ],
  ...["route.gc_thresh", "route.max_size", "route.gc_min_interval", "route.gc_timeout", "route.gc_interval"],
  ...[
    "route.gc_elasticity",
    "route.redirect_load",
    "route.redirect_number",
    "route.error_cost",
    "route.error_burst",
  ],
  ...["route.mtu_expires", "route.min_pmtu", "route.min_adv_mss", "route.secret_interval", "route.flush"],
  ...["neigh.default.gc_thresh1", "neigh.default.gc_thresh2", "neigh.default.gc_thresh3", "nosuch"],
].map((name) => `net.ipv4.${name}`);
const CORE = ["wmem_max", "rmem_max", "wmem_default", "rmem_default", "optmem_max", "dev_weight"].concat([
  "netdev_max_backlog",
  "netdev_budget",
  "somaxconn",
]);
const CONF = [
  "forwarding",
  "rp_filter",
  "accept_source_route",
  "accept_redirects",
  "secure_redirects",
].concat([
  ...[
    "send_redirects",
    "shared_media",
    "log_martians",
    "proxy_arp",
    "arp_filter",
    "arp_announce",
    "arp_ignore",
  ],
  ...["arp_accept", "arp_notify", "disable_xfrm", "disable_policy", "force_igmp_version", "tag", "medium_id"],
  ...[
    "bootp_relay",
    "mc_forwarding",
    "promote_secondaries",
    "accept_local",
    "src_valid_mark",
    "proxy_arp_pvlan",
  ],
]);
const NEIGH = [
  "mcast_solicit",
  "ucast_solicit",
  "app_solicit",
  "unres_qlen",
  "proxy_qlen",
  "retrans_time_ms",
].concat([
  ...["anycast_delay", "proxy_delay", "locktime", "base_reachable_time", "delay_first_probe_time"],
  ...["gc_stale_time", "retrans_time"],
]);
const key: Arbitrary<string> = fc.oneof(
  some(...SYSCTLS),
  some(...CORE).map((name) => `net.core.${name}`),
  fc
    .tuple(rarely(dev, some("all", "default"), 2), some(...CONF))
    .map(([on, name]) => `net.ipv4.conf.${on}.${name}`),
  fc
    .tuple(rarely(dev, fc.constant("default"), 4), some(...NEIGH))
    .map(([on, name]) => `net.ipv4.neigh.${on}.${name}`),
);
const setting: Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: some("1", "0", "2", "10", "1000", "5") },
  { weight: 2, arbitrary: int.map(String) },
  { weight: 1, arbitrary: fc.tuple(int, int, int).map((v) => v.join(" ")) },
  { weight: 1, arbitrary: some("", "x", "0x10", "1 2", "40000 40001", "1-5,9", "-1", "99999999999") },
);

/** One arbitrary for each kind: a new kind of change is missed by the compiler. */
const CHANGES: { readonly [K in Config["kind"]]: Arbitrary<Config> } = {
  "link-add": fc
    .tuple(
      some(...DEVICES, "v0.5"),
      rarely(some("dummy", "veth", "e1000", "ifb", "vlan", "tun", "tap"), some("nosuch", "")),
      maybe<Required<Omit<Extract<Config, { kind: "link-add" }>, "kind" | "name" | "type">>>({
        address: lladdr,
        mtu: some(1500, 68, 9000, 0),
        txqueuelen: some(0, 1, 1000),
        peer: some(...DEVICES).map((name) => ({ name })),
        link: dev,
        id: some(5, 0, 4095, 5000),
        unattended: fc.boolean(),
      }),
    )
    .map(([name, type, parts]): Config => ({ kind: "link-add", name, type, ...parts })),
  "link-set": linkSet,
  "link-del": dev.map((name): Config => ({ kind: "link-del", dev: name })),
  "addr-add": address,
  "addr-del": address,
  route,
  "rule-add": rule,
  "rule-del": rule,
  neigh: fc
    .tuple(
      some("replace", "add", "del", "change"),
      addr,
      dev,
      maybe<{ lladdr: Uint8Array; nud: number }>({ lladdr, nud: some(0x80, 2, 4, 8, 16, 32, 64, 0, 1, 255) }),
    )
    .map(([op, to, on, parts]): Config => ({ kind: "neigh", op, addr: to, dev: on, ...parts })),
  qdisc: fc
    .tuple(
      some("replace", "add", "del", "change"),
      dev,
      rarely(some("tbf", "pfifo", "bfifo", "pfifo_fast", "blackhole", "noqueue"), fc.constant("nosuch")),
      maybe<{ limit: number; rate: number; burst: number }>(
        {
          limit: some(3000, 1, 10, 0, 1000),
          rate: some(1000, 125_000, 0, 1),
          burst: some(2000, 100_000, 100, 0),
        },
        4,
      ),
    )
    .map(([op, on, type, parts]): Config => ({ kind: "qdisc", op, dev: on, type, ...parts })),
  sysctl: fc.tuple(key, setting).map(([name, value]): Config => ({ kind: "sysctl", key: name, value })),
  nf: fc
    .tuple(some("output", "input", "forward"), some("accept", "drop"), fc.option(addr, { nil: undefined }))
    .map(
      ([chain, verdict, dst]): Config => ({
        kind: "nf",
        chain,
        verdict,
        ...(dst === undefined ? {} : { dst }),
      }),
    ),
  filter: fc.oneof(filterRule, filterChain),
  flush: fc
    .tuple(
      some("addr", "route", "rule", "neigh"),
      maybe<{
        dev: string;
        to: { addr: number; len: number };
        within: "exact" | "root";
        table: number | "all";
        nud: number;
      }>({
        dev,
        to: cidr,
        within: some("exact", "root"),
        table: fc.oneof(table, fc.constant("all" as const)),
        nud: fc.nat(255),
      }),
    )
    .map(([object, parts]): Config => ({ kind: "flush", object, ...parts })),
  "xfrm-policy": fc
    .tuple(
      some("allow", "block"),
      maybe<Required<Omit<Extract<Config, { kind: "xfrm-policy" }>, "kind" | "action">>>({
        dst: cidr,
        src: cidr,
        tmplEsp: addr,
      }),
    )
    .map(([action, parts]): Config => ({ kind: "xfrm-policy", action, ...parts })),
};

/** Any one change. */
export const change: Arbitrary<Config> = fc.oneof(...Object.values(CHANGES));
