// SPDX-License-Identifier: GPL-2.0-only
import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { speedscope } from "../../src/render/speedscope.ts";
import type { StateEvent, TraceEvent } from "../../src/trace/event.ts";
import { EVERYTHING } from "../../src/trace/select.ts";
import { stepOf } from "../../src/trace/step.ts";
import { type SpeedscopeFile, speedscopeOutline } from "./read-back.ts";
import { GOLDEN, MAIN_JOB, outlineOf, run, SENDS, stepsOf } from "./run.ts";

const SCHEMA = new URL("../data/speedscope/file-format-schema.json", import.meta.url);
// The schema says no draft that ajv would insist on; "title" beside "$ref" is harmless.
const validate = new Ajv({ strict: false }).compile(JSON.parse(readFileSync(SCHEMA, "utf8")) as object);

/** A file that the public schema takes. */
function parse(text: string): SpeedscopeFile {
  const file = JSON.parse(text) as SpeedscopeFile;
  expect(validate(file), JSON.stringify(validate.errors)).toBe(true);
  return file;
}

describe("speedscope", () => {
  test("the main job", async () => {
    const { out } = await run(...MAIN_JOB, "--format", "speedscope");
    const file = parse(out);
    expect(file.name).toContain("virtual clock");
    expect(file.profiles[0]).toMatchObject({ type: "evented", unit: "nanoseconds" });
    expect(file.profiles[0]?.name).toContain("virtual clock");
    await expect(out).toMatchFileSnapshot(`${GOLDEN}/speedscope`);
  });

  test.for(SENDS.map((argv) => argv.join(" ")))("what opens closes, and is the tree: %s", async (line) => {
    const argv = line.split(" ");
    const { out } = await run(...argv, "--format", "speedscope");
    expect(speedscopeOutline(parse(out))).toEqual(outlineOf(await stepsOf(...argv)));
  });

  test("a view cuts it", async () => {
    const { out } = await run(...MAIN_JOB, "--no-inline", "--hide", "security_*", "--format", "speedscope");
    const selection = { ...EVERYTHING, inline: false, hide: ["security_*"] };
    expect(speedscopeOutline(parse(out))).toEqual(outlineOf(await stepsOf(...MAIN_JOB), selection));
  });

  test("every function is one frame, with its C file", async () => {
    const { frames } = parse((await run(...MAIN_JOB, "-n", "3", "--format", "speedscope")).out).shared;
    expect(new Set(frames.map((f) => f.name)).size).toBe(frames.length);
    expect(frames).toContainEqual({ name: "udp_sendmsg", file: "net/ipv4/udp.c" });
  });

  /** What is written of these events. */
  function written(events: readonly TraceEvent[]): SpeedscopeFile {
    const text: unknown[] = [];
    const view = { selection: EVERYTHING } as Parameters<typeof speedscope>[1];
    const renderer = speedscope({ write: (chunk) => void text.push(chunk) }, view);
    if (events.length > 0) renderer.step(stepOf(events));
    renderer.end?.({} as StateEvent);
    return parse(text.join(""));
  }

  test("calls that never returned are closed where the session ends", () => {
    const enter = (fn: string, depth: number): TraceEvent => ({
      ev: "enter",
      fn,
      file: "",
      inline: false,
      depth,
      args: {},
    });
    expect(speedscopeOutline(written([enter("a", 0), enter("b", 1)]))).toEqual(["a", " b"]);
  });

  test("no session at all is a file too", () => {
    expect(speedscopeOutline(written([]))).toEqual([]);
  });
});
