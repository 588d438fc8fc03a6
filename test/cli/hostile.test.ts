// SPDX-License-Identifier: GPL-2.0-only
/** Input that was made to do harm: one clear line, nothing on the terminal that commands it, no time, no memory. */
import { existsSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { main } from "../../src/cli/main.ts";
import { type MemoryIo, type MemoryOptions, memoryIo } from "../../src/cli/memory-io.ts";
import { FORMAT_NAMES } from "../../src/cli/output.ts";
import { FORMATS } from "../../src/render/index.ts";
import { quoted } from "../../src/script/quoted.ts";
import { isPrintable } from "../../src/trace/printable.ts";
import { folder, onDisk } from "./disk.ts";

async function run(argv: readonly string[], options: MemoryOptions = {}): Promise<[number, MemoryIo]> {
  const io = memoryIo(options);
  return [await main(argv, io), io];
}

test.each(["__proto__", "constructor", "toString", "hasOwnProperty"])(
  "%s is no command, and no network",
  async (word) => {
    const [status, io] = await run([word]);
    expect([status, io.err]).toEqual([2, `nettrace: unknown command '${word}'\n`]);
    const [other, net] = await run(["sendto", "127.0.0.1", "9", "--net", word]);
    expect([other, net.err]).toEqual([2, expect.stringContaining(`cannot read ${word}`)]);
  },
);

describe("a value that may be left out is never the payload", () => {
  const send = ["sendto", "127.0.0.1", "9999"];
  test.each([
    [["--counters", "none"], ["--counters=none"]],
    [["--hexdump", "none"], ["--hexdump=none"]],
    [
      ["--hexdump", "packets", "hi"],
      ["hi", "--hexdump=packets"],
    ],
    [["--udplite", "8"], ["--udplite=8"]],
    [
      ["--hexdump", "hi"],
      ["hi", "--hexdump=all"],
    ],
    [
      ["--counters", "--", "none"],
      ["--counters=all", "--", "none"],
    ],
  ])("%j", async (given, meant) => {
    const [, a] = await run([...send, ...given]);
    const [, b] = await run([...send, ...meant]);
    expect(a.err).toBe("");
    expect(a.out).toBe(b.out);
  });

  test.each([
    ["--counters", "non", "expected moved, all, none; did you mean none?"],
    ["--hexdump", "packet", "expected headers, all, packets, none; did you mean packets?"],
  ])("%s %s", async (option, word, message) => {
    const [status, io] = await run([...send, option, word]);
    expect([status, io.out, io.err]).toEqual([2, "", `nettrace: ${option} '${word}': ${message}\n`]);
  });
});

/** Names that would command a terminal, or be read otherwise than they are. */
const NAMES = ["\x1b]0;pwn\x07", "a\u202eb", "x\u200by\u2066", "\x7f\u009b2J"];
const TEXT_FORMATS = FORMAT_NAMES.filter((name) => FORMATS[name].kind !== "binary");

/** Everything that was written, the files too. */
function written(io: MemoryIo): string {
  return [io.out, io.err, ...[...io.files.values()].map((b) => Buffer.from(b).toString("utf8"))].join("\n");
}

describe.each(NAMES)("%j", (name) => {
  const seen = (text: string): void =>
    expect(text.split(/[\n\t]/).filter((line) => !isPrintable(line))).toEqual([]);

  test("as a host, a port, a device, an option and a file", async () => {
    for (const argv of [
      ["sendto", name, "1"],
      ["sendto", "127.0.0.1", name],
      ["sendto", "127.0.0.1", "1", "hi", "--device", name],
      ["sendto", "127.0.0.1", "1", `--${name}`],
      ["sendto", "127.0.0.1", "1", `@${name}`],
      ["sendto", "127.0.0.1", "1", "--only", name],
      ["sendto", "127.0.0.1", "1", "--net", name],
      ...["run", "render", "capture"].map((command) => [command, name]),
      ["diff", name, name],
    ]) {
      const [, io] = await run(argv);
      expect(io.err + io.out).not.toBe("");
      seen(written(io));
    }
  });

  test.each(TEXT_FORMATS)("as a device, in %s", async (format) => {
    const dev = quoted(name);
    const net = `ip link add name ${dev} type dummy\nip link set ${dev} up\nip addr add 10.0.0.1/24 dev ${dev}\n`;
    const files = { net };
    const how = ["--format", format, ...(FORMATS[format].kind === "folder" ? ["-o", "out"] : [])];
    const send = [
      "sendto",
      "10.0.0.5",
      "53",
      "hi",
      "--trace",
      "all",
      "--hexdump",
      "--counters",
      "--net",
      "net",
    ];
    const io = memoryIo({ files });
    const status = await main([...send, ...how], io);
    io.files.delete("net");
    // A name that no device may have is refused.
    expect(status).toBe(NAMES.indexOf(name) % 3 === 0 ? 2 : 0);
    // uftrace's data is binary beside its texts.
    if (format !== "uftrace") seen(written(io));
  });

  test("what was saved reads back", async () => {
    const files = { "s.nt": scenario(name) };
    for (const formats of [["graph"], ["strace"]]) {
      const view = ["--trace", "all", "--counters", "--format", ...formats];
      const [, saved] = await run(["run", "s.nt", "--trace", "all", "--format", "json"], { files });
      const [, live] = await run(["run", "s.nt", ...view], { files });
      seen(live.out);
      const [status, back] = await run(["render", "t", ...view], { files: { t: saved.out } });
      expect([status, back.err]).toEqual([0, ""]);
      expect(back.out).toBe(live.out);
    }
  });
});

/** A socket that is to be bound to a device of that name. */
function scenario(name: string): string {
  const bytes = [...new TextEncoder().encode(name)].map((b) => `\\${b.toString(8).padStart(3, "0")}`);
  return `socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = 3
setsockopt(3, SOL_SOCKET, SO_BINDTODEVICE, "${bytes.join("")}\\0", ${bytes.length + 1}) = -1 ENODEV (No such device)
`;
}

describe("a network with such names", () => {
  test.each(NAMES.slice(1, 3))("%j as commands is the same network", async (name) => {
    const net = `ip link add name ${quoted(name)} type dummy\n`;
    const show = ["sendto", "--net", "net", "--net-show"];
    const [, shown] = await run(show, { files: { net } });
    expect(isPrintable(shown.out.replaceAll("\n", ""))).toBe(true);
    const [, again] = await run(show, { files: { net: shown.out } });
    expect(again.out).toBe(shown.out);
  });
});

const HEAD = '{"ev":"machine","uname":"x","network":"","seed":0}\n';

describe("a trace that nests", () => {
  const nested = (levels: number): string => `${"[".repeat(levels)}1${"]".repeat(levels)}`;
  test.each([9, 250, 5000, 200_000])("%i levels deep", async (levels) => {
    for (const line of [
      nested(levels),
      `{"ev":"note","fn":"","depth":0,"text":${nested(levels)}}`,
      `{"ev":"note","fn":"","depth":0,"text":"","facts":{"a":${nested(levels)}}}`,
      `{"a":${nested(levels)},"ev":"note","fn":"f g","depth":0,"text":""}`,
      nested(levels).slice(0, -1),
    ]) {
      const [status, io] = await run(["render", "t"], { files: { t: HEAD + line } });
      expect([status, io.out]).toEqual([2, ""]);
      expect(io.err).toMatch(/^nettrace: t:2:\d+: .{1,400}\n$/);
      const [other, capture] = await run(["capture", "t"], { files: { t: `{"case":"a","steps":${line}` } });
      expect([other, capture.out]).toEqual([2, ""]);
    }
  });
});

test("a packed recording that is larger than any is not unpacked", async () => {
  const dir = folder();
  const bomb = join(dir, "bomb.ftrace.gz");
  writeFileSync(bomb, gzipSync(new Uint8Array(300 * 1024 * 1024)));
  const { status, out, err } = await onDisk(["capture", bomb]);
  expect([status, out]).toEqual([2, ""]);
  expect(err).toBe(`nettrace: cannot unpack ${bomb}: larger than 268435456 bytes\n`);
});

describe.skipIf(!existsSync("/dev/zero"))("what never ends", () => {
  test.each([
    [["run", "/dev/zero"], "a line longer than 16777216 bytes"],
    [["render", "/dev/zero"], "a line longer than 67108864 bytes"],
    [["capture", "/dev/zero"], "a line longer than 67108864 bytes"],
    [["sendto", "127.0.0.1", "9", "@/dev/zero"], "larger than 16777217 bytes"],
    [["sendto", "127.0.0.1", "9", "--net", "/dev/zero"], "expected a network of less than 67108864 bytes"],
  ])("%j", async (argv, message) => {
    const { status, err } = await onDisk(argv);
    expect([status, err]).toEqual([2, expect.stringContaining(message)]);
  });

  test("through a link", async () => {
    const dir = folder();
    symlinkSync("/dev/zero", join(dir, "x.nt"));
    expect((await onDisk(["run", join(dir, "x.nt")])).status).toBe(2);
  });
});

test.each(["F_DUPFD", "F_SETFL"])("fcntl(3, %s) without its argument", async (command) => {
  const text = `socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = 3\nfcntl(3, ${command}) = 4\n`;
  const [status, io] = await run(["run", "f"], { files: { f: text } });
  expect(status).not.toBe(70);
  expect(io.err).toMatch(/^(?:nettrace: )?f:/m);
});

describe("what sleeps for years", () => {
  const socket = "socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = 3\n";
  test.each([
    ["a command", "sleep 365d\n"],
    ["select", `${socket}select(4, [3], NULL, NULL, {tv_sec=1000000000, tv_usec=0}) = 0 (Timeout)\n`],
  ])("%s: its timers are told so far, and that there are more", async (_what, text) => {
    const [status, io] = await run(["run", "f", "--format", "json", "--trace", "all", "-o", "out"], {
      files: { f: text },
    });
    expect(status).toBe(0);
    const saved = io.files.get("out") ?? new Uint8Array();
    expect(saved.length).toBeLessThan(32 * 1024 * 1024);
    expect(Buffer.from(saved).toString()).toContain(
      "not modelled: timers during the rest of so long a sleep",
    );
    const [back] = await run(["render", "t", "--as", "strace"], { files: { t: saved } });
    expect(back).toBe(0);
  });
});
