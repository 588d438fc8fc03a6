// SPDX-License-Identifier: GPL-2.0-only
/** Logs that the real strace wrote of real programs, run as they are; and the same logs damaged. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { main } from "../../src/cli/main.ts";
import { memoryIo } from "../../src/cli/memory-io.ts";
import { LineError } from "../../src/script/error.ts";
import { scenario } from "../../src/script/scenario.ts";

const FOLDER = fileURLToPath(new URL("fixtures", import.meta.url));
const LOGS = readdirSync(FOLDER).filter((name) => name.endsWith(".strace"));
const text = (name: string): string => readFileSync(join(FOLDER, name), "latin1");

/** What differs between the kernel that was recorded and el6: everything else must agree. */
const DIFFERENT: Readonly<Record<string, number>> = {
  // 255.255.255.255 and 240.0.0.1 had a default route to go by.
  "python-refused-xx.strace": 2,
  // Another buffer size, SO_BINDTODEVICE and UDP_SEGMENT that el6 cannot tell.
  "python-options.strace": 3,
  // SO_SELECT_ERR_QUEUE, time stamps of what is sent, and what comes of them: newer than el6.
  "chronyd.strace": 10,
};

async function run(name: string, content: string): Promise<{ status: number; out: string; err: string }> {
  const io = memoryIo({ files: { [name]: Buffer.from(content, "latin1") } });
  const status = await main(["run", name], io);
  return { status, out: io.out, err: io.err };
}

describe("real logs", () => {
  test("there are a dozen", () => {
    expect(LOGS.length).toBeGreaterThanOrEqual(12);
  });

  test.each(LOGS)("%s", async (name) => {
    const { status, out, err } = await run(name, text(name));
    const failures = err.split("\n").filter((line) => / expected .*, got /.test(line));
    expect(failures).toHaveLength(DIFFERENT[name] ?? 0);
    expect(status).toBe(failures.length > 0 ? 1 : 0);
    await expect(`${out}--- standard error ---\n${err}`).toMatchFileSnapshot(
      join(FOLDER, name.replace(/strace$/, "expected")),
    );
  });
});

describe("damaged logs", () => {
  const lines = LOGS.flatMap((name) => text(name).split("\n")).filter((line) => line !== "");
  /** What may stand where something else stood. */
  const piece = fc.oneof(
    fc.string({ maxLength: 4 }),
    fc.constantFrom(
      "(",
      ")",
      '"',
      "\\",
      "{",
      "}",
      "[",
      "]",
      "<",
      ">",
      ", ",
      "...",
      "= ",
      "-1",
      "0x",
      "=>",
      "\0",
    ),
    fc.constantFrom(
      "/*",
      "*/",
      "<unfinished ...>",
      "<... sendto resumed>",
      "NULL",
      "AF_INET",
      "[pid 7] ",
      "\x80",
    ),
  );
  const damaged = fc
    .tuple(fc.nat(lines.length - 1), fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(12), piece)
    .map(([i, where, cut, put]) => {
      const line = lines[i] as string;
      const at = Math.floor(where * line.length);
      return line.slice(0, at) + put + line.slice(at + cut);
    });
  const log = fc.array(
    fc.oneof(
      damaged,
      fc.nat(lines.length - 1).map((i) => lines[i] as string),
    ),
    {
      maxLength: 12,
    },
  );

  test("are read, or refused with their place", () => {
    const read = (list: readonly string[]): number => {
      let steps = 0;
      for (const _ of scenario(list, { ifindex: () => 1 })) steps++;
      return steps;
    };
    fc.assert(
      fc.property(log, (list) => {
        try {
          expect(read(list)).toBeGreaterThanOrEqual(0);
        } catch (error) {
          expect(error).toBeInstanceOf(LineError);
          const { line, column, message } = error as LineError;
          expect(line).toBeGreaterThanOrEqual(1);
          expect(line).toBeLessThanOrEqual(list.length);
          expect(column).toBeGreaterThanOrEqual(1);
          expect(message).not.toContain("undefined");
        }
      }),
      { numRuns: 4000 },
    );
  });

  test("run to an end, or not at all", async () => {
    await fc.assert(
      fc.asyncProperty(log, async (list) => {
        const { status, out, err } = await run("log.strace", list.join("\n"));
        expect([0, 1, 2]).toContain(status);
        if (status === 2) {
          expect(out).toBe("");
          expect(err).toMatch(/^nettrace: log\.strace:\d+:\d+: [\x20-\x7e\u0080-\uffff]+\n$/);
        }
      }),
      { numRuns: 150 },
    );
  });
});
