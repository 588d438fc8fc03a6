// SPDX-License-Identifier: GPL-2.0-only
/** Logs as people paste them, in every notation of strace: they run at the first try, and what could not be used is told. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { main } from "../../src/cli/main.ts";
import { memoryIo } from "../../src/cli/memory-io.ts";

const FOLDER = fileURLToPath(new URL("pasted", import.meta.url));
const MADE = join(FOLDER, "made");
const FILES = readdirSync(FOLDER).filter((name) => name !== "made");

async function run(
  name: string,
  content: string | Uint8Array,
  ...options: string[]
): Promise<{ status: number; out: string[]; err: string }> {
  const io = memoryIo({ files: { [name]: Buffer.from(content as string) } });
  const status = await main(["run", ...options, name], io);
  return { status, out: io.out.split("\n").filter((line) => line !== ""), err: io.err };
}

/** Exit status, calls made, what standard error says, options. */
const EXPECTED: Readonly<Record<string, [number, number, RegExp, ...string[]]>> = {
  "arrow.strace": [0, 6, /^arrow\.strace: 6 of 6 lines understood\n$/],
  "bom.strace": [
    0,
    2,
    /comments \(1, line 2: "# メモ"\)\nbom\.strace: 2 of 3 lines understood, 1 is not a call\n$/,
  ],
  "cut-end.strace": [
    0,
    2,
    /lines that end in the middle of a call \(1, line 3: .*\n.*: 2 of 3 lines understood/,
  ],
  "icmp-filter.strace": [0, 3, /3 of 3/],
  "mail-wrap.strace": [0, 2, /3 of 3/],
  "mcast-join-group.strace": [0, 5, /^mcast-join-group\.strace: 5 of 5/],
  "mixed-output.strace": [0, 2, /2 calls made, 2 skipped: calls that do not concern the network/],
  "octal.strace": [0, 2, /2 of 2/],
  "old-epoll.strace": [0, 4, /4 of 4/],
  "old-sendmmsg.strace": [0, 3, /^old-sendmmsg\.strace: 3 of 3/, "--net", "lan"],
  "old-sendmsg.strace": [0, 2, /2 of 2/],
  "old-timeval.strace": [0, 3, /3 of 3/],
  "option-names.strace": [1, 3, /2 things not as written/],
  "packet-addr.strace": [0, 2, /2 calls made, 3 skipped: AF_PACKET sockets/],
  "pf-file.strace": [0, 1, /1 call made, 3 skipped: AF_UNIX sockets/],
  "prose.strace": [
    0,
    2,
    /other text \(1, line 9: "app: sent 2 bytes"\)\n.*: 2 of 10 lines understood, 8 are not calls/,
  ],
  "quoted.strace": [1, 2, /expected = -1 EPERM .*, got = 2\n/],
  "redacted-tcp.strace": [
    0,
    2,
    /2 calls made, 3 skipped: TCP sockets \(2, first in line 1\).*line 4\)\n.*2 guessed: lines 2, 4/,
  ],
  "remark-behind.strace": [0, 2, /2 of 2/],
  "timestamping.strace": [0, 2, /2 of 2/],
  "strace48-msghdr.nt": [0, 6, /^$/],
  "arrow-lengths.nt": [0, 5, /^$/],
  "icmp-filter.nt": [0, 3, /^$/],
  "short-address.nt": [0, 3, /^$/],
  "fcntl64.nt": [0, 3, /^$/],
  "clone-resumed.nt": [0, 3, /^$/],
};

test.each(FILES)("%s", async (name) => {
  const [status, calls, err, ...options] = EXPECTED[name] ?? [NaN, NaN, /^$/];
  const ran = await run(name, readFileSync(join(FOLDER, name)), ...options);
  expect(ran.err).toMatch(err);
  expect([ran.status, ran.out.length]).toEqual([status, calls]);
});

/** Logs as other versions and tools write them: what is understood of each. */
const RECEIPTS: Readonly<Record<string, string>> = {
  "ansi.txt": "2 of 2 lines understood",
  "avahi.strace": "14 of 14 lines understood",
  "catn.txt": "6 of 6 lines understood",
  "chrony.log": "7 of 9 lines understood, 1 is not a call, 1 guessed: line 7",
  "commented.txt": "3 of 3 lines understood",
  "compose.txt": "3 of 3 lines understood",
  "diff.txt": "4 of 4 lines understood",
  "dnsmasq48.strace": "5 of 12 lines understood, 3 are not calls, 4 guessed: lines 8-11",
  "el5-ntpdate.txt": "12 of 13 lines understood, 1 guessed: line 6",
  "github-actions.txt": "3 of 4 lines understood, 1 is not a call",
  "go-dns.txt": "10 of 15 lines understood, 4 are not calls, 1 guessed: line 12",
  "grep-n.txt": "3 of 3 lines understood",
  "expected-list.txt": "4 of 7 lines understood, 2 are not calls, 1 guessed: line 4",
  "hash.py.txt": "5 of 5 lines understood",
  "mail-printable.txt": "4 of 8 lines understood, 4 are not calls",
  "printable-strace.txt": "3 of 3 lines understood",
  "old44.log": "5 of 6 lines understood, 1 guessed: line 3",
  "issue.txt": "7 of 19 lines understood, 12 are not calls",
  "rr.log": "18 of 21 lines understood, 1 is not a call, 2 guessed: lines 15, 16",
  "html.txt": "4 of 4 lines understood",
  "java-f.log": "9 of 9 lines understood",
  "jira.txt": "1 of 6 lines understood, 3 are not calls, 2 guessed: lines 3, 5",
  "journal.txt": "3 of 3 lines understood",
  "netd-yy.log": "7 of 7 lines understood",
  "node-torn.log": "8 of 9 lines understood, 1 guessed: line 8",
  "oneline.txt": "1 of 1 line understood",
  "perf-trace.log": "6 of 8 lines understood, 1 is not a call, 1 guessed: line 4",
  "ping-66.log": "20 of 25 lines understood, 5 are not calls",
  "powershell.txt": "2 of 2 lines understood",
  "rhel6-dig.strace": "25 of 26 lines understood, 1 is not a call",
  "systemd-resolved.txt": "15 of 16 lines understood, 1 guessed: line 12",
  "threads-restart.log": "10 of 11 lines understood, 1 guessed: line 5",
  "traceroute-err.log": "12 of 12 lines understood",
  "udhcpc-android.txt": "12 of 12 lines understood",
  "word.txt": "3 of 3 lines understood",
  "x86-32.strace": "9 of 9 lines understood",
};
/** Kernels newer than el6 wrote these: some results differ. */
const NEWER = new Set(["chrony.log", "ping-66.log", "systemd-resolved.txt", "netd-yy.log"]);

test.each(readdirSync(MADE))("made/%s", async (name) => {
  const ran = await run(
    name,
    readFileSync(join(MADE, name)),
    ...(name === "avahi.strace" ? ["--net", "lan"] : []),
  );
  expect(ran.err.trimEnd().split("\n").at(-1)).toBe(`${name}: ${RECEIPTS[name]}`);
  expect(ran.out.length).toBeGreaterThan(1);
  if (!NEWER.has(name)) expect(ran.status).toBe(0);
});

test("the printed calls are strace 6.1's", async () => {
  const of = async (name: string): Promise<string> =>
    (await run(name, readFileSync(join(FOLDER, name)))).out.join("\n");
  expect(await of("octal.strace")).toContain('"\\08\\09\\00018"');
  expect(await of("icmp-filter.strace")).toContain("ICMP_FILTER, ~[ICMP_ECHOREPLY ICMP_DEST_UNREACH], 4)");
  expect(await of("option-names.strace")).toMatch(/SO_INCOMING_CPU.*[\s\S]*IP_UNICAST_IF/);
  expect(await of("short-address.nt")).toContain("connect(3, {sa_family=AF_INET}, 2)");
  expect(await of("mcast-join-group.strace")).toContain("{gr_interface=0, gr_group={sa_family=AF_INET, ");
});

describe("what is strict stays strict", () => {
  const SOCKET = "socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = 3";
  const LOG = `${SOCKET}\nclose(3) = 0\nhello\n`;

  test("a scenario, by its name or by what stands in it", async () => {
    expect((await run("a.nt", LOG)).status).toBe(2);
    expect((await run("a.strace", `${LOG}expect no errno\n`)).status).toBe(2);
    expect((await run("a.strace", `${SOCKET}\nclose(3)\nclose(4)\nhello\n`)).status).toBe(2);
    expect((await run("a.strace", "hello\nworld\n")).status).toBe(2);
    expect((await run("a.strace", `ip adr add 192.0.2.1/24 dev lo\n${SOCKET}\n`)).err).toContain(
      "did you mean",
    );
  });
  test("anything with --strict, nothing with --no-strict", async () => {
    expect((await run("a.strace", LOG)).status).toBe(0);
    expect((await run("a.strace", LOG, "--strict")).err).toMatch(
      /^nettrace: a\.strace:3:1: cannot read "hello"/,
    );
    expect((await run("a.nt", LOG, "--no-strict")).status).toBe(0);
  });
  test("numbers that cannot be told are refused where they stand", async () => {
    const to = '{sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr("127.0.0.1")}, 16';
    const refused = async (call: string): Promise<string> =>
      (await run("a.strace", `${SOCKET}\n${call}\n`, "--strict")).err;
    expect(
      await refused(`sendto(3, "a"..., 18446744073709551615, 0, ${to}) = -1 EMSGSIZE (Message too long)`),
    ).toMatch(/a\.strace:2:19: 18446744073709551615 is too large/);
    expect(await refused(`sendto(3, "a", 1, 0, ${to}) = 9007199254740993`)).toContain(
      "9007199254740993 is too large",
    );
    expect(await refused(`sendto(3, "a", 1, 4294967296, ${to}) = 1`)).toMatch(
      /2:19: 4294967296 exceeds 32 bits/,
    );
    expect(await refused("setsockopt(3, SOL_IP, IP_TTL, [5, 6], 4) = 0")).toMatch(
      /2:35: a second value in 4 bytes/,
    );
  });
});

describe("the receipt", () => {
  const LOG = [
    "$ strace ./a",
    "socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = 3",
    'sendto(3, "abc"..., 9, 0, {sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr("127.0.0.1")}, 16) = 9',
    "setsockopt(3, SOL_IP, IP_NEVER_HEARD, [1], 4) = 0",
    "setsockopt(3, SOL_IP, IP_TTL, [1, 2], 4) = 0",
    "close(3) = 0",
  ].join("\n");

  test("ends a log, and counts what was not simply understood", async () => {
    const { err, status } = await run("a.log", LOG);
    expect(status).toBe(0);
    expect(err).toMatch(/a\.log:5:35: note: a second value in 4 bytes, expected one\n/);
    expect(err).toMatch(
      /a\.log: 3 of 6 lines understood, 1 is not a call, 1 cannot be read, 1 guessed: line 3\n$/,
    );
  });
  test("lists them with --receipt=all, is silent with none, and is there for scenarios if asked", async () => {
    expect((await run("a.log", LOG, "--receipt=all")).err).toMatch(
      /line 1: not a call: "\$ strace \.\/a"\na\.log: line 3: guessed: 6 zero bytes .*\na\.log: line 5: cannot be read: a second value/,
    );
    expect((await run("a.log", LOG, "--receipt=none")).err).not.toContain("understood");
    expect(
      (await run("a.nt", "close(3) = -1 EBADF (Bad file descriptor)\n", "--receipt", "always")).err,
    ).toBe("a.nt: 1 of 1 line understood\n");
    expect((await run("a.nt", "", "--receipt=some")).status).toBe(2);
  });
  test("says when nothing ran", async () => {
    expect((await run("a.nt", "# nothing\n")).err).toContain("nothing ran");
    expect((await run("a.strace", "")).err).toContain("nothing ran");
  });
});
