// SPDX-License-Identifier: GPL-2.0-only
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { main } from "../../src/cli/main.ts";
import { memoryIo } from "../../src/cli/memory-io.ts";
import { PAGE_SIZE, RingBuffer } from "../../src/render/ring-buffer.ts";
import { ftraceOutline } from "./read-back.ts";
import { GOLDEN, MAIN_JOB, outlineOf, run, SENDS, stepsOf } from "./run.ts";
import { need, output, withFiles } from "./tools.ts";

/** What trace-cmd reports of a run. */
async function report(argv: readonly string[], ...options: readonly string[]): Promise<string> {
  const io = await run(...argv, "--format", "trace-dat", "-o", "trace.dat");
  return withFiles(io, (folder) => output("trace-cmd", "report", ...options, join(folder, "trace.dat")));
}

/** Our own reader of the ring buffer's pages: time and data of each event. */
function* events(pages: Iterable<Uint8Array>): Generator<[number, DataView]> {
  for (const page of pages) {
    const view = new DataView(page.buffer, page.byteOffset, page.length);
    let time = Number(view.getBigUint64(0, true));
    const end = 16 + Number(view.getBigUint64(8, true));
    for (let at = 16; at < end; ) {
      const head = view.getUint32(at, true);
      time += head >>> 5;
      // RINGBUF_TYPE_TIME_EXTEND.
      if ((head & 31) === 30) {
        time += view.getUint32(at + 4, true) * 2 ** 27;
        at += 8;
        continue;
      }
      const isSmall = (head & 31) > 0;
      const length = isSmall ? (head & 31) * 4 : view.getUint32(at + 4, true) - 4;
      at += isSmall ? 4 : 8;
      yield [time, new DataView(page.buffer, page.byteOffset + at, length)];
      at += (length + 3) & ~3;
    }
  }
}

/** A trace.dat as lines: time, what, depth and function of each record. */
function decode(file: Uint8Array): string[] {
  const text = Buffer.from(file).toString("latin1");
  const names = new Map(
    [...text.matchAll(/^([0-9a-f]{16}) T (\w+)$/gm)].map(([, a, n]) => [BigInt(`0x${a}`), n]),
  );
  const at = text.indexOf("flyrecord\0") + 10;
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const [begin, size] = [Number(view.getBigUint64(at, true)), Number(view.getBigUint64(at + 8, true))];
  expect(begin + size).toBe(file.length);
  const pages = Array.from({ length: size / PAGE_SIZE }, (_, i) => file.subarray(begin + i * PAGE_SIZE));
  return [...events(pages)].map(([time, data]) => {
    const type = data.getUint16(0, true);
    const fn = names.get(data.getBigUint64(16, true));
    if (type === 14) return `${time} ${data.getUint8(2)} enter ${data.getInt32(24, true)} ${fn}`;
    if (type === 13) return `${time} ${data.getUint8(2)} exit ${data.getInt32(48, true)} ${fn}`;
    return `${time} ${data.getUint8(2)} print ${fn}`;
  });
}

describe("trace-dat", () => {
  test("the main job", async () => {
    const { outBytes } = await run(...MAIN_JOB, "--format", "trace-dat");
    expect([...outBytes.subarray(0, 12)]).toEqual([0x17, 8, 0x44, ...Buffer.from("tracing6\0")]);
    await expect(`${decode(outBytes).join("\n")}\n`).toMatchFileSnapshot(`${GOLDEN}/trace-dat`);
  });

  test.for(SENDS.map((argv) => argv.join(" ")))(
    "trace-cmd report shows the tree of ftrace: %s",
    async (line, context) => {
      const argv = line.split(" ");
      need(context, "trace-cmd");
      const { out } = await run(...argv, "--format", "ftrace");
      expect(ftraceOutline(await report(argv))).toEqual(ftraceOutline(out));
      expect(ftraceOutline(out)).toEqual(outlineOf(await stepsOf(...argv)));
    },
  );

  test("it refuses a terminal", async () => {
    const io = memoryIo({ tty: true });
    expect(await main([...MAIN_JOB, "--format", "trace-dat"], io)).toBe(2);
    expect(io.out).toBe("");
    expect(io.err).toBe("nettrace: --format trace-dat is binary: use -o FILE, or a pipe\n");
  });

  test("durations are those of ftrace", async (context) => {
    need(context, "trace-cmd");
    const { out } = await run(...MAIN_JOB, "--format", "ftrace");
    const durations = (text: string) => [...text.matchAll(/(\d+\.\d+) us/g)].map(([, d]) => d);
    expect(durations(await report(MAIN_JOB))).toEqual(durations(out));
  });

  test("trace-cmd says that the clock is virtual, and what ran in a softirq", async (context) => {
    need(context, "trace-cmd");
    expect(await report(MAIN_JOB)).toMatch(/print: +tracing_mark_write: virtual clock: /);
    expect(await report(MAIN_JOB, "--uname")).toContain("virtual clock");
    const rows = (await report(MAIN_JOB, "-l")).split("\n");
    expect(rows.find((r) => r.includes(" net_rx_action("))).toMatch(/ 0\.\.s\.\. /);
    expect(rows.find((r) => r.includes(" sys_sendto("))).not.toMatch(/ 0\.\.s\.\. /);
  });

  test("trace-cmd hist knows who called whom", async (context) => {
    need(context, "trace-cmd");
    const io = await run(...MAIN_JOB, "--format", "trace-dat", "-o", "trace.dat");
    const text = withFiles(io, (folder) => output("trace-cmd", "hist", join(folder, "trace.dat")));
    expect(text).toMatch(/\(1000\) nettrace/);
    expect(text).toMatch(/ neigh_resolve_output\n[ |]*\n[ |]*--%100\.00-- ip_finish_output2 /);
  });

  test("reasons, when they are asked for", async (context) => {
    need(context, "trace-cmd");
    expect(await report([...MAIN_JOB, "--trace-option", "trace_printk"])).toMatch(
      /print: +inet_sendmsg: not bound: autobind to an ephemeral port/,
    );
  });

  test("many pages", async (context) => {
    need(context, "trace-cmd");
    const many = [...MAIN_JOB, "-n", "20"];
    expect(ftraceOutline(await report(many))).toEqual(outlineOf(await stepsOf(...many)));
  });
});

describe("the ring buffer", () => {
  const filled = (list: readonly (readonly [number, number])[]): [number, number][] => {
    const buffer = new RingBuffer();
    for (const [at, length] of list) buffer.add(at, new Uint8Array(length).fill(1));
    buffer.flush();
    for (const page of buffer.pages) expect(page.length).toBe(PAGE_SIZE);
    return [...events(buffer.pages)].map(([time, data]) => [time, data.byteLength]);
  };

  test("events of every length come out with their times", () => {
    const list = Array.from({ length: 300 }, (_, i) => [1_000_000_000 + i * i, (i + 1) * 4] as const);
    expect(filled(list)).toEqual(list);
  });

  test("a long pause is an event of its own, a longer one begins a page", () => {
    const list = [
      [5, 8],
      [2 ** 27 + 4, 8],
      [2 ** 28 + 4, 8],
      [2 ** 50, 8],
      [2 ** 50 + 2 ** 60, 8],
    ] as const;
    expect(filled(list)).toEqual(list);
  });

  test("nothing is no page", () => {
    expect(filled([])).toEqual([]);
  });
});
