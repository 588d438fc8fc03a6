// SPDX-License-Identifier: GPL-2.0-only
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeAll } from "../../src/cli/buffered.ts";
import { reason } from "../../src/cli/errors.ts";
import { ClosedPipe } from "../../src/cli/io.ts";
import { memoryIo } from "../../src/cli/memory-io.ts";
import { processIo } from "../../src/cli/process-io.ts";

function failure(code: string): Error {
  return Object.assign(new Error(`${code}: it says, write`), { code });
}

test("writeAll goes on after a short write and a full pipe", () => {
  const got: number[] = [];
  let calls = 0;
  const write = ((_fd: number, bytes: Uint8Array, at: number, length: number) => {
    if (++calls === 2) throw failure("EAGAIN");
    const taken = Math.min(3, length);
    got.push(...bytes.subarray(at, at + taken));
    return taken;
  }) as never;
  writeAll(1, Uint8Array.of(1, 2, 3, 4, 5, 6, 7), write);
  expect(got).toEqual([1, 2, 3, 4, 5, 6, 7]);
});

test("writeAll tells a pipe that nobody reads from what goes wrong otherwise", () => {
  const failing = (code: string) =>
    (() => {
      throw failure(code);
    }) as never;
  expect(() => writeAll(1, Uint8Array.of(1), failing("EPIPE"))).toThrow(ClosedPipe);
  expect(() => writeAll(1, Uint8Array.of(1), failing("ENOSPC"))).toThrow("ENOSPC");
});

test("a file is written whole, text and bytes in their order", () => {
  const folder = mkdtempSync(join(tmpdir(), "nettrace-"));
  const path = join(folder, "out");
  const sink = processIo().createFile(path);
  sink.write("é".repeat(70_000));
  sink.write(Uint8Array.of(0xff));
  sink.write("end");
  sink.commit();
  const whole = Buffer.concat([Buffer.from("é".repeat(70_000)), Buffer.of(0xff), Buffer.from("end")]);
  expect(whole.equals(readFileSync(path))).toBe(true);
  rmSync(folder, { recursive: true });
});

test("a file of many small texts keeps them all", () => {
  const folder = mkdtempSync(join(tmpdir(), "nettrace-"));
  const path = join(folder, "out");
  const lines = Array.from({ length: 30_000 }, (_, i) => `line ${i}\n`);
  const sink = processIo().createFile(path);
  for (const line of lines) sink.write(line);
  sink.commit();
  expect(readFileSync(path, "utf8") === lines.join("")).toBe(true);
  rmSync(folder, { recursive: true });
});

test("files that cannot be read or written are one clear line", () => {
  const io = processIo();
  expect(() => io.readFile("/no/such/file")).toThrow("cannot read /no/such/file: no such file or directory");
  expect(() => io.readFile("/")).toThrow("cannot read /: illegal operation on a directory");
  expect(() => io.createFile("/no/such/file")).toThrow(
    "cannot write /no/such/file: no such file or directory",
  );
  expect(() => memoryIo().readFile("x")).toThrow("cannot read x: no such file or directory");
});

test("reason says why in words", () => {
  let error: unknown;
  try {
    closeSync(openSync("/no/such, file", "r"));
  } catch (caught) {
    error = caught;
  }
  expect(reason(error)).toBe("no such file or directory");
  expect(reason("text")).toBe("text");
});

test("the one in memory keeps what it was given", () => {
  const io = memoryIo({ stdin: "in", files: { a: "b" } });
  io.stdout("x");
  io.stdout(Uint8Array.of(0xc3, 0xa9));
  io.stderr("e");
  const sink = io.createFile("f");
  sink.write("1");
  sink.write(Uint8Array.of(50));
  sink.commit();
  expect([io.out, io.err]).toEqual(["xé", "e"]);
  expect(Buffer.from(io.readStdin()).toString()).toBe("in");
  expect(Buffer.from(io.readFile("a")).toString()).toBe("b");
  expect(Buffer.from(io.readFile("f")).toString()).toBe("12");
});
