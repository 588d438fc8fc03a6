// SPDX-License-Identifier: GPL-2.0-only
/** What random sessions consist of, and how a machine goes through one. */
import fc, { type Arbitrary } from "fast-check";
import type { Config } from "../../../../src/kernels/config.ts";
import type { Machine, RouteQuery, Syscall } from "../../../../src/kernels/release.ts";
import { call, sockets } from "./calls.ts";
import { frame } from "./frames.ts";
import { beginning, change } from "./network.ts";
import { scene } from "./scenes.ts";
import { addr, dev, maybe, some } from "./values.ts";

/** One thing that somebody does to a machine. */
export type Action =
  | { readonly do: "call"; readonly call: Syscall }
  | { readonly do: "configure"; readonly change: Config }
  | { readonly do: "inject"; readonly dev: string; readonly frame: Uint8Array }
  | { readonly do: "receive"; readonly dev: string; readonly frame: Uint8Array; readonly ms: number }
  | { readonly do: "advance"; readonly ms: number }
  | { readonly do: "setuid"; readonly uid: number }
  | { readonly do: "task"; readonly pid: number; readonly parent?: number; readonly shared: boolean }
  | { readonly do: "exit"; readonly pid: number }
  | { readonly do: "adopt"; readonly fd: number; readonly from: number }
  | { readonly do: "route get"; readonly query: RouteQuery };

/** Do it: what came back, as plain values. */
export function act(m: Machine, action: Action): unknown {
  switch (action.do) {
    case "call":
      return m.syscall(action.call);
    case "configure":
      return m.configure(action.change);
    case "inject":
      return m.inject(action.dev, action.frame);
    case "receive":
      return m.receive(action.dev, action.frame, action.ms);
    case "advance":
      return m.advance(action.ms);
    case "setuid":
      return m.setuid(action.uid);
    case "task":
      return m.task(action.pid, action.parent, action.shared);
    case "exit":
      return m.exit(action.pid);
    case "adopt":
      return m.adopt(action.fd, action.from);
    case "route get":
      return m.routeGet(action.query);
  }
}

const query: Arbitrary<RouteQuery> = fc
  .tuple(
    addr,
    maybe<{ src: number; oif: string; mark: number; tos: number }>({
      src: addr,
      oif: dev,
      mark: some(1, 0),
      tos: some(0x10, 0, 255),
    }),
  )
  .map(([dst, parts]) => ({ dst, ...parts }));

const pid = some(0, 1, 2);
const task: Arbitrary<Action> = fc.oneof(
  fc.tuple(pid, fc.option(pid, { nil: undefined }), fc.boolean()).map(
    ([n, parent, shared]): Action => ({
      do: "task",
      pid: n,
      shared,
      ...(parent === undefined ? {} : { parent }),
    }),
  ),
  some(1, 2).map((n): Action => ({ do: "exit", pid: n })),
  fc.tuple(some(3, 4), pid).map(([fd, from]): Action => ({ do: "adopt", fd, from })),
);

const action: Arbitrary<Action> = fc.oneof(
  { weight: 10, arbitrary: call.map((c): Action => ({ do: "call", call: c })) },
  { weight: 4, arbitrary: change.map((c): Action => ({ do: "configure", change: c })) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(some("v1", "v0", "d0", "e0", "lo", "i0"), frame)
      .map(([on, f]): Action => ({ do: "inject", dev: on, frame: f })),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(some("e0", "v0", "d0", "lo", "e0.5"), frame, some(0, 10, 300))
      .map(([on, f, ms]): Action => ({ do: "receive", dev: on, frame: f, ms })),
  },
  {
    weight: 1,
    arbitrary: some(10, 100, 1000, 5000, 60_000, 700_000).map((ms): Action => ({ do: "advance", ms })),
  },
  { weight: 1, arbitrary: task },
  { weight: 1, arbitrary: query.map((q): Action => ({ do: "route get", query: q })) },
  { weight: 1, arbitrary: some(0, 500).map((uid): Action => ({ do: "setuid", uid })) },
);

/** A whole session: a network, a few sockets, then anything, with a story now and then. */
export const session: Arbitrary<Action[]> = fc
  .tuple(
    beginning,
    sockets,
    fc.array(fc.oneof({ weight: 12, arbitrary: action.map((a) => [a]) }, { weight: 1, arbitrary: scene }), {
      minLength: 1,
      maxLength: 30,
      size: "max",
    }),
  )
  .map(([network, open, rest]) => [
    ...network.map((c): Action => ({ do: "configure", change: c })),
    ...open.map((c): Action => ({ do: "call", call: c })),
    ...rest.flat(),
  ]);

/** All that can be seen of a machine between two actions. */
export function look(m: Machine): unknown {
  const files = [
    "snmp",
    "netstat",
    "dev",
    "udp",
    "udplite",
    "raw",
    "route",
    "arp",
    "stat/rt_cache",
    "softnet_stat",
    "igmp",
    "sockstat",
  ];
  return {
    counters: [...m.counters()],
    proc: files.map((f) => m.proc(`/proc/net/${f}`)),
    dumps: (["fib", "rules", "neigh", "rtcache"] as const).map((what) => m.dump(what)),
    sockets: m.sockets(),
    links: m.links(),
  };
}
