// SPDX-License-Identifier: GPL-2.0-only
/** The files of /proc/net, byte for byte as el6 lays them out. */
import { expect, test } from "vitest";
import { dummy, network } from "../../network.ts";
import { NEIGHBOUR } from "../../packets.ts";
import { sendTo, sockaddr, udpSocket } from "../../send.ts";

function machine(): ReturnType<typeof network> {
  const m = network(dummy("d0", "192.0.2.10/24"));
  const fd = udpSocket(m);
  sendTo(m, fd, "127.0.0.1:9", 5);
  return m;
}

test("snmp", () => {
  expect(machine().proc("/proc/net/snmp")).toBe(
    "Ip: Forwarding DefaultTTL InReceives InHdrErrors InAddrErrors ForwDatagrams InUnknownProtos InDiscards " +
      "InDelivers OutRequests OutDiscards OutNoRoutes ReasmTimeout ReasmReqds ReasmOKs ReasmFails FragOKs FragFails " +
      "FragCreates\nIp: 2 64 2 0 0 0 0 0 2 2 0 0 0 0 0 0 0 0 0\n" +
      "Icmp: InMsgs InErrors InDestUnreachs InTimeExcds InParmProbs InSrcQuenchs InRedirects InEchos InEchoReps " +
      "InTimestamps InTimestampReps InAddrMasks InAddrMaskReps OutMsgs OutErrors OutDestUnreachs OutTimeExcds " +
      "OutParmProbs OutSrcQuenchs OutRedirects OutEchos OutEchoReps OutTimestamps OutTimestampReps OutAddrMasks " +
      "OutAddrMaskReps\nIcmp: 1 0 1 0 0 0 0 0 0 0 0 0 0 1 0 1 0 0 0 0 0 0 0 0 0 0\n" +
      "IcmpMsg: InType3 OutType3\nIcmpMsg: 1 1\n" +
      "Tcp: RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens PassiveOpens AttemptFails EstabResets CurrEstab InSegs " +
      "OutSegs RetransSegs InErrs OutRsts\nTcp: 1 200 120000 -1 0 0 0 0 0 0 0 0 0 0\n" +
      "Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors\nUdp: 0 1 0 1 0 0\n" +
      "UdpLite: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors\nUdpLite: 0 0 0 0 0 0\n",
  );
});

test("netstat: TCP's columns are zero, IP's count octets", () => {
  const [names = "", values = "", ip = "", octets] = (machine().proc("netstat") ?? "").split("\n");
  expect(names.startsWith("TcpExt: SyncookiesSent SyncookiesRecv ")).toBe(true);
  expect(
    names.endsWith(" BusyPollRxPackets TCPFromZeroWindowAdv TCPToZeroWindowAdv TCPWantZeroWindowAdv"),
  ).toBe(true);
  expect(values.split(" ").length).toBe(names.split(" ").length);
  expect(ip).toBe(
    "IpExt: InNoRoutes InTruncatedPkts InMcastPkts OutMcastPkts InBcastPkts OutBcastPkts InOctets OutOctets " +
      "InMcastOctets OutMcastOctets InBcastOctets OutBcastOctets",
  );
  expect(octets).toBe("IpExt: 0 0 0 0 0 0 94 94 0 0 0 0");
});

test("dev, softnet_stat, stat/rt_cache", () => {
  const m = machine();
  expect(m.proc("dev")?.split("\n").slice(2)).toEqual([
    "    lo:      94       2    0    0    0     0          0         0       94       2    0    0    0     0       0          0",
    "    d0:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0",
    "",
  ]);
  expect(m.proc("softnet_stat")).toBe(`00000004${" 00000000".repeat(9)}\n`);
  expect(m.proc("stat/rt_cache")?.split("\n")[1]).toMatch(
    /^[0-9a-f]{8} {2}([0-9a-f]{8} ){7} 00000001 00000002 ([0-9a-f]{8} ){7}$/,
  );
});

test("udp: addresses as the machine reads their bytes, rows filled up to 127", () => {
  const m = machine();
  const fd = udpSocket(m);
  m.syscall({ name: "bind", fd, addr: { bytes: sockaddr("127.0.0.1:4660") }, addrlen: 16 });
  const rows = (m.proc("udp") ?? "").split("\n").slice(0, -1);
  expect(rows.map((row) => row.length)).toEqual(rows.map(() => 127));
  expect(rows[0]).toMatch(
    /^ {2}sl {2}local_address rem_address {3}st tx_queue rx_queue tr tm->when retrnsmt /,
  );
  const row = rows.find((text) => text.includes(":1234 "));
  expect(row).toMatch(
    /^ {2}52: 0100007F:1234 00000000:0000 07 00000000:00000000 00:00000000 00000000 {5}0 {8}0 \d+ 2 /,
  );
});

test("arp, route, rt_cache", () => {
  const m = network(NEIGHBOUR);
  sendTo(m, udpSocket(m), "10.0.0.2:9");
  expect(m.proc("arp")).toBe(
    "IP address       HW type     Flags       HW address            Mask     Device\n" +
      "10.0.0.2         0x1         0x6         02:00:00:00:00:02     *        v0\n",
  );
  expect(m.proc("route")?.split("\n")[1]).toBe(
    "v0\t0000000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0".padEnd(127),
  );
  expect(m.proc("rt_cache")?.split("\n")[1]).toBe(
    "v0\t0200000A\t0200000A\t       0\t0\t0\t0\t0100000A\t1500\t0\t0\t00\t2\t1\t0100000A".padEnd(127),
  );
});

test("sockstat counts sockets; a file that is not there is undefined", () => {
  const m = machine();
  expect(m.proc("sockstat")).toMatch(
    /^sockets: used \d+\nTCP: inuse 0 orphan 0 tw 0 alloc 0 mem 0\nUDP: inuse 1 mem 0\nUDPLITE: inuse 0\nRAW: inuse 0\nFRAG: inuse 0 memory 0\n$/,
  );
  expect(m.proc("nosuch")).toBe(undefined);
  expect(m.proc("toString")).toBe(undefined);
});
