// SPDX-License-Identifier: GPL-2.0-only
/** Differences in errors are explained: by the places of this kernel, by what is not modelled, by what newer kernels do. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { main } from "../../../src/cli/main.ts";
import { memoryIo } from "../../../src/cli/memory-io.ts";
import { EL6_ERRORS } from "../../../src/kernels/el6/errors.ts";

const ALL_PLACES = Object.entries(EL6_ERRORS.places).flatMap(([group, rows]) =>
  rows.map((row) => [group, ...row] as const),
);

const addr = (port: number, host = "127.0.0.1"): string =>
  `{sa_family=AF_INET, sin_port=htons(${port}), sin_addr=inet_addr("${host}")}, 16`;
const SOCKET = "socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = 3";
const send = (port: number, host: string, result = "2"): string =>
  `sendto(3, "hi", 2, 0, ${addr(port, host)}) = ${result}`;
const EPERM = "-1 EPERM (Operation not permitted)";

async function run(lines: readonly string[], ...options: string[]): Promise<{ status: number; err: string }> {
  const io = memoryIo({ files: { "a.nt": `${lines.join("\n")}\n` } });
  return { status: await main(["run", ...options, "a.nt"], io), err: io.err };
}

describe("the places of errors", () => {
  const source = (file: string): string =>
    fileURLToPath(new URL(`../../../src/kernels/el6/${file}.ts`, import.meta.url));
  const text = new Map<string, string>();
  const read = (file: string): string => {
    const known = text.get(file) ?? (existsSync(source(file)) ? readFileSync(source(file), "utf8") : "");
    text.set(file, known);
    return known;
  };
  /** From where a function, or a table, is defined to the next thing at the left edge. */
  const body = (file: string, fn: string): string =>
    new RegExp(`^(?:export )?(?:const ${fn}\\b[^]*?\\n[)\\]]|function ${fn}\\b[^]*?\\n})`, "m").exec(
      read(file),
    )?.[0] ?? "";

  /** …and what it is divided into here: functions of the same file that Linux does not have. */
  const whole = (file: string, fn: string, seen = new Set<string>()): string => {
    seen.add(fn);
    const own = body(file, fn);
    const parts = [...own.matchAll(/\b([a-z]\w+)\(/g)].map(([, name]) => name as string);
    const local = parts.filter(
      (name) => !seen.has(name) && new RegExp(`^function ${name}\\b`, "m").test(read(file)),
    );
    return own + [...new Set(local)].map((name) => whole(file, name, seen)).join("");
  };

  test.each(ALL_PLACES)("%s %s: %s (%s.c)", (_group, errno, fn, file) => {
    expect(whole(file, fn)).toMatch(new RegExp(`\\b${errno}\\b`));
  });

  test("none of those that say why is left out of a function that is in the table", () => {
    const listed = new Set(ALL_PLACES.map(([, errno, fn]) => `${fn} ${errno}`));
    const missing: string[] = [];
    for (const [, , fn, file] of ALL_PLACES) {
      for (const [, errno] of whole(file, fn).matchAll(/refuse\(\s*k,\s*-(E[A-Z]+)/g)) {
        if (!listed.has(`${fn} ${errno}`)) missing.push(`${fn} ${errno}`);
      }
    }
    // What strace never shows a program to be given, or what no log can lead to.
    const apart = new Set([
      "sock_bindtodevice EFAULT",
      "udp_lib_setsockopt EINVAL",
      "udp_lib_setsockopt EFAULT",
      "neigh_create EINVAL",
    ]);
    const more = [
      "do_ip_getsockopt EOPNOTSUPP",
      "do_ip_getsockopt EFAULT",
      "sock_alloc_send_pskb EMSGSIZE",
      "fib4_rule_action EAGAIN",
      "inet_autobind EOPNOTSUPP",
    ];
    expect([...new Set(missing)].filter((one) => !apart.has(one) && !more.includes(one))).toEqual([]);
  });
});

describe("an error of the log", () => {
  test("that this kernel can give: where, how to have it, what else gives it", async () => {
    const { status, err } = await run([SOCKET, send(45366, "127.0.0.1", EPERM)]);
    expect(status).toBe(1);
    expect(err).toBe(
      [
        `a.nt:2:${send(45366, "127.0.0.1", "").length - 1}: sendto: expected = ${EPERM}, got = 2`,
        "    el6 returns EPERM from sendto in",
        "      nf_hook_slow (net/netfilter/core.c): an iptables rule or policy in OUTPUT or POSTROUTING drops the datagram",
        "    to get the same result here, put at the top: iptables -A OUTPUT -d 127.0.0.1 -p udp --dport 45366 -j DROP",
        "    not modelled, but returns it: conntrack (table full, invalid state), nftables, other iptables matches and targets",
        "    newer kernels: Linux 4.10: a cgroup BPF program drops the packet; 4.18: or rejects the destination",
        "a.nt: 1 thing not as written",
        "",
      ].join("\n"),
    );
  });

  test("that none of it can", async () => {
    const { err } = await run([SOCKET, send(9, "127.0.0.1", "-1 EIO (Input/output error)")]);
    expect(err).toContain(
      "    el6 never returns EIO from sendto\n    newer kernels: Linux 4.18: UDP_SEGMENT",
    );
  });

  test.each([
    [SOCKET, send(45366, "127.0.0.1", EPERM)],
    [`socket(AF_INET, SOCK_RAW, IPPROTO_ICMP) = ${EPERM}`],
    [SOCKET, `bind(3, ${addr(5000)}) = -1 EADDRINUSE (Address already in use)`],
    [SOCKET, `bind(3, ${addr(5000, "0.0.0.0")}) = -1 EADDRINUSE (Address already in use)`],
    [SOCKET, `bind(3, ${addr(68, "0.0.0.0")}) = -1 EACCES (Permission denied)`],
    ["socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP) = 3"],
  ])("what is to be put at the top has it here: %s %s", async (...lines) => {
    const before = await run(lines);
    expect(before.status).toBe(1);
    const line = /put at the top: (.*)\n/.exec(before.err)?.[1] ?? "";
    expect(line).not.toBe("");
    expect((await run([line, ...lines])).status).toBe(0);
  });
});

test.each(["SO_RCVBUF", "SO_SNDBUF"])(
  "a buffer of another size is that machine's default: %s",
  async (option) => {
    const lines = [SOCKET, `getsockopt(3, SOL_SOCKET, ${option}, [212992], [4]) = 0`];
    const { err } = await run(lines);
    const line = /put at the top: (.*)\n/.exec(err)?.[1] ?? "";
    expect(line).toMatch(/^sysctl -w net\.core\.[rw]mem_default=212992$/);
    expect((await run([line, ...lines])).status).toBe(0);
  },
);

describe("an error that only this kernel has", () => {
  test("because an option is newer", async () => {
    const { err } = await run([SOCKET, "setsockopt(3, SOL_SOCKET, SO_INCOMING_CPU, [1], 4) = 0"]);
    expect(err).toContain("    new in Linux 3.19: el6 does not have this option\n");
  });

  const REMOTE = [
    SOCKET,
    `connect(3, ${addr(53, "203.0.113.53")}) = 0`,
    'sendto(3, "q", 1, MSG_NOSIGNAL, NULL, 0) = 1',
    `recvfrom(3, "ans", 2048, 0, ${addr(53, "203.0.113.53").replace("16", "[16]")}) = 3`,
    "socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = 4",
    `sendto(4, "q", 1, 0, ${addr(53, "198.51.100.1")}) = 1`,
  ];

  test("because there is no network: said once, and what follows from it counted apart", async () => {
    const { status, err } = await run(REMOTE);
    expect(status).toBe(1);
    expect(err.match(/this machine has only lo/g)).toHaveLength(1);
    expect(err).toContain("a.nt:2:1: note: this machine has only lo: --net lan adds a NIC and a gateway");
    expect(err).toMatch(
      /a\.nt:3:\d+: sendto: expected = 1, got = -1 EDESTADDRREQ \(.*\) \(follows from line 2\)\n/,
    );
    expect(err).toMatch(
      /a\.nt:6:\d+: sendto: expected = 1, got = -1 ENETUNREACH \(.*\) \(follows from line 2\)\n/,
    );
    expect(err).toContain("a.nt: 1 thing not as written, and 2 more that follow from them\n");
    expect((await run(REMOTE, "--net", "lan")).status).toBe(0);
  });

  test("but what has a reason of its own is told as that", async () => {
    const { err } = await run([
      SOCKET,
      'setsockopt(3, SOL_SOCKET, SO_BINDTODEVICE, "wlan0", 6) = 0',
      `bind(3, ${addr(68, "0.0.0.0")}) = -1 EACCES (Permission denied)`,
      "getsockopt(3, SOL_SOCKET, SO_RCVBUF, [425984], [4]) = 0",
      'recvfrom(3, "x", 100, MSG_ERRQUEUE, NULL, NULL) = 1',
    ]);
    expect(err.match(/follows from line 2/g)).toHaveLength(1);
    expect(err).toMatch(/a\.nt:5:\d+: recvfrom: .* \(follows from line 2\)/);
    expect(err).toContain("not permitted: ports below 1024 need CAP_NET_BIND_SERVICE");
    expect(err).toContain("sysctl -w net.core.rmem_default=425984");
  });

  test("because an address is another machine's", async () => {
    const { err } = await run([SOCKET, `bind(3, ${addr(53, "192.0.2.10")}) = 0`]);
    expect(err).toContain("note: this machine has only lo");
    const lan = await run([SOCKET, `bind(3, ${addr(53, "198.51.100.7")}) = 0`], "--net", "lan");
    expect(lan.err).not.toContain("this machine has only lo");
  });

  test("and what comes to a server from outside has no way, either", async () => {
    const from = `recvfrom(3, "ask", 100, 0, ${addr(4000, "192.0.2.9").replace("16", "[16]")}) = 3`;
    const { err } = await run([SOCKET, `bind(3, ${addr(53, "0.0.0.0")}) = 0`, from]);
    expect(err).toContain("note: this machine has only lo");
  });
});
