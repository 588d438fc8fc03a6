// SPDX-License-Identifier: GPL-2.0-only
/** The bytes on the screen: a header once, where it is built or in the frame; with --hexdump=all everything. */
import { expect, test } from "vitest";
import { run } from "./run.ts";

/** The lines of boxes and of frames that need none. */
async function boxes(...argv: string[]): Promise<string[]> {
  const { out } = await run(...argv);
  return out
    .split("\n")
    .map((line) => line.slice(10).trim())
    .filter((line) => /^[┌─│](?: |$)/.test(line));
}
const titles = (lines: readonly string[]): string[] => lines.filter((line) => !line.startsWith("│"));

test("a frame of which all headers have been shown is a line", async () => {
  const lines = await boxes("sendto", "127.0.0.1", "9", "hi");
  expect(titles(lines)).toEqual([
    "┌ udp header, 8 bytes",
    "┌ ip header, 20 bytes",
    "┌ ethernet header, 14 bytes",
    "─ frame leaves by lo, 44 bytes (14 ethernet + 20 ip + 8 udp + 2 data), transport checksum not filled in yet",
    "┌ icmp message, 38 bytes",
    "┌ frame leaves by lo, 72 bytes (14 ethernet + 20 ip + 38 icmp); new in it: ip header",
  ]);
  expect(lines.filter((line) => line.includes("frag 0"))).toEqual([]);
  expect(lines.find((line) => line.includes("ihl"))).toContain("ihl 5 (20 bytes)");
});

test("what leaves after the call has the headers that the call built", async () => {
  const lines = await boxes("sendto", "8.8.8.8", "53", "--size", "3000", "--net", "lan", "--wait", "10");
  expect(titles(lines).slice(-6)).toEqual([
    "┌ arp packet, 28 bytes",
    "─ frame leaves by eth0, 42 bytes (14 ethernet + 28 arp)",
    "┌ ethernet header, 14 bytes",
    "─ frame leaves by eth0, 1514 bytes (14 ethernet + 20 ip + 8 udp + 1472 data)",
    "─ frame leaves by eth0, 1514 bytes (14 ethernet + 20 ip + 1480 data)",
    "─ frame leaves by eth0, 82 bytes (14 ethernet + 20 ip + 48 data)",
  ]);
});

test("no header's bytes stand in two boxes of a call; with --hexdump=all each frame is whole, on both sides", async () => {
  const few = await boxes("sendto", "127.0.0.1", "9", "hi");
  const rows = few.filter((line) => /^│ [0-9a-f]{8} /.test(line)).map((line) => line.slice(11));
  expect(new Set(rows).size).toBeGreaterThan(rows.length - 2);
  const all = titles(await boxes("sendto", "127.0.0.1", "9", "hi", "--hexdump=all", "--depth", "all"));
  expect(all.filter((line) => line.startsWith("┌ frame"))).toEqual([
    "┌ frame leaves by lo, 44 bytes, transport checksum not filled in yet",
    "┌ frame comes in on lo, 44 bytes, transport checksum not filled in yet",
    "┌ frame leaves by lo, 72 bytes",
    "┌ frame comes in on lo, 72 bytes",
  ]);
});

test("of a frame whose headers no box shows, all is shown", async () => {
  const lines = await boxes("sendto", "127.0.0.1", "9", "hi", "--layer", "dev");
  expect(titles(lines)[1]).toMatch(/^┌ frame leaves by lo, 44 bytes .*; new in it: ip and udp headers$/);
  expect(lines.join("\n")).toContain("udp: sport 33309  dport 9");
});
