// SPDX-License-Identifier: GPL-2.0-only
/** Short stories that random actions seldom hit upon: what one does is what the next needs. */
import fc, { type Arbitrary } from "fast-check";
import type { Syscall } from "../../../../src/kernels/release.ts";
import { parseConfig } from "../../../../src/script/iproute2.ts";
import type { Action } from "./action.ts";
import { at, connectTo, int32, struct } from "./calls.ts";
import { ethernet, icmp, ipv4, udp } from "./frames.ts";
import { bytes, pattern, port, some } from "./values.ts";

const call = (c: Syscall): Action => ({ do: "call", call: c });
const lines = (...texts: readonly string[]): Action[] =>
  texts.flatMap(parseConfig).map((change): Action => ({ do: "configure", change }));
const after = (ms: number): Action => ({ do: "advance", ms });
const option = (fd: number, level: number, optname: number, value: Uint8Array): Action =>
  call({ name: "setsockopt", fd, level, optname, optval: { bytes: value }, optlen: value.length });
const sendto = (fd: number, host: number, to: number, data: Uint8Array, flags = 0): Action =>
  call({
    name: "sendto",
    fd,
    buf: { bytes: data },
    len: data.length,
    flags,
    addr: at(host, to),
    addrlen: 16,
  });
const recv = (fd: number, flags = 0x40): Action =>
  call({ name: "recvmsg", fd, len: 70_000, flags, controllen: 512 });
const arrives = (data: Uint8Array, to = Uint8Array.of(2, 0, 0, 0, 0, 1), type = 0x0800): Action => ({
  do: "inject",
  dev: "v1",
  frame: ethernet(to, type, data),
});

const US = 0x0a000001;
const THEM = 0x0a000002;
const GROUP = 0xef010203;
const NONE = new Uint8Array();
const packet = { src: THEM, dst: US, proto: 17, data: NONE, options: NONE, tos: 0, ttl: 64, frag: 0, id: 7 };

/** A datagram with everything asked for about it, taken off the queue. */
const delivered = fc
  .tuple(fc.subarray([8, 12, 13, 6, 7, 20]), some(0x7f000001, US), bytes, fc.boolean(), fc.boolean())
  .map(([asked, host, data, stamped, options]): Action[] => [
    ...asked.map((name) => option(4, 0, name, int32(1))),
    ...(stamped ? [option(4, 1, 29, int32(1)), option(4, 1, 37, int32(0x5b))] : []),
    ...(options ? [option(3, 0, 4, Uint8Array.of(7, 11, 4, 0, 0, 0, 0, 0, 0, 0, 0, 1))] : []),
    sendto(3, host, 9999, data),
    recv(4, 0x42),
    recv(4),
  ]);

/** A send, an ICMP error about it, what that changes. */
const answered = fc
  .tuple(some([3, 4], [3, 3], [5, 1], [3, 1], [11, 0], [4, 0]), some(1400, 576, 600, 0), bytes, fc.boolean())
  .map(([[type, code], word, data, asked]): Action[] => {
    const sent = ipv4({
      ...packet,
      src: US,
      dst: THEM,
      frag: 0x4000,
      data: udp(US, THEM, 17, [40_000, 9], NONE),
    });
    const message = icmp(type, code, Uint8Array.from([...struct(type === 5 ? 0x0a000003 : word), ...sent]));
    return [
      call({ name: "bind", fd: 3, addr: at(0, 40_000), addrlen: 16 }),
      option(3, 0, 11, int32(asked ? 1 : 0)),
      sendto(3, THEM, 9, data),
      arrives(ipv4({ ...packet, proto: 1, data: message })),
      recv(3, 0x2040),
      sendto(3, THEM, 9, data),
      call({ name: "getsockopt", fd: 3, level: 0, optname: 14, optlen: 4 }),
      after(700_000),
      sendto(3, THEM, 9, data),
    ];
  });

/** A group joined, its sources chosen, a router's query, time for the reports. */
const joined = fc
  .tuple(
    some(39, 35, 37),
    fc.nat(2),
    some(0, 3, 1, 2),
    fc.array(some(THEM, 0x0a000003), { maxLength: 2 }),
    fc.boolean(),
  )
  .map(([how, version, kind, sources, leave]): Action[] => {
    const more = kind === 2 ? [0x00000001, THEM] : kind === 3 ? [0] : [];
    const query = struct(kind === 0 || kind === 3 ? 0 : GROUP, ...more);
    const code = version === 1 ? 0 : 20;
    const to = Uint8Array.of(1, 0, 0x5e, 0, 0, 1);
    const filter = struct(GROUP, US, 0x01000000, 0, ...sources);
    filter[12] = sources.length;
    return [
      ...lines(`sysctl net.ipv4.conf.v0.force_igmp_version=${version}`),
      option(4, 0, 35, struct(GROUP, US)),
      option(4, 0, how, how === 35 ? struct(0xe1010101, US) : struct(GROUP, US, THEM)),
      option(4, 0, 41, filter),
      after(1000),
      arrives(ipv4({ ...packet, dst: 0xe0000001, proto: 2, ttl: 1, data: icmp(0x11, code, query) }), to),
      after(100),
      arrives(ipv4({ ...packet, dst: GROUP, proto: 2, ttl: 1, data: icmp(0x16, 0, struct(GROUP)) }), to),
      after(5000),
      call({ name: "getsockopt", fd: 4, level: 0, optname: 41, optlen: 64 }),
      ...(leave
        ? [option(4, 0, 36, struct(GROUP, US)), after(3000)]
        : lines("ip link set v0 down", "ip link set v0 up")),
    ];
  });

/** A queue that fills, and what becomes of it in time. */
const queued = fc
  .tuple(
    some(
      "tbf rate 8kbit burst 2000 limit 3000",
      "pfifo limit 2",
      "bfifo limit 2000",
      "tbf rate 1mbit burst 5000 limit 1",
      "blackhole",
    ),
    fc.array(some(1000, 1, 1472, 100, 5000), { minLength: 1, maxLength: 5 }),
    some(1000, 10, 60_000),
    some("del", "replace"),
    some(["v0", THEM], ["e0", 0xc0000209], ["lo", 0x7f000001], ["d0", 0x0a000102]),
  )
  .map(([kind, sizes, ms, op, [dev, host]]): Action[] => [
    ...lines(`tc qdisc add dev ${dev} root ${kind}`),
    ...sizes.map((n) => sendto(3, host, 9999, pattern(n))),
    after(ms),
    ...sizes.map((n) => sendto(3, host, 9999, pattern(n))),
    ...lines(
      op === "del" ? `tc qdisc del dev ${dev} root` : `tc qdisc replace dev ${dev} root pfifo limit 5`,
    ),
    after(ms),
    recv(4),
  ]);

/** Pieces of a datagram, in some order, some twice, some missing. */
const pieces = fc
  .tuple(
    fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 2 }),
    fc.nat(4),
    some(16, 8, 1000),
    some(1000, 60_000),
    port,
  )
  .map(([order, again, size, ms, to]): Action[] => {
    const whole = udp(THEM, US, 17, [1000, to], pattern(size * 5 - 8));
    const piece = (i: number): Action => {
      const frag = ((i * size) >> 3) | (i < 4 ? 0x2000 : 0);
      return arrives(ipv4({ ...packet, frag, data: whole.slice(i * size, (i + 1) * size) }));
    };
    return [...order.map(piece), piece(again), after(ms), recv(4)];
  });

/** A neighbour that nobody knows: requests, an answer or none. */
const asked = fc
  .tuple(fc.nat(5), some(100, 1000, 10_000), fc.boolean(), some(0x0a000003, THEM))
  .map(([sends, ms, answer, who]): Action[] => {
    const b = new Uint8Array(28);
    b.set([0, 1, 8, 0, 6, 4, 0, 2, 2, 0, 0, 0, 0, 3]);
    b.set(struct(who), 14);
    b.set([2, 0, 0, 0, 0, 1], 18);
    b.set(struct(US), 24);
    return [
      ...lines(`ip neigh del ${who === THEM ? "10.0.0.2" : "10.0.0.3"} dev v0`),
      ...Array.from({ length: sends }, (_, i) => sendto(3, who, 9, pattern(i))),
      after(ms),
      ...(answer ? [arrives(b, Uint8Array.of(2, 0, 0, 0, 0, 1), 0x0806)] : []),
      sendto(3, who, 9, pattern(3)),
      after(ms * 10),
      sendto(3, who, 9, pattern(3)),
      after(ms * 10),
    ];
  });

/** Tables that are too small. */
const crowded = fc
  .tuple(
    some("route.max_size=2", "route.gc_thresh=1", "neigh.default.gc_thresh3=1", "route.gc_elasticity=1"),
    fc.nat(12),
  )
  .map(([setting, n]): Action[] => [
    ...lines(`sysctl net.ipv4.${setting}`, "sysctl net.ipv4.route.gc_min_interval=0"),
    ...Array.from({ length: n }, (_, i) => sendto(3, 0x0a000003 + i, 9, pattern(i))),
    ...lines("ip route add 10.9.0.0/16 nexthop via 10.0.0.2 weight 2 nexthop via 10.0.0.3"),
    ...Array.from({ length: n }, (_, i) => sendto(3, 0x0a090000 + i * 300, 9, pattern(i))),
    after(10_000),
    ...lines("sysctl net.ipv4.route.flush=0"),
    after(700_000),
  ]);

/** A multicast router with two sides. */
const routed = fc
  .tuple(fc.boolean(), fc.boolean(), some(1000, 20_000))
  .map(([known, register, ms]): Action[] => {
    const vif = (n: number, addr: number): Uint8Array => {
      const b = struct(0, 0, addr, 0);
      b.set([n, 0, 0, 1]);
      return b;
    };
    const mfc = new Uint8Array(60);
    mfc.set(struct(THEM, GROUP));
    mfc[11] = 1;
    return [
      call({ name: "close", fd: 5 }),
      call({ name: "socket", domain: 2, type: 3, protocol: 2 }),
      option(5, 0, 200, int32(1)),
      option(5, 0, 202, vif(0, US)),
      option(5, 0, 202, vif(1, 0x0a000101)),
      ...(register ? [option(5, 0, 206, int32(1))] : []),
      ...(known ? [option(5, 0, 204, mfc)] : []),
      arrives(
        ipv4({ ...packet, dst: GROUP, data: udp(THEM, GROUP, 17, [1000, 9], pattern(20)) }),
        Uint8Array.of(1, 0, 0x5e, 1, 2, 3),
      ),
      recv(5),
      ...(known ? [] : [option(5, 0, 204, mfc)]),
      after(ms),
      sendto(3, GROUP, 9, pattern(10)),
      option(5, 0, 205, mfc),
      option(5, 0, 201, int32(1)),
    ];
  });

/** Pieces held back, pushed, or thrown away. */
const corked = fc
  .tuple(
    fc.array(some(100, 1, 1472, 3000, 5000, 0), { minLength: 1, maxLength: 4 }),
    some(0x7f000001, THEM),
    some("send", "uncork", "close"),
    fc.boolean(),
    some(1500, 16_436, 65_535),
  )
  .map(([sizes, host, end, splice, mtu]): Action[] => [
    ...lines(`ip link set lo mtu ${mtu}`),
    ...sizes.map((n) => sendto(3, host, 9999, pattern(n), 0x8000)),
    ...(splice ? [call({ name: "splice", fd: 3, bytes: pattern(100), more: true })] : []),
    ...(end === "send" ? [sendto(3, host, 9999, pattern(1))] : []),
    ...(end === "uncork" ? [option(3, 17, 1, int32(1)), option(3, 17, 1, int32(0))] : []),
    ...(end === "close" ? [call({ name: "close", fd: 3 })] : []),
    recv(4),
  ]);

/** ICMP sockets, and echo requests with answers. */
const pinged = fc
  .tuple(some(0x7f000001, THEM, US), bytes, some(0, 40_000))
  .map(([host, data, id]): Action[] => {
    const request = icmp(8, 0, Uint8Array.from([0, 1, 0, 1, ...data.subarray(0, 1000)]));
    return [
      ...lines("sysctl net.ipv4.ping_group_range=0,1000"),
      call({ name: "close", fd: 5 }),
      call({ name: "socket", domain: 2, type: 2, protocol: 1 }),
      call({ name: "bind", fd: 5, addr: at(0, id), addrlen: 16 }),
      sendto(5, host, 0, request),
      recv(5),
      call(connectTo(5, host, 0)),
      call({ name: "write", fd: 5, buf: { bytes: request }, len: request.length }),
      recv(5),
      recv(5, 0x2040),
    ];
  });

/** A packet for somebody else, with options that every router writes into. */
const forwarded = fc
  .tuple(
    some(131, 7, 68, 137),
    some(0x0a000102, US, 0x0a090001),
    some(64, 1),
    some(20, 1400, 700),
    some(0, 0x4000),
  )
  .map(([type, dst, ttl, size, frag]): Action[] => {
    const options = Uint8Array.of(
      type,
      11,
      type === 68 ? 5 : 4,
      ...(type === 68 ? [1] : []),
      ...struct(0x0a000102, 0),
    );
    const data = udp(THEM, dst, 17, [1000, 9999], pattern(size));
    return [
      ...lines("sysctl net.ipv4.ip_forward=1", "ip link set d0 mtu 600"),
      ...["all", "v0"].flatMap((dev) => lines(`sysctl net.ipv4.conf.${dev}.accept_source_route=1`)),
      arrives(ipv4({ ...packet, dst, ttl, frag, options: options.subarray(0, 11), data })),
      arrives(ipv4({ ...packet, dst, ttl, frag, data })),
      recv(4),
    ];
  });

/** Any one story. */
export const scene: Arbitrary<Action[]> = fc.oneof(
  delivered,
  answered,
  joined,
  queued,
  pieces,
  asked,
  crowded,
  routed,
  corked,
  pinged,
  forwarded,
);
