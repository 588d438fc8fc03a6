// SPDX-License-Identifier: GPL-2.0-only
/** Formats that stream write each step when it comes, and keep nothing that grows with their number. */
import { expect, test } from "vitest";
import type { Format, ViewOptions } from "../../src/render/format.ts";
import { DEFAULT_TRACE_OPTIONS } from "../../src/render/ftrace-options.ts";
import { FORMATS, type FormatName } from "../../src/render/index.ts";
import { plain } from "../../src/render/style.ts";
import { EVERYTHING } from "../../src/trace/select.ts";
import { MAIN_JOB, stepsOf } from "./run.ts";

const VIEW = {
  paint: plain,
  selection: EVERYTHING,
  args: true,
  why: true,
  hexdump: "headers",
  stringLimit: 32,
  traceOptions: DEFAULT_TRACE_OPTIONS,
} as unknown as ViewOptions;

const STREAMS: readonly FormatName[] = ["strace", "json", "ftrace", "uftrace", "chrome", "speedscope"];

test.each(STREAMS)("%s writes as much for the hundredth step as for the second", async (name) => {
  const format = FORMATS[name] as Format;
  let written = 0;
  const out = {
    write(chunk: string | Uint8Array) {
      written += chunk.length;
    },
  };
  const renderer =
    format.kind === "folder"
      ? (await format.load())({ file: () => out }, VIEW)
      : (await format.load())(out, VIEW);
  const step = (await stepsOf(...MAIN_JOB, "-n", "2")).at(-1);
  if (step === undefined) throw new Error("no step");
  const sizes = Array.from({ length: 100 }, () => {
    const before = written;
    renderer.step(step);
    return written - before;
  });
  const [, second = 0] = sizes;
  expect(second).toBeGreaterThan(50);
  expect(Math.abs((sizes.at(-1) ?? 0) - second)).toBeLessThan(second / 20);
});
