// SPDX-License-Identifier: GPL-2.0-only
/** What is random is taken out, and nothing else. */
import { describe, expect, test } from "vitest";
import { get16, set16 } from "../../src/wire/bytes.ts";
import { csum_fold, csum_partial, csum_tcpudp_nofold } from "../../src/wire/checksum.ts";
import { type Canonical, canonical, countersOf, Names, type Packet } from "./normalise.ts";

const LO = "7f000001";
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));

/** A UDP datagram from an ephemeral port in an Ethernet frame, checksums right. */
function datagram(sport: number, id: number, payload = "6162", partial = false): Uint8Array {
  const data = hex(payload);
  const f = new Uint8Array(14 + 28 + data.length);
  f.set(hex("0000 0000 0000 0000 0000 0000 0800"));
  f.set(hex(`4500 0000 0000 0000 4011 0000 ${LO} ${LO}`), 14);
  set16(f, 16, f.length - 14);
  set16(f, 18, id);
  set16(f, 24, csum_fold(csum_partial(f, 14, 34, 0)));
  set16(f, 34, sport);
  set16(f, 36, 9999);
  set16(f, 38, 8 + data.length);
  f.set(data, 42);
  const pseudo = csum_tcpudp_nofold(0x7f000001, 0x7f000001, 8 + data.length, 17, 0);
  set16(f, 40, partial ? ~csum_fold(pseudo) & 0xffff : csum_fold(csum_partial(f, 34, f.length, pseudo)));
  return f;
}

/** A port unreachable that quotes a packet. */
function unreachable(quoted: Uint8Array, id: number): Uint8Array {
  const f = new Uint8Array(14 + 28 + quoted.length - 14);
  f.set(hex("0000 0000 0000 0000 0000 0000 0800"));
  f.set(hex(`45c0 0000 0000 0000 4001 0000 ${LO} ${LO} 0303`), 14);
  set16(f, 16, f.length - 14);
  set16(f, 18, id);
  set16(f, 24, csum_fold(csum_partial(f, 14, 34, 0)));
  f.set(quoted.subarray(14), 42);
  set16(f, 36, csum_fold(csum_partial(f, 34, f.length, 0)));
  return f;
}

const packet = (bytes: Uint8Array): Packet => ({
  dev: "lo",
  type: 4,
  proto: "0800",
  len: bytes.length,
  status: 0,
  bytes,
});

/** Both sides as text, each with its ephemeral port. */
function pair(real: [number, ...Uint8Array[]], ours: [number, ...Uint8Array[]]): [string[], string[]] {
  const side = ([port, ...frames]: [number, ...Uint8Array[]], others?: Canonical[]): Canonical[] => {
    const names = new Names(["sendto a 127.0.0.1:9999"], [{ a: [`0.0.0.0:${port}`, 0] }]);
    return canonical(frames.map(packet), names, others);
  };
  const a = side(real);
  const text = (list: Canonical[]): string[] => list.map(({ bytes }) => Buffer.from(bytes).toString("hex"));
  return [text(a), text(side(ours, a))];
}

function same(...[real, ours]: Parameters<typeof pair>): void {
  const [a, b] = pair(real, ours);
  expect(b).toEqual(a);
}
function differ(...[real, ours]: Parameters<typeof pair>): void {
  const [a, b] = pair(real, ours);
  expect(b).not.toEqual(a);
}

describe("packets", () => {
  test("with other ports and ids are the same", () => {
    same(
      [40000, datagram(40000, 7), unreachable(datagram(40000, 7), 500), datagram(40000, 8)],
      [51234, datagram(51234, 65530), unreachable(datagram(51234, 65530), 1), datagram(51234, 3)],
    );
  });
  test("a checksum of the pseudo header alone does not cover the ports", () => {
    const [one, other] = [datagram(40000, 7, "6162", true), datagram(51234, 9, "6162", true)];
    same([40000, one], [51234, other]);
    same([40000, unreachable(one, 5)], [51234, unreachable(other, 5)]);
  });
  test.each([
    ["the UDP checksum", 40],
    ["the IP checksum", 24],
    ["the destination port", 36],
    ["the payload", 43],
    ["the TTL", 22],
  ])("that differ in %s are not the same", (_, at) => {
    const spoiled = datagram(51234, 9);
    set16(spoiled, at - (at % 2), get16(spoiled, at - (at % 2)) ^ 1);
    differ([40000, datagram(40000, 7)], [51234, spoiled]);
  });
  test("id 0 is not random", () => {
    differ([40000, datagram(40000, 0)], [40000, datagram(40000, 7)]);
    differ([40000, datagram(40000, 7)], [40000, datagram(40000, 0)]);
  });
  test("what has one id on one side has one id on the other", () => {
    const [a, b] = [datagram(40000, 7), datagram(40000, 8)];
    same([40000, a, a, b], [40000, b, b, a]);
    differ([40000, a, a], [40000, a, b]);
    differ([40000, a, b], [40000, a, a]);
  });
  test("time stamps become zero", () => {
    const stamped = (time: string): Uint8Array => {
      const f = hex(
        `0000 0000 0000 0000 0000 0000 0800 4700 001c 0000 4000 4011 0000 ${LO} ${LO} 4408 0900 ${time}`,
      );
      set16(f, 24, csum_fold(csum_partial(f, 14, 42, 0)));
      return f;
    };
    same([1, stamped("01020304")], [1, stamped("05060708")]);
  });
  test("any bytes are survived", () => {
    for (let n = 0; n < 120; n++) {
      const bytes = new Uint8Array(n).map((_, i) => (i === 12 ? 8 : i === 13 ? 0 : 0x44 + ((i * n) % 3)));
      expect(canonical([packet(bytes)], new Names([], []))[0]?.bytes).toHaveLength(n);
    }
  });
});

test("ports that a case names stay as they are", () => {
  const names = new Names(["bind a 127.0.0.1:5000"], [{ a: ["127.0.0.1:5000", 0], b: ["0.0.0.0:33000", 0] }]);
  expect(names.address("127.0.0.1:5000")).toBe("127.0.0.1:5000");
  expect(names.address("0.0.0.0:33000")).toBe("0.0.0.0:P0");
  expect(names.address("family=0,len=0")).toBe("family=0,len=0");
});

test("counters of the whole machine are left out", () => {
  const d = {
    "rt.entries": 1,
    "rt.gc_total": 1,
    "rt.out_hlist_search": 1,
    "softnet.processed": 4,
    "rt.out_hit": 1,
  };
  expect(countersOf(d)).toEqual({ "rt.out_hit": 1 });
});
