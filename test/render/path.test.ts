// SPDX-License-Identifier: GPL-2.0-only
/** The way of a datagram on one line, for every way that it can take. */

import { expect, test } from "vitest";
import { VETH } from "../kernels/el6/send.ts";
import { run } from "./run.ts";
import { render, sends } from "./world.ts";

const OUT = "sys_sendto → udp_sendmsg → ip_send_skb → neigh_resolve_output → dev_queue_xmit → loopback_xmit";

test.each<[string, string[]]>([
  ["127.0.0.1 9999 a", [`${OUT} ⇒ __udp4_lib_rcv (no socket is bound to this address and port)`]],
  ["127.0.0.1 9999 a --listen", [`${OUT} ⇒ __udp_queue_rcv_skb (queued on sk#2)`]],
  [
    "127.0.0.1 9999 a --connect -n 2",
    [
      `${OUT} ⇒ __udp4_lib_rcv (no socket is bound to this address and port) ⇒ __udp4_lib_err (ECONNREFUSED is pending on sk#1)`,
      "sys_sendto → udp_sendmsg → ip_make_skb → sock_alloc_send_skb → sock_alloc_send_pskb ⇒ ECONNREFUSED: pending error on the socket: this call returns it",
    ],
  ],
  [
    "10.0.0.1 9 a",
    [
      "sys_sendto → udp_sendmsg → ip_route_output_flow → fib_lookup ⇒ ENETUNREACH: no route in any table that the rules look up",
    ],
  ],
  ["127.0.0.1 9 --size 70000", ["sys_sendto → udp_sendmsg ⇒ EMSGSIZE: larger than the largest UDP datagram"]],
  ["127.0.0.1 9 a --cork", ["sys_sendto → udp_sendmsg ⇒ held back"]],
  [
    "127.255.255.255 9 a --broadcast",
    [`${OUT} ⇒ __udp4_lib_mcast_deliver (no socket for this multicast or broadcast datagram: no ICMP error)`],
  ],
  ["127.0.0.1 9 a --device nix", ["sys_setsockopt → sock_bindtodevice ⇒ ENODEV: no device with this name"]],
  [
    "127.0.0.1 9 a --trace all",
    ["sys_socket ⇒ returned 3", `${OUT} ⇒ __udp4_lib_rcv (no socket is bound to this address and port)`],
  ],
  [
    "127.0.0.1 9 a --depth 2",
    ["sys_sendto → sock_sendmsg → … ⇒ __udp4_lib_rcv (no socket is bound to this address and port)"],
  ],
  [
    "127.0.0.1 9 a --layer udp,icmp",
    ["udp_sendmsg → udp_send_skb ⇒ __udp4_lib_rcv (no socket is bound to this address and port)"],
  ],
  [
    "127.0.0.1 9 a --depth all --no-inline --hide *skb --hide dev_*",
    [
      "sys_sendto → sock_sendmsg → inet_sendmsg → udp_sendmsg → ip_output → ip_finish_output → ip_finish_output2 → " +
        "neigh_resolve_output → loopback_xmit ⇒ softirq: net_rx_action → process_backlog → ip_rcv → " +
        "ip_rcv_finish → ip_local_deliver → ip_local_deliver_finish → udp_rcv → __udp4_lib_rcv (no socket is bound to this address and port)",
    ],
  ],
])("%s", async (argv, lines) => {
  const { out } = await run("sendto", ...argv.split(" "), "--format", "path");
  expect(out.trimEnd().split("\n")).toEqual(lines);
});

test("devices other than lo", async () => {
  const known = "ip neigh add 10.0.0.2 lladdr 02:00:00:00:00:02 dev v0";
  const dummy = ["ip link add d0 type dummy", "ip link set d0 up", "ip addr add 10.1.0.1/24 dev d0"];
  const trace = sends([...VETH, known, ...dummy], ["10.0.0.2:9", "10.0.0.9:9", "10.1.0.2:9"], 2000);
  const text = Buffer.from(await render(trace, "path", "--trace", "all")).toString();
  expect(text.trimEnd().split("\n")).toEqual([
    "sys_socket ⇒ returned 3",
    "sys_sendto → udp_sendmsg → ip_send_skb → neigh_resolve_output → dev_queue_xmit → veth_xmit ⇒ ip_rcv_finish (destination is not local, and forwarding is off)",
    "sys_sendto → udp_sendmsg → ip_send_skb → neigh_resolve_output → __neigh_event_send ⇒ waits for the next hop's link-layer address",
    "sys_sendto → udp_sendmsg → ip_send_skb → neigh_resolve_output → dev_queue_xmit → dummy_xmit ⇒ left by d0",
  ]);
});
