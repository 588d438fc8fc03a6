// SPDX-License-Identifier: GPL-2.0-only
/** What a recording tells of the machine that it was made on. */
import { describe, expect, test } from "vitest";
import { Ports } from "./ports.ts";
import type { RecordedStep } from "./recording.ts";
import { bootOptions, callsWorlds, QUIET, stateWorlds, ticksOf } from "./worlds.ts";

const step = (op: string, sk: RecordedStep["sk"], calls = ""): RecordedStep => ({
  i: 0,
  op,
  ret: 0,
  pk: [],
  d: {},
  sk,
  calls,
});

describe("the clock ends a round of process_backlog", () => {
  test("where the next follows at once", () => {
    const tree = `net_rx_action
 netpoll_poll_lock
 process_backlog
  __netif_receive_skb
   ip_rcv
  __netif_receive_skb
 netpoll_poll_unlock
 netpoll_poll_lock
 process_backlog
  __netif_receive_skb
 net_rps_action`;
    expect(ticksOf(tree)).toEqual([false, true, false]);
  });
  test("but not between two softirqs", () => {
    const softirq = " net_rx_action\n  process_backlog\n   __netif_receive_skb\n  net_rps_action";
    expect(ticksOf(`sys_sendto\n${softirq}\n udp_sendmsg\n${softirq}`)).toEqual([false, false]);
  });
});

describe("other worlds", () => {
  const quiet = step("send", {});
  test("for calls are late; crowded if a table overflows; of another seed if something was drawn", () => {
    expect(callsWorlds(QUIET, [quiet, quiet], 1)).toEqual([{ ...QUIET, late: [1] }]);
    expect(callsWorlds({ ...QUIET, late: [1] }, [quiet, quiet], 1)).toEqual([]);
    expect(callsWorlds(QUIET, [step("send", {}, "neigh_forced_gc")], 0)).toContainEqual({
      ...QUIET,
      crowded: true,
    });
    expect(callsWorlds(QUIET, [step("send", {}, "udp_lib_get_port")], 0).length).toBeGreaterThan(60);
  });
  test("for packets are late only where routes went from the cache", () => {
    const rtc = (...rtc: string[]): RecordedStep => ({ ...quiet, rtc });
    expect(stateWorlds(QUIET, [rtc("a"), quiet, rtc("a", "b"), quiet], 3)).toEqual([]);
    expect(stateWorlds(QUIET, [rtc("a"), rtc(), quiet], 2)).toContainEqual({ ...QUIET, late: [1] });
    expect(stateWorlds(QUIET, [step("send", {}, "fib_select_multipath")], 0).length).toBeGreaterThan(60);
    const full = stateWorlds(QUIET, [step("send", {}, "neigh_forced_gc"), quiet], 1);
    expect(full).toContainEqual({ ...QUIET, neighbours: 1 });
    expect(bootOptions(full[1] ?? QUIET)).toEqual({
      seed: 1,
      build: "outlined",
      elsewhere: { routes: 0, neighbours: 2 },
    });
  });
});

test("after a flush RCU may free now or later, some routes or none", () => {
  const rtc = (...rtc: string[]): RecordedStep => ({ ...step("send", {}), rtc });
  const tried = stateWorlds(QUIET, [rtc("a", "b"), rtc(), step("send", {}), step("send", {})], 2);
  const held = tried.map((world) => world.held).filter(([from]) => from > 0);
  expect(held).toEqual([3, 4].flatMap((to) => [0, 1, 2].map((freed) => [1, to, freed])));
});

describe("recorded ports", () => {
  /** inet_get_local_port_range and udp_lib_get_port. */
  const first = (random: number, low: number, high: number): number =>
    Math.floor((random * (high - low + 1)) / 2 ** 32) + low;

  test("are drawn again", () => {
    const ports = new Ports();
    for (const port of [32768, 40001, 61000]) {
      ports.step(step("bind a 0.0.0.0:0", { a: [`0.0.0.0:${port}`, 0] }));
      expect(first(ports.choose("udp port") as number, 32768, 61000)).toBe(port);
      expect(ports.choose("udp port")).toBeUndefined();
    }
  });
  test("from the range that the case sets", () => {
    const ports = new Ports();
    ports.configured("sysctl net.ipv4.ip_local_port_range=40000,40001");
    ports.step(step("send a", { a: ["127.0.0.1:40001", 0] }));
    expect(ports.choose("ip id")).toBeUndefined();
    expect(first(ports.choose("udp port") as number, 40000, 40001)).toBe(40001);
  });
  test("leave what is out of range to the case", () => {
    const ports = new Ports();
    ports.step(step("bind a 0.0.0.0:5000", { a: ["0.0.0.0:5000", 0] }));
    expect(ports.choose("udp port")).toBeUndefined();
  });
});
