// SPDX-License-Identifier: GPL-2.0-only
/** Time that passed while a case was set up: its timers may have run. */
import { expect, test } from "vitest";
import { El6 } from "../../src/kernels/index.ts";
import { network } from "../kernels/el6/network.ts";
import type { RecordedCase } from "./recording.ts";
import { runCase } from "./run.ts";
import { Cutter, loadSymbols } from "./symbols.ts";

const SETUP = [
  "ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02",
  "ip link set v1 up",
  "ip link set v0 up",
  "ip addr add 10.0.0.1/24 brd + dev v0",
  "ip neigh add 10.0.0.2 lladdr 02:00:00:00:00:02 nud delay dev v0",
];

test.each(["delay", "probe"])("a neighbour in state delay may have come to state %s", (state) => {
  const machine = network(SETUP);
  const rec: RecordedCase = {
    case: "x",
    topic: "x",
    text: ["ip link set lo up", ...SETUP, "socket a udp"].join("\n"),
    setup: [],
    ifs: {},
    fib: machine.dump("fib"),
    rules: machine.dump("rules"),
    ne: [`v0 10.0.0.2 ${state} 02:00:00:00:00:02`],
    steps: [{ i: 0, op: "socket a udp", ret: 100, pk: [], d: {}, sk: { a: ["0.0.0.0:0", 0] } }],
  };
  const { failures } = runCase(rec, El6, new Cutter(loadSymbols()));
  expect(failures).toEqual([]);
});
