// SPDX-License-Identifier: GPL-2.0-only
/** What a kernel chooses freely is taken from the log; errors that only the log's error queue shows come in as ICMP messages. */
import { describe, expect, test } from "vitest";
import { main } from "../../../src/cli/main.ts";
import { memoryIo } from "../../../src/cli/memory-io.ts";

const at = (port: number, host = "127.0.0.1"): string =>
  `{sa_family=AF_INET, sin_port=htons(${port}), sin_addr=inet_addr("${host}")}`;
const EAGAIN = "= -1 EAGAIN (Resource temporarily unavailable)";

async function run(
  lines: readonly string[],
  ...options: string[]
): Promise<{ status: number; out: string; err: string }> {
  const io = memoryIo({ files: { "a.nt": `${lines.join("\n")}\n` } });
  const status = await main(["run", ...options, "a.nt"], io);
  return { status, out: io.out, err: io.err };
}

describe("which of the sockets that share a port gets a datagram", () => {
  const worker = (fd: number): string[] => [
    `socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP) = ${fd}`,
    `setsockopt(${fd}, SOL_SOCKET, SO_REUSEPORT, [1], 4) = 0`,
    `bind(${fd}, ${at(7001, "0.0.0.0")}, 16) = 0`,
  ];
  const sender = ["socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP) = 9", `bind(9, ${at(7002, "0.0.0.0")}, 16) = 0`];
  const workers = [3, 4, 5];

  test.each(workers)("is the one that received it in the log: %i of 3, 4, 5", async (chosen) => {
    const { status, err } = await run([
      ...workers.flatMap(worker),
      ...sender,
      `sendto(9, "abc", 3, 0, ${at(7001)}, 16) = 3`,
      ...workers.map((fd) =>
        fd === chosen
          ? `recv(${fd}, "abc", 10, MSG_DONTWAIT) = 3`
          : `recv(${fd}, 0x7ffd, 10, MSG_DONTWAIT) ${EAGAIN}`,
      ),
    ]);
    expect([status, err]).toEqual([0, ""]);
  });

  test.each(workers)("also in another process, and of what comes from elsewhere: %i", async (chosen) => {
    const { status, err } = await run(
      [
        ...workers.flatMap(worker).map((line) => `100 ${line}`),
        "100 clone(child_stack=NULL, flags=SIGCHLD) = 101",
        `101 recvfrom(${chosen}, "ask", 10, 0, ${at(4000, "192.0.2.9")}, [16]) = 3`,
        ...sender.map((line) => `100 ${line}`),
        `100 sendto(9, "abc", 3, 0, ${at(7001)}, 16) = 3`,
        `101 read(${chosen}, "abc", 10) = 3`,
      ],
      "--net",
      "lan",
    );
    expect(status).toBe(0);
    expect(err).not.toContain("skipped");
  });

  test("without a log's word the hash decides", async () => {
    const { out } = await run([
      ...workers.flatMap(worker),
      ...sender,
      `sendto(9, "abc", 3, 0, ${at(7001)}, 16) = 3`,
      ...workers.map((fd) => `recv(${fd}, "", 10, MSG_DONTWAIT)`),
    ]);
    expect(out.match(/= 3$/gm)).toHaveLength(3);
  });
});

describe("identifications in whole packets", () => {
  const echo = String.raw`"\10\0\367\375\0\1\0\1"`;
  const header = (id: string, check: string): string =>
    String.raw`E\0\0\34${id}@\0@\1${check}\177\0\0\1\177\0\0\1`;
  const received = (data: string): string[] => [
    "socket(AF_INET, SOCK_RAW, IPPROTO_ICMP) = 3",
    `sendto(3, ${echo}, 8, 0, ${at(0)}, 16) = 8`,
    `recvfrom(3, "${data}", 100, MSG_DONTWAIT, NULL, NULL) = 28`,
  ];

  test("are none to compare", async () => {
    const { status, err } = await run(
      received(header(String.raw`\276\357`, String.raw`~\17`) + String.raw`\10\0\367\375\0\1\0\1`),
    );
    expect([status, err]).toEqual([0, ""]);
  });

  test("all else is", async () => {
    const { status, err } = await run(
      received(header(String.raw`\276\357`, String.raw`~\17`) + String.raw`\10\0\367\375\0\1\0\2`),
    );
    expect(status).toBe(1);
    expect(err).toContain("recvfrom: data: expected");
  });
});

describe("the error queue", () => {
  const OPEN = [
    "socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP) = 3",
    "setsockopt(3, SOL_IP, IP_RECVERR, [1], 4) = 0",
  ];
  const probe = (port: number, host = "203.0.113.9"): string =>
    `sendto(3, "abc", 3, 0, ${at(port, host)}, 16) = 3`;
  const told = (port: number, error: string, by: string, host = "203.0.113.9", data = "abc"): string =>
    `recvmsg(3, {msg_name=${at(port, host)}, msg_namelen=16, msg_iov=[{iov_base="${data}", iov_len=2000}], msg_iovlen=1, ` +
    `msg_control=[{cmsg_len=48, cmsg_level=SOL_IP, cmsg_type=IP_RECVERR, cmsg_data={${error}, ee_data=0, offender={sa_family=AF_INET, ` +
    `sin_port=htons(0), sin_addr=inet_addr("${by}")}}}], msg_controllen=48, msg_flags=MSG_ERRQUEUE}, MSG_ERRQUEUE) = ${data.length}`;
  const POLL = "poll([{fd=3, events=POLLIN}], 1, 1000) = 1 ([{fd=3, revents=POLLERR}])";

  test.each([
    ["time exceeded", "ee_errno=113, ee_origin=2, ee_type=11, ee_code=0, ee_info=0", "192.0.2.1"],
    [
      "port unreachable",
      "ee_errno=ECONNREFUSED, ee_origin=SO_EE_ORIGIN_ICMP, ee_type=3, ee_code=3, ee_info=0",
      "203.0.113.9",
    ],
    [
      "host unreachable",
      "ee_errno=EHOSTUNREACH, ee_origin=SO_EE_ORIGIN_ICMP, ee_type=3, ee_code=1, ee_info=0",
      "198.51.100.3",
    ],
  ])("brings in what it shows: %s", async (_what, error, by) => {
    const call = told(33434, error, by);
    const { status, err, out } = await run([...OPEN, probe(33434), POLL, call], "--net", "lan");
    expect(status).toBe(0);
    expect(err).toBe("a.nt:4:1: note: ICMP errors are received as the error queue shows them\n");
    const [info] = /ee_info=\d+/.exec(error) ?? [];
    expect(out).toContain(
      `${info}, ee_data=0, offender={sa_family=AF_INET, sin_port=htons(0), sin_addr=inet_addr("${by}")}`,
    );
  });

  test.each(["", "abc"])("the MTU of a path, however much is quoted: '%s'", async (quoted) => {
    const mtu = "ee_errno=EMSGSIZE, ee_origin=SO_EE_ORIGIN_ICMP, ee_type=3, ee_code=4, ee_info=1400";
    const long = `sendto(3, "abc"..., 1450, 0, ${at(33434, "203.0.113.9")}, 16) = 1450`;
    const call = told(33434, mtu, "192.0.2.1", "203.0.113.9", quoted);
    const { status, out } = await run([...OPEN, long, POLL, call], "--net", "lan");
    expect(status).toBe(0);
    expect(out).toContain("ee_info=1400, ee_data=0");
  });

  test("of one probe after the other, before the call that reads it", async () => {
    const ttl = "ee_errno=EHOSTUNREACH, ee_origin=SO_EE_ORIGIN_ICMP, ee_type=11, ee_code=0, ee_info=0";
    const { status, err } = await run(
      [
        ...OPEN,
        ...[33434, 33435].flatMap((port) => [
          probe(port),
          POLL,
          told(port, ttl, "192.0.2.1", "203.0.113.9", ""),
        ]),
        `recvmsg(3, {msg_namelen=16}, MSG_ERRQUEUE) ${EAGAIN}`,
      ],
      "--net",
      "lan",
    );
    expect(status).toBe(0);
    expect(err).not.toContain("skipped");
  });

  test("what this machine finds out itself it finds out", async () => {
    const local = "ee_errno=ECONNREFUSED, ee_origin=SO_EE_ORIGIN_ICMP, ee_type=3, ee_code=3, ee_info=0";
    const { status, err } = await run([
      ...OPEN,
      probe(9, "127.0.0.1"),
      told(9, local, "127.0.0.1", "127.0.0.1"),
    ]);
    expect([status, err]).toEqual([0, ""]);
  });
});
