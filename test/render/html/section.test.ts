// SPDX-License-Identifier: GPL-2.0-only
/** What the page tells agrees with what every other format tells of the same run. */
import { describe, expect, test } from "vitest";
import type { Section } from "../../../src/render/html/model.ts";
import { endsOf, type Line, linesOf, type View } from "../../../src/render/html/page/lines.ts";
import { bytesAt, countersAt, partsAt } from "../../../src/render/html/page/replay.ts";
import { counterEvent } from "../../../src/trace/counter.ts";
import { countCalls, EVERYTHING, select } from "../../../src/trace/select.ts";
import type { Step } from "../../../src/trace/step.ts";
import { fieldsOf } from "../../../src/wire/fields.ts";
import { fromHex } from "../../../src/wire/hexdump.ts";
import { MAIN_JOB, run, SENDS, stepsOf } from "../run.ts";
import { dataOf, pageOf } from "./pages.ts";

const STORY: View = { all: false, layers: new Set(), toggled: new Set(), wanted: new Set() };

function lines(section: Section, view: Partial<View> = {}): Line[] {
  return linesOf(section, endsOf(section.rows), { ...STORY, ...view });
}

async function both(argv: readonly string[]): Promise<{ steps: Step[]; sections: Section[] }> {
  return { steps: await stepsOf(...argv), sections: dataOf(await pageOf(...argv)).sections };
}

/** Digits of a frame as the page has them when it is seen. */
function shownBytes(section: Section, row: number, buf: number, at: number, len: number): string {
  const { start, cells } = bytesAt(section, buf, row);
  return cells
    .slice(at - start, at - start + len)
    .map((cell) => cell.hex)
    .join("");
}

/** More ways for bytes into a packet, and more devices for frames. */
const WAYS: readonly (readonly string[])[] = [
  ...SENDS,
  [...MAIN_JOB, "--no-check"],
  [...MAIN_JOB, "--udplite=8", "--listen"],
  [...MAIN_JOB, "--ip-options", "rr:3"],
  [...MAIN_JOB, "--connect", "--via", "splice"],
  [...MAIN_JOB, "--connect", "--via", "writev"],
  ["sendto", "192.0.2.20", "9", "--size", "3000", "--net", "lan", "--wait", "3000"],
  ["sendto", "198.51.100.9", "9", "--size", "4000", "--net", "two"],
];

describe.each(WAYS.map((argv) => [argv.join(" "), argv] as const))("%s", (_, argv) => {
  test("a section a call, its calls in order", async () => {
    const { steps, sections } = await both(argv);
    const names = (section: Section): string[] =>
      section.rows.filter((r) => r.kind === "call").map((r) => section.fns[r.fn]?.[0] ?? "");
    const called = (step: Step): string[] => step.events.flatMap((ev) => (ev.ev === "enter" ? [ev.fn] : []));
    expect(sections.map(names)).toEqual(steps.map(called));
  });

  test("steps are numbered through the page", async () => {
    const { sections } = await both(argv);
    let first = 1;
    for (const section of sections) {
      expect(section.first).toBe(first);
      first += section.rows.length;
    }
  });

  test("the story shows the calls that the graph's story shows", async () => {
    const { steps, sections } = await both(argv);
    const shown = sections.map(
      (section) => lines(section).filter((l) => section.rows[l.row]?.kind === "call").length,
    );
    const graph = steps.map((step) => countCalls(select(step.tree.body, { ...EVERYTHING, depth: "story" })));
    expect(shown).toEqual(graph);
  });

  test("with the bookkeeping, a line a row", async () => {
    const { sections } = await both(argv);
    for (const section of sections) {
      expect(lines(section, { all: true }).map((l) => l.row)).toEqual(section.rows.map((_row, i) => i));
    }
  });

  test("every frame is built of the bytes that were written, and all their writers are known", async () => {
    const { steps, sections } = await both(argv);
    const shown = sections.flatMap((section) =>
      section.rows.flatMap((row, i) =>
        (row.frames ?? []).map((f) => shownBytes(section, i, f.buf, f.at, f.len)),
      ),
    );
    const frames = steps.flatMap((s) => s.events.flatMap((ev) => (ev.ev === "packet" ? [ev.hex] : [])));
    expect(shown).toEqual(frames);
    const writers = sections.flatMap((s) => s.rows.flatMap((r) => (r.writes ?? []).map((w) => w.by)));
    // But for those of a frame that another host sent.
    const received = steps.flatMap((s) => s.events.filter((ev) => ev.ev === "context" && ev.on));
    const from = received.filter((ev) => ev.ev === "context" && ev.name === "interrupt");
    expect(writers.filter((by) => by < 0)).toEqual(from.map(() => -2));
  });

  test("fields say what their bytes say", async () => {
    const { sections } = await both(argv);
    for (const section of sections) {
      section.rows.forEach((row, i) => {
        for (const part of row.parts ?? []) {
          const hex = shownBytes(section, i, part.buf, part.at, part.len);
          const label = part.name.replace("quoted ", "").replace("icmp header", "icmp message");
          const values = fieldsOf(label, fromHex(hex)).map((f) => [f.name, part.at + f.at, f.len, f.value]);
          expect(part.fields).toEqual(values);
        }
      });
    }
  });

  test("counters end where the machine's end", async () => {
    const text = (await run(...argv, "--format", "json")).out.trimEnd().split("\n");
    const after = JSON.parse(text.at(-1) ?? "") as { counters: Record<string, number> };
    const { sections } = await both(argv);
    const last = new Map<string, number>();
    for (const section of sections)
      for (const counter of countersAt(section, section.rows.length - 1)) last.set(counter.name, counter.now);
    for (const [name, now] of last)
      expect([name, now]).toEqual([name, after.counters[counterEvent(name)] ?? 0]);
  });
});

describe("the main job", () => {
  test("the packet grows: payload, UDP, IP, Ethernet, each by its function", async () => {
    const section = dataOf(await pageOf(...MAIN_JOB)).sections[1] as Section;
    const first = section.buffers.indexOf("skb#1");
    const writes = section.rows
      .flatMap((row) => row.writes ?? [])
      .filter((w) => w.buf === first && w.hex !== "")
      .map((w) => [section.fns[w.by]?.[0], w.at, w.len]);
    expect(writes).toEqual([
      ["memcpy_fromiovecend", 44, 5],
      ["udp_send_skb", 36, 8],
      ["__ip_local_out", 16, 20],
      ["eth_header", 2, 14],
    ]);
    const parts = partsAt(section, first, section.rows.length - 1);
    expect(parts.map((p) => p.name)).toEqual(["ethernet header", "ip header", "udp header", "payload"]);
  });

  test("the ICMP answer quotes the datagram, and what is quoted has names", async () => {
    const section = dataOf(await pageOf(...MAIN_JOB)).sections[1] as Section;
    const parts = partsAt(section, section.buffers.indexOf("skb#2"), section.rows.length - 1);
    expect(parts.map((p) => p.name)).toEqual([
      "ethernet header",
      "ip header",
      "icmp header",
      "quoted ip header",
      "quoted udp header",
      "quoted data",
    ]);
  });

  test("the deciding row gives the verdict's reason", async () => {
    const section = dataOf(await pageOf(...MAIN_JOB)).sections[1] as Section;
    const row = section.rows[section.decided];
    expect(section.fns[row?.fn ?? -1]?.[0]).toBe("__udp4_lib_lookup");
    expect(row?.why?.[0]?.[0]).toMatch(/^no socket/);
  });

  test("what is told of the datagram", async () => {
    const section = dataOf(await pageOf(...MAIN_JOB)).sections[1] as Section;
    const facts = section.rows.flatMap((row) => row.facts ?? []);
    const told = facts.filter(([card]) => card === "Datagram pkt#1").map(([, label, text]) => [label, text]);
    expect(told).toEqual([
      ["is", "made"],
      ["carries", "5 bytes of UDP"],
      ["from", "127.0.0.1:33309"],
      ["to", "127.0.0.1:9999"],
      ["route", "prefix=127.0.0.1/32 table=local dev=lo src=127.0.0.1"],
      ["is", "received on lo"],
      ["is", "dropped (NO_SOCKET)"],
    ]);
  });
});

test("what one call leaves behind is there in the next: a corked datagram, a queued one", async () => {
  const [, , , second] = dataOf(await pageOf(...MAIN_JOB, "--cork", "-n", "2")).sections;
  const corked = second as Section;
  const { cells } = bytesAt(corked, corked.buffers.indexOf("skb#1"), corked.rows.length - 1);
  expect(cells.map((c) => c.hex).join("")).toBe("61".repeat(10));
  const received = dataOf(await pageOf(...MAIN_JOB, "--listen")).sections.at(-1) as Section;
  const skb = bytesAt(received, received.buffers.indexOf("skb#1"), 0);
  expect(skb.cells).toHaveLength(47);
  expect(skb.cells.every((cell) => cell.row === -1)).toBe(true);
  const reader = received.buffers.indexOf("user memory of the receiver");
  const got = bytesAt(received, reader, received.rows.length - 1).cells;
  expect(got.map((c) => c.hex).join("")).toBe("6161616161");
});
