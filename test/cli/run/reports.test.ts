// SPDX-License-Identifier: GPL-2.0-only
/** What CI reads of a run: --quiet, the last line, JUnit's XML, GitHub's annotations; `expect path`, `expect calls`, options of `expect trace`. */
import { describe, expect, test } from "vitest";
import { main } from "../../../src/cli/main.ts";
import { type MemoryIo, memoryIo } from "../../../src/cli/memory-io.ts";

const TO = `{sa_family=AF_INET, sin_port=htons(9999), sin_addr=inet_addr("127.0.0.1")}, 16`;
const send = (text: string, ret: number): string =>
  `sendto(3, "${text}", ${text.length}, 0, ${TO}) = ${ret}\n`;
const SOCKET = "socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = 3\n";
const RIGHT = SOCKET + send("aaaaa", 5);
const WRONG = `${SOCKET}${send("b", 2)}expect errno EPERM\n`;

async function run(
  files: Record<string, string>,
  ...args: string[]
): Promise<{ status: number; io: MemoryIo }> {
  const io = memoryIo({ files });
  return { status: await main(["run", ...args], io), io };
}
const text = (io: MemoryIo, file: string): string => Buffer.from(io.files.get(file) ?? []).toString("utf8");

describe("--quiet", () => {
  test("one file: the last line, and nothing where it could be read", async () => {
    const { status, io } = await run({ "a.nt": RIGHT }, "--quiet", "a.nt");
    expect([status, io.out, io.err]).toEqual([0, "", "1 file: as written\n"]);
  });

  test("failures alone are told", async () => {
    const notes = `socket(AF_INET6, SOCK_STREAM, 0) = 4\nip addr show lo\n${WRONG}`;
    const { status, io } = await run({ "a.nt": RIGHT, "<b>.nt": notes }, "--quiet", "a.nt", "<b>.nt");
    expect([status, io.out]).toEqual([1, ""]);
    expect(io.err.split("\n").filter((line) => !line.startsWith(" "))).toEqual([
      expect.stringMatching(/^<b>\.nt:4:\d+: sendto: expected = 2, got = 1$/),
      "<b>.nt:5:1: expect errno EPERM: expected EPERM, got 1",
      "<b>.nt: 2 things not as written",
      "2 files: 1 as written, 1 not",
      "",
    ]);
  });

  test("a format that goes to a file is written all the same", async () => {
    const { io } = await run({ "a.nt": RIGHT }, "--quiet", "--format", "path", "-o", "p", "a.nt");
    expect(io.out).toBe("");
    expect(text(io, "p")).toMatch(/^sys_sendto → /);
  });

  test("a log of which nothing ran says so", async () => {
    const { io } = await run({ "x.strace": "\n" }, "--quiet", "x.strace");
    expect(io.err).toContain("nothing ran");
  });
});

test.each([
  [["a.nt", "a.nt"], "2 files: all as written\n"],
  [["w.nt", "a.nt", "a.nt"], "3 files: 2 as written, 1 not\n"],
  [["w.nt", "w.nt"], "2 files: none as written\n"],
])("the last line of %j", async (files, line) => {
  const { io } = await run({ "a.nt": RIGHT, "w.nt": WRONG }, ...files);
  expect(io.err.endsWith(line)).toBe(true);
});

test("--report junit=FILE has a case for each file, and what failed in it", async () => {
  const name = `w&"<é>.nt`;
  const { io } = await run({ "a.nt": RIGHT, [name]: WRONG }, "--report", "junit=r.xml", "a.nt", name);
  expect(text(io, "r.xml")).toMatchInlineSnapshot(`
    "<?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="nettrace run" tests="2" failures="1">
      <testsuite name="nettrace run" tests="2" failures="1" errors="0" skipped="0">
        <testcase classname="nettrace.run" name="a.nt" file="a.nt"/>
        <testcase classname="nettrace.run" name="w&amp;&quot;&lt;é&gt;.nt" file="w&amp;&quot;&lt;é&gt;.nt">
          <failure message="sendto: expected = 2, got = 1 (and 1 more)" type="difference">w&amp;&quot;&lt;é&gt;.nt:2:102: sendto: expected = 2, got = 1
    w&amp;&quot;&lt;é&gt;.nt:3:1: expect errno EPERM: expected EPERM, got 1
        after sendto(3, &quot;b&quot;, 1, 0, {sa_family=AF_INET, sin_port=htons(9999), sin_addr=inet_addr(&quot;127.0.0.1&quot;)}, 16) = 1
    </failure>
        </testcase>
      </testsuite>
    </testsuites>
    "
  `);
});

test("--report github has an annotation for each thing, its text escaped", async () => {
  const { io } = await run({ "w,1:a.nt": WRONG }, "--quiet", "--report", "github", "w,1:a.nt");
  expect(io.err).toContain(
    "::error file=w%2C1%3Aa.nt,line=2,col=102,title=nettrace run::sendto: expected = 2, got = 1\n",
  );
  expect(io.err).toMatch(/,line=3,col=1,title=nettrace run::expect errno EPERM: .*, got 1%0Aafter /);
});

test.each([
  ["junt=x", "--report 'junt=x': expected junit=FILE or github; did you mean junit=FILE?"],
  ["junit", "--report 'junit': expected junit=FILE or github; did you mean junit=FILE?"],
  ["xml", "--report 'xml': expected junit=FILE or github"],
])("--report %s is refused", async (value, message) => {
  const { status, io } = await run({ "a.nt": RIGHT }, "--report", value, "a.nt");
  expect([status, io.out, io.err]).toEqual([2, "", `nettrace: ${message}\n`]);
});

test.each([
  ["a.nt", { "a.nt": RIGHT }],
  ["a.path", { "a.nt": `${RIGHT}expect path a.path\n`, "a.path": "x\n" }],
])("a report is not written onto %s, which is read", async (file, files) => {
  const { status, io } = await run(files, "--report", `junit=${file}`, "a.nt");
  expect([status, io.out]).toEqual([2, ""]);
  expect(io.err).toBe(`nettrace: --report junit=${file}: expected a file other than the one that is read\n`);
  expect(text(io, file)).toBe((files as Record<string, string>)[file]);
});

test("a report is not written where a file cannot be read", async () => {
  const { status, io } = await run({ "a.nt": "frobnicate\n" }, "--report", "junit=r.xml", "a.nt");
  expect([status, io.files.has("r.xml")]).toEqual([2, false]);
});

describe("kept views", () => {
  const KEPT = "expect path a.path\nexpect calls a.calls\n";

  test("path and calls stay the same with another seed and a longer payload", async () => {
    const made = await run({ "a.nt": RIGHT + KEPT }, "--update", "--quiet", "a.nt");
    expect([made.status, made.io.err]).toEqual([0, "a.nt: 2 traces written\n1 file: as written\n"]);
    const kept = { "a.path": text(made.io, "a.path"), "a.calls": text(made.io, "a.calls") };
    expect(kept["a.path"]).toMatch(/^sys_sendto → .*\n$/);
    expect(kept["a.calls"]).toMatch(/^sys_sendto\n {2}sock_sendmsg\n/);
    const longer = SOCKET + send("a much longer one", 17) + KEPT;
    const { status, io } = await run({ ...kept, "a.nt": longer }, "--seed", "77", "--quiet", "a.nt");
    expect([status, io.err]).toEqual([0, "1 file: as written\n"]);
  });

  test("a difference is the first line that differs", async () => {
    const files = { "a.nt": RIGHT + KEPT, "a.path": "x\n", "a.calls": "sys_sendto\n  sock_sendmsg\n  y\n" };
    const { status, io } = await run(files, "--quiet", "a.nt");
    expect(status).toBe(1);
    expect(io.err).toContain(
      "a.nt:3:1: expect path a.path: the path differs from a.path at line 1\n    - x\n",
    );
    expect(io.err).toMatch(
      /a\.nt:4:1: expect calls a\.calls: the calls differ from a\.calls at line 3 and \d+ more\n {4}- +y\n {4}\+ +__sock_sendmsg\n/,
    );
  });

  test("an error that a function returns stands behind its name", async () => {
    const refused = `${SOCKET}sendto(3, "a", 1, MSG_OOB, ${TO}) = -1 EOPNOTSUPP (Operation not supported)\nexpect calls a.calls\n`;
    const { io } = await run({ "a.nt": refused }, "--update", "a.nt");
    expect(text(io, "a.calls")).toContain("udp_sendmsg = -EOPNOTSUPP\n");
  });

  test("a trace is kept as its options say", async () => {
    const options = "--no-args --hexdump=none --depth 2";
    const { io } = await run({ "a.nt": `${RIGHT}expect trace a.trace ${options}\n` }, "--update", "a.nt");
    expect(text(io, "a.trace")).toContain("sys_sendto() {\n");
    expect(text(io, "a.trace")).not.toContain("udp header");
    expect(text(io, "a.trace")).not.toContain("udp_sendmsg() {");
  });

  test.each([
    ["--no-arg", `a.nt:3:22: unknown word "--no-arg", expected a view option; did you mean "--no-args"?`],
    ["--depth x", "a.nt:3:22: --depth 'x', expected a number from 1 to 1000"],
    ["--depth", "a.nt:3:22: --depth without a value, expected --depth and a value"],
    ["--layer upd", /a\.nt:3:22: --layer 'upd', expected socket, .*; did you mean udp\?/],
    ["-o /etc/passwd", /a\.nt:3:22: unknown word "-o", expected a view option/],
  ])("expect trace a.trace %s is refused with its place", async (options, message) => {
    const { status, io } = await run({ "a.nt": `${RIGHT}expect trace a.trace ${options}\n` }, "a.nt");
    expect([status, io.out]).toEqual([2, ""]);
    expect(io.err).toMatch(message);
  });
});
