// SPDX-License-Identifier: GPL-2.0-only
/** Where output goes: formats and files in pairs, nothing binary on a terminal, folders with what is in them. */

import { describe, expect, test } from "vitest";
import { main } from "../../src/cli/main.ts";
import { type MemoryIo, memoryIo } from "../../src/cli/memory-io.ts";
import { FORMAT_NAMES, targets } from "../../src/cli/output.ts";
import type { Format } from "../../src/render/format.ts";
import { FORMATS, type FormatName } from "../../src/render/index.ts";

const SEND = ["sendto", "127.0.0.1", "9999", "a"];
const ofKind = (kind: Format["kind"]): FormatName[] =>
  FORMAT_NAMES.filter((name) => FORMATS[name].kind === kind);

async function send(tty: boolean, ...options: string[]): Promise<[number, MemoryIo]> {
  const io = memoryIo({ tty });
  return [await main([...SEND, ...options], io), io];
}

test.each(ofKind("binary"))("%s refuses a terminal", async (format) => {
  const [status, io] = await send(true, "--format", format);
  expect([status, io.out]).toEqual([2, ""]);
  expect(io.err).toBe(`nettrace: --format ${format} is binary: use -o FILE, or a pipe\n`);
});

test.each(ofKind("binary"))(
  "%s goes into a pipe, or into a file while the terminal shows something else",
  async (format) => {
    const [, pipe] = await send(false, "--format", format);
    const [status, io] = await send(true, "--format", format, "--format", "strace", "-o", "f");
    expect(status).toBe(0);
    expect(io.out).toMatch(/^socket\(/);
    expect(Buffer.from(pipe.outBytes).equals(Buffer.from(io.files.get("f") ?? []))).toBe(true);
  },
);

test.each(ofKind("folder"))("%s needs a folder, and writes nothing outside of it", async (format) => {
  const [status, io] = await send(false, "--format", format);
  expect([status, io.out]).toEqual([2, ""]);
  expect(io.err).toBe(`nettrace: --format ${format} writes a directory: use -o DIRECTORY\n`);
  const [, made] = await send(false, "--format", format, "-o", "some/folder");
  expect(made.files.size).toBeGreaterThan(0);
  for (const path of made.files.keys()) expect(path).toMatch(/^some\/folder\/[^.]/);
});

test("formats and files are paired in their order; the last may go to standard output", () => {
  expect(targets(["json", "pcap", "graph"], ["a", "b"])).toEqual([
    { format: "json", file: "a" },
    { format: "pcap", file: "b" },
    { format: "graph", file: undefined },
  ]);
  expect(() => targets(["json"], ["a", "b"])).toThrow("-o is given 2 times for 1 --format");
  expect(() => targets(["json", "pcap", "graph"], ["a"])).toThrow("3 formats need 2 -o files");
  expect(() => targets(["pcapgn"], [])).toThrow("did you mean pcapng?");
});

describe("--only", () => {
  test.each([
    ["udp_sendmgs", "; did you mean udp_sendmsg?"],
    ["*nothing*", ""],
  ])("'%s' matches nothing: that is said, whatever the format", async (glob, hint) => {
    for (const format of ["graph", "json", "svg"]) {
      const [status, io] = await send(false, "--only", glob, "--only", "ip_*", "--format", format);
      expect(status).toBe(0);
      expect(io.err.replace(/\d+/, "N")).toBe(
        `nettrace: --only '${glob}': none of the N functions that ran matches${hint}\n`,
      );
    }
  });

  test("a function of the kernel that did not run: that is said, too", async () => {
    const [status, io] = await send(false, "--only", "ip_fragment", "--only", "ip_push*");
    expect(status).toBe(0);
    expect(io.err).toBe(
      "nettrace: --only 'ip_fragment': the kernel has such a function, but it did not run\n",
    );
  });

  test("the last line names what shows more", async () => {
    const last = async (...options: string[]): Promise<string | undefined> =>
      (await send(false, ...options))[1].out
        .trimEnd()
        .split("\n")
        .at(-1)
        ?.replace(/^\d+ of \d+/, "N of M");
    expect(await last()).toBe("N of M calls shown: --depth all shows the rest.");
    expect(await last("--depth", "all", "--layer", "ip", "--no-inline")).toBe(
      "N of M calls shown: without --layer, --no-inline all are.",
    );
    expect(await last("--only", "ip_*")).toBe(
      "N of M calls shown: without --only --depth all shows the rest.",
    );
    expect(await last("--depth", "all")).not.toContain("shown");
  });
});
