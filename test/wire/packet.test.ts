// SPDX-License-Identifier: GPL-2.0-only
/** Packets made of their parts: their checksums are right, and fragments make the whole again. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { get16, get32 } from "../../src/wire/bytes.ts";
import { csum_fold, csum_partial, csum_tcpudp_magic, ip_fast_csum } from "../../src/wire/checksum.ts";
import { formatMac } from "../../src/wire/ethernet.ts";
import {
  ethernetFrame,
  ethernetGroup,
  icmpPacket,
  icmpUnreachable,
  ipv4Packet,
  ipv4Packets,
  udpDatagram,
} from "../../src/wire/packet.ts";

const address = fc.nat(0xffffffff);
const port = fc.nat(0xffff);
const ends = fc.record({ saddr: address, daddr: address, sport: port, dport: port });
const payload = fc.uint8Array({ maxLength: 3000 });

test("a UDP datagram sums up with its pseudo header, and never says 0", () => {
  fc.assert(
    fc.property(ends, payload, fc.constantFrom(17, 136), (e, data, protocol) => {
      const b = udpDatagram(e, data, protocol);
      const sum = csum_partial(b, 0, b.length, 0);
      expect(csum_tcpudp_magic(e.saddr, e.daddr, b.length, protocol, sum)).toBe(0);
      expect(get16(b, 6)).not.toBe(0);
      expect([get16(b, 0), get16(b, 2), get16(b, 4)]).toEqual([e.sport, e.dport, 8 + data.length]);
      expect(b.subarray(8)).toEqual(data);
    }),
  );
});

describe("IPv4", () => {
  test("one packet where it fits, else fragments that are no longer than the MTU", () => {
    fc.assert(
      fc.property(ends, payload, fc.integer({ min: 68, max: 1600 }), (e, data, mtu) => {
        const packets = ipv4Packets(e, 17, data, mtu);
        const whole = new Uint8Array(data.length);
        packets.forEach((b, i) => {
          expect(b.length).toBeLessThanOrEqual(mtu);
          expect(ip_fast_csum(b, 0, 5)).toBe(0);
          expect(get16(b, 2)).toBe(b.length);
          expect([get32(b, 12), get32(b, 16)]).toEqual([e.saddr, e.daddr]);
          const field = get16(b, 6);
          const last = i === packets.length - 1;
          expect((field & 0x2000) !== 0).toBe(!last);
          expect((field & 0x4000) !== 0).toBe(packets.length === 1);
          whole.set(b.subarray(20), (field & 0x1fff) * 8);
        });
        expect(whole).toEqual(data);
      }),
    );
  });

  test("an ICMP error quotes a header and eight bytes", () => {
    const lost = ipv4Packet({ saddr: 1, daddr: 2 }, 17, new Uint8Array(100).fill(7));
    const message = icmpUnreachable(3, lost);
    expect([message[0], message[1], message.length]).toEqual([3, 3, 8 + 28]);
    expect(csum_fold(csum_partial(message, 0, message.length, 0))).toBe(0);
    expect(message.subarray(8)).toEqual(lost.subarray(0, 28));
    const packet = icmpPacket({ saddr: 2, daddr: 1 }, message);
    expect([packet[9], packet.length]).toEqual([1, 20 + 36]);
  });
});

test("Ethernet", () => {
  const frame = ethernetFrame(
    ethernetGroup(0xe00000fb),
    Uint8Array.of(2, 0, 0, 0, 0, 1),
    0x0800,
    Uint8Array.of(9),
  );
  expect([formatMac(frame), formatMac(frame, 6), get16(frame, 12), frame[14], frame.length]).toEqual([
    "01:00:5e:00:00:fb",
    "02:00:00:00:00:01",
    0x0800,
    9,
    15,
  ]);
  // 23 bits of the group are in it.
  expect(formatMac(ethernetGroup(0xefffffff))).toBe("01:00:5e:7f:ff:ff");
});
