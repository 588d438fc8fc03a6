// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, test } from "vitest";
import { chrome } from "../../src/render/chrome.ts";
import { parseLine } from "../../src/render/json.ts";
import { counterEvent } from "../../src/trace/counter.ts";
import type { StateEvent } from "../../src/trace/event.ts";
import { EVERYTHING } from "../../src/trace/select.ts";
import { type ChromeEvent, chromeEvents, chromeOutline, ns, slices } from "./read-back.ts";
import { GOLDEN, MAIN_JOB, outlineOf, run, SENDS, stepsOf } from "./run.ts";

async function events(...argv: readonly string[]): Promise<ChromeEvent[]> {
  const { out } = await run(...argv, "--format", "chrome");
  return chromeEvents(out);
}

describe("chrome", () => {
  test("the main job", async () => {
    const { out } = await run(...MAIN_JOB, "--format", "chrome");
    expect(JSON.parse(out)).toMatchObject({ otherData: { clock: expect.stringContaining("virtual clock") } });
    await expect(out).toMatchFileSnapshot(`${GOLDEN}/chrome`);
  });

  test.for(SENDS.map((argv) => argv.join(" ")))("slices nest, and are the tree: %s", async (line) => {
    const argv = line.split(" ");
    const all = await events(...argv);
    expect(chromeOutline(all)).toEqual(outlineOf(await stepsOf(...argv)));
    for (const e of slices(all)) expect(ns(e.dur)).toBeGreaterThan(0);
  });

  test("every event has what the format asks for", async () => {
    for (const e of await events(...MAIN_JOB, "-n", "2")) {
      expect(e.name).not.toBe("");
      expect([e.pid, e.tid]).toEqual([1000, 1000]);
      if (e.ph !== "M") expect(Number.isFinite(e.ts)).toBe(true);
    }
  });

  test("a view cuts the slices", async () => {
    const all = await events(...MAIN_JOB, "--only", "fib_*", "--no-inline");
    expect(chromeOutline(all)).toEqual(
      outlineOf(await stepsOf(...MAIN_JOB), { ...EVERYTHING, only: ["fib_*"], inline: false }),
    );
  });

  test("counters begin where they were and end where they are", async () => {
    const { out } = await run(...MAIN_JOB, "-n", "3", "--format", "json");
    const states = out
      .trimEnd()
      .split("\n")
      .map(parseLine)
      .filter((e): e is StateEvent => e.ev === "state");
    const values = new Map<string, number[]>();
    for (const e of await events(...MAIN_JOB, "-n", "3")) {
      if (e.ph === "C") values.set(e.name, [...(values.get(e.name) ?? []), Number(e.args?.["value"])]);
    }
    expect(values.size).toBeGreaterThan(10);
    for (const [name, list] of values) {
      expect([name, list[0]]).toEqual([name, states[0]?.counters[counterEvent(name)] ?? 0]);
      expect([name, list.at(-1)]).toEqual([name, states[1]?.counters[counterEvent(name)] ?? 0]);
    }
  });

  test("a flow goes from each frame sent to where it comes in, inside slices", async () => {
    const all = await events(...MAIN_JOB);
    const flows = all.filter((e) => "stf".includes(e.ph));
    expect(flows.map((e) => `${e.ph}${e.id}`)).toEqual(["s1", "f1", "s2", "f2"]);
    for (const flow of flows) {
      expect(slices(all).some((e) => ns(e.ts) < ns(flow.ts) && ns(flow.ts) < ns(e.ts) + ns(e.dur))).toBe(
        true,
      );
    }
    const far = await events("sendto", "10.0.0.1", "9", "x");
    expect(far.filter((e) => "stf".includes(e.ph))).toEqual([]);
  });

  test("reasons, bytes and frames are instants; options leave them out", async () => {
    const cats = (all: readonly ChromeEvent[]) => new Set(all.filter((e) => e.ph === "i").map((e) => e.cat));
    expect(cats(await events(...MAIN_JOB))).toEqual(new Set(["why", "bytes", "frame", "verdict"]));
    const bare = await events(...MAIN_JOB, "--no-why", "--hexdump=none", "--no-args");
    expect(cats(bare)).toEqual(new Set(["frame", "verdict"]));
    expect(bare.find((e) => e.cat === "frame")?.args).toEqual({
      dev: "lo",
      type: "PACKET_OUTGOING",
      length: 47,
    });
    expect(bare.find((e) => e.name === "udp_sendmsg")?.args).toEqual({
      "C file": "net/ipv4/udp.c",
      return: "5",
    });
    const header = (await events(...MAIN_JOB)).find((e) => e.name === "udp header");
    expect(header?.args).toMatchObject({ dport: "9999", len: "13" });
  });

  test("a hostile payload is only text, and no byte of it a command to a terminal", async () => {
    const payload = `hex:${Buffer.from('</script>"\\\u001b[31m\u0000\u009b\u2028').toString("hex")}`;
    const { out } = await run("sendto", "127.0.0.1", "9999", payload, "--format", "chrome", "-s", "0");
    expect(() => JSON.parse(out)).not.toThrow();
    expect(out).not.toMatch(/[^\P{Cc}\n]|\u2028/u);
  });

  test("no session at all is JSON too", () => {
    const text: unknown[] = [];
    chrome({ write: (chunk) => void text.push(chunk) }, {} as Parameters<typeof chrome>[1]).end?.(
      {} as StateEvent,
    );
    expect(JSON.parse(text.join(""))).toHaveProperty("traceEvents");
  });
});
