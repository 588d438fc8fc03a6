// SPDX-License-Identifier: GPL-2.0-only
/** Capture files, read back by tcpdump, tshark and capinfos. */

import { describe, expect, test } from "vitest";
import { main } from "../../src/cli/main.ts";
import { memoryIo } from "../../src/cli/memory-io.ts";
import { fromHex } from "../../src/wire/hexdump.ts";
import { VETH } from "../kernels/el6/send.ts";
import { MAIN_JOB, run, stepsOf } from "./run.ts";
import { need } from "./tools.ts";
import { render, runWith, sends } from "./world.ts";

const PAIR = [...VETH, "ip neigh add 10.0.0.2 lladdr 02:00:00:00:00:02 dev v0"];
const OPTIONS = ["127.0.0.1", "9999", "aaaaa"];

async function job(format: string): Promise<Uint8Array> {
  return (await run("sendto", ...OPTIONS, "--format", format)).outBytes;
}

/** Records of a pcap file: time in nanoseconds, bytes. */
function records(file: Uint8Array): [number, Uint8Array][] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const out: [number, Uint8Array][] = [];
  for (let at = 24; at < file.length; ) {
    const size = view.getUint32(at + 8, true);
    const ns = view.getUint32(at, true) * 1e9 + view.getUint32(at + 4, true);
    out.push([ns, Uint8Array.from(file.subarray(at + 16, at + 16 + size))]);
    at += 16 + size;
  }
  return out;
}

describe("pcap", () => {
  test("holds the frames of the trace: on lo each once, as it comes in", async () => {
    const packets = (await stepsOf(...MAIN_JOB)).flatMap((s) => s.events).filter((e) => e.ev === "packet");
    const seen = packets.filter((p) => p.type !== 4).map((p) => fromHex(p.hex));
    expect(records(await job("pcap")).map(([, bytes]) => bytes)).toEqual(seen);
    expect(seen.map((b) => b.length)).toEqual([47, 75]);
  });

  test("times rise strictly, over all calls", async () => {
    const times = records((await run(...MAIN_JOB, "-n", "5", "--format", "pcap")).outBytes).map(([t]) => t);
    expect(times).toHaveLength(10);
    expect(times).toEqual([...new Set(times)].toSorted((a, b) => a - b));
  });

  test("on other devices what goes out is seen, too", async () => {
    const file = await render(sends(PAIR, ["10.0.0.2:9"]), "pcap");
    expect(records(file).map(([, b]) => b.length)).toEqual([43, 43]);
  });

  test("a trace without frames is a file without records", async () => {
    const file = (await run("sendto", "10.9.9.9", "1", "x", "--format", "pcap")).outBytes;
    expect(Buffer.from(file).toString("hex")).toBe("4d3cb2a1020004000000000000000000000004000100" + "0000");
  });
});

const TUN = [
  "ip link add tun0 type tun",
  "ip addr add 10.8.0.2 peer 10.8.0.1/32 dev tun0",
  "ip link set tun0 up",
];

describe("packets without a link-layer header", () => {
  test("are on an interface of LINKTYPE_RAW", async (ctx) => {
    const file = await render(sends(TUN, ["10.8.0.1:9", "127.0.0.1:9"]), "pcapng");
    need(ctx, "tshark");
    const names = ["frame.interface_name", "frame.encap_type", "ip.dst", "udp.dstport"];
    const text = runWith(
      { f: file },
      "tshark",
      "-r",
      "f",
      "-T",
      "fields",
      ...names.flatMap((n) => ["-e", n]),
    );
    const rows = text
      .trimEnd()
      .split("\n")
      .map((line) => line.split("\t"));
    expect(rows.slice(0, 2).map(([name, , dst, port]) => [name, dst, port])).toEqual([
      ["tun0", "10.8.0.1", "9"],
      ["lo", "127.0.0.1", "9"],
    ]);
    expect(rows[0]?.[1]).not.toBe(rows[1]?.[1]);
  });

  test("say so in their interface's block, before the first of them", async () => {
    const file = await render(sends(TUN, ["127.0.0.1:9", "10.8.0.1:9"]), "pcapng");
    expect(linkTypes(file)).toEqual([1, 101]);
  });

  test("are left out of pcap, with a line", async () => {
    const io = memoryIo({ stdin: sends(TUN, ["10.8.0.1:9", "127.0.0.1:9"]) });
    expect(await main(["render", "-", "--as", "pcap"], io)).toBe(0);
    expect(records(io.outBytes)).toHaveLength(2);
    expect(io.err).toBe(
      "nettrace: pcap: a packet of tun0 left out, as the file's one link type is Ethernet; --format pcapng holds them\n",
    );
  });
});

/** Of the interfaces of a pcapng file, in their order. */
function linkTypes(file: Uint8Array): number[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const out: number[] = [];
  for (let at = 0; at < file.length; at += view.getUint32(at + 4, true)) {
    if (view.getUint32(at, true) === 1) out.push(view.getUint16(at + 8, true));
  }
  return out;
}

describe("tcpdump", () => {
  test.for(["pcap", "pcapng"])("reads %s", async (format, ctx) => {
    const file = await job(format);
    need(ctx, "tcpdump");
    const text = runWith({ f: file }, "tcpdump", "-nvvr", "f", "--time-stamp-precision=nano");
    expect(text).toMatch(
      /^00:00:01\.0000\d{5} IP \(tos 0x0, ttl 64, id 0, offset 0, flags \[DF\], proto UDP/,
    );
    expect(text).toContain(
      "127.0.0.1.33309 > 127.0.0.1.9999: [bad udp cksum 0xfe20 -> 0x34e2!] UDP, length 5",
    );
    expect(text).toContain("127.0.0.1 > 127.0.0.1: ICMP 127.0.0.1 udp port 9999 unreachable, length 41");
  });
});

describe("tshark", () => {
  const fields = (file: Uint8Array, ...names: string[]): string[][] =>
    runWith({ f: file }, "tshark", "-r", "f", "-T", "fields", ...names.flatMap((n) => ["-e", n]))
      .trimEnd()
      .split("\n")
      .map((line) => line.split("\t"));

  test("sees what the trace says, and every function on the way as a comment", async (ctx) => {
    need(ctx, "tshark");
    const rows = fields(
      await job("pcapng"),
      "frame.interface_name",
      "ip.proto",
      "udp.checksum",
      "frame.comment",
    );
    expect(rows.map((r) => r.slice(0, 3))).toEqual([
      ["lo", "17", "0xfe20"],
      ["lo", "1,17", "0xfe20"],
    ]);
    const path = rows[0]?.[3] ?? "";
    expect(path).toMatch(/^sys_sendto → sock_sendmsg → .* → udp_sendmsg → udp_send_skb → ip_send_skb → /);
    expect(path).toContain(
      " → dev_queue_xmit ⇒ softirq: net_rx_action → process_backlog → __netif_receive_skb,The transport checksum is not filled in yet",
    );
    expect(rows[1]?.[3]).not.toContain("checksum");
  });

  test("finds nothing malformed, and an interface for each device", async (ctx) => {
    need(ctx, "tshark");
    const file = await render(sends(PAIR, ["10.0.0.2:9", "127.0.0.1:9", "10.0.0.9:9"]), "pcapng");
    expect(fields(file, "frame.interface_name", "frame.packet_flags_direction", "_ws.col.Protocol")).toEqual([
      ["v0", "0x00000002", "UDP"],
      ["v1", "0x00000001", "UDP"],
      ["lo", "0x00000001", "UDP"],
      ["lo", "0x00000001", "ICMP"],
      ["v0", "0x00000002", "ARP"],
      ["v1", "0x00000001", "ARP"],
    ]);
    const text = runWith({ f: file }, "tshark", "-r", "f", "-V");
    expect(text).not.toMatch(/malformed/i);
    expect(text).toContain("Reception type: Broadcast (3)");
  });

  test.for(["pcap", "pcapng"] as const)("puts a datagram together again (%s)", async (format, ctx) => {
    const file = await render(sends(PAIR, ["10.0.0.2:9"], 4000), format);
    need(ctx, "tshark");
    const rows = fields(file, "frame.len", "udp.length");
    expect(rows.map(([len]) => len)).toEqual(["1514", "1514", "1514", "1514", "1082", "1082"]);
    expect(rows[4]?.[1]).toBe("4008");
  });
});

describe("capinfos", () => {
  test.for(["pcap", "pcapng"])("counts the packets of %s", async (format, ctx) => {
    const file = await job(format);
    need(ctx, "capinfos");
    const text = runWith({ f: file }, "capinfos", "f");
    expect(text).toMatch(/Number of packets: +2\n/);
    expect(text).toMatch(/Strict time order: +True/);
    expect(text).toMatch(/File timestamp precision: +nanoseconds/);
    if (format === "pcapng") {
      expect(text).toMatch(/Capture oper-sys: +Linux 2\.6\.32-642\.6\.2\.el6\.x86_64 \(simulated, seed 0\)/);
      expect(text).toMatch(/Capture comment: +virtual clock/);
      expect(text).toMatch(/Name = lo\n/);
    }
  });
});

test.each(["pcap", "pcapng"])("%s refuses a terminal, but not a file or a pipe", async (format) => {
  const io = memoryIo({ tty: true });
  expect(await main([...MAIN_JOB, "--format", format], io)).toBe(2);
  expect(io.out).toBe("");
  expect(io.err).toBe(`nettrace: --format ${format} is binary: use -o FILE, or a pipe\n`);
  const other = memoryIo({ tty: true });
  expect(await main([...MAIN_JOB, "--format", format, "-o", "f"], other)).toBe(0);
  expect(other.files.get("f")).toEqual(await job(format));
});
