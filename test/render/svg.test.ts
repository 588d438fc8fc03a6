// SPDX-License-Identifier: GPL-2.0-only
/** The picture: that it is one, shows each call once, and that names do not cover each other. */
import { describe, expect, test } from "vitest";
import { countCalls } from "../../src/trace/select.ts";
import { MAIN_JOB, run, SENDS, stepsOf } from "./run.ts";
import { need } from "./tools.ts";
import { render, runWith, sends } from "./world.ts";

const picture = async (...argv: readonly string[]): Promise<string> =>
  (await run(...argv, "--format", "svg")).out;

interface Box {
  readonly layer: string;
  readonly x: number;
  readonly y: number;
  readonly right: number;
}

/** Each call's bar and name, as far to the right as they reach together. */
function boxes(svg: string): Box[] {
  const call =
    /<g class="call (\w+)(?: fail)?"><title>[^<]*<\/title><rect class="[^"]*" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)"[^>]*\/><text [^>]*>([^<]*)</g;
  return [...svg.matchAll(call)].map(([, layer = "", x, y, width, name = ""]) => ({
    layer,
    x: Number(x),
    y: Number(y),
    right: Number(x) + Math.max(Number(width), name.length * 6.6),
  }));
}

test("--depth all: a bar for each call of the trace", async () => {
  const send = (await stepsOf(...MAIN_JOB)).find((s) => s.verdict !== null);
  const bars = boxes(await picture(...MAIN_JOB, "--depth", "all"));
  expect(bars).toHaveLength(countCalls(send?.tree.body ?? []));
});

test.for(SENDS)("no name covers another, no lane a lane (%j)", async (argv) => {
  for (const depth of ["story", "all"]) {
    const svg = await picture(...argv, "--depth", depth);
    for (const panel of svg.split("\n<g transform").slice(1)) {
      const inOrder = boxes(panel).toSorted((a, b) => a.y - b.y || a.x - b.x);
      for (const [i, { layer, x, y }] of inOrder.entries()) {
        const before = inOrder[i - 1];
        if (before?.y !== y) continue;
        expect(layer).toBe(before.layer);
        expect(x).toBeGreaterThan(before.right);
      }
    }
  }
});

test("every number is one, and the same trace is the same picture", async () => {
  for (const argv of SENDS) {
    const svg = await picture(...argv);
    expect(svg).not.toMatch(/NaN|Infinity|undefined|null"/);
    expect(svg === (await picture(...argv))).toBe(true);
  }
});

test("what decided, what failed and what became of it are told", async () => {
  const svg = await picture("sendto", "10.0.0.1", "9", "x");
  expect(svg).toMatch(
    /<g class="call route fail"><title>fib_lookup\(.*\n.*\n.*no route in any table that the rules look up/,
  );
  expect(svg).toContain(">◆ fib_lookup<");
  expect(svg).toMatch(/<desc>sendto = -1 ENETUNREACH \(Network is unreachable\): ✗ refused: no route/);
  expect(svg).toContain("◆ decided in fib_lookup (net/ipv4/fib_rules.c)");
  expect(svg.match(/class="stop"/g)).toHaveLength(1);
});

test("frames stand under the lanes, each header in its layer's colour", async () => {
  const svg = await picture(...MAIN_JOB);
  expect(svg.match(/out by lo, 47 bytes/g)).toHaveLength(1);
  expect(svg.match(/<title>icmp, 8 bytes<\/title>/g)).toHaveLength(2);
  expect(await picture(...MAIN_JOB, "--hexdump=none")).not.toContain("out by lo");
});

test("a long session is drawn as far as a picture can be looked at", async () => {
  const svg = await picture(...MAIN_JOB, "-n", "30");
  expect(svg.match(/class="title/g)).toHaveLength(24);
  expect(svg).toContain(">6 more calls are not drawn.<");
});

describe("rsvg-convert", () => {
  test.for(SENDS)("draws %j", async (argv, ctx) => {
    need(ctx, "rsvg-convert");
    const svg = await picture(...argv);
    const png = runWith({ f: svg }, "sh", "-c", "rsvg-convert f | head -c 24 | od -An -tx1 | tr -d ' \\n'");
    const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg) ?? [];
    const hex = (n: string | undefined): string => Number(n).toString(16).padStart(8, "0");
    expect(png).toBe(`89504e470d0a1a0a0000000d49484452${hex(width)}${hex(height)}`);
  });

  test("draws what a hostile payload and other devices make", async (ctx) => {
    need(ctx, "rsvg-convert");
    const payload = ["sendto", "127.0.0.1", "9", "]]></title><script>&\u0001", "--depth", "all", "-s", "0"];
    const svg = await picture(...payload);
    expect(svg).not.toContain("<script>");
    runWith({ f: svg }, "rsvg-convert", "f", "-o", "g");
    const dummy = ["ip link add d0 type dummy", "ip link set d0 up", "ip addr add 10.1.0.1/24 dev d0"];
    const text = Buffer.from(await render(sends(dummy, ["10.1.0.2:9"], 3000), "svg", "--trace", "all"));
    runWith({ f: text }, "rsvg-convert", "f", "-o", "g");
  });
});
