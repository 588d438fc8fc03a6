// SPDX-License-Identifier: GPL-2.0-only
/** IPsec policies: what a flow is told, what is remembered of it, and what another policy makes of that. */
import { describe, expect, test } from "vitest";
import type { Machine } from "../../../../src/kernels/release.ts";
import { User } from "../calls.ts";
import { dummy, network, run } from "../network.ts";

const DUMMY = dummy("dummy0", "192.0.2.10/24");

/** Datagrams from one socket to an address: what each gave, and the functions that it visited. */
function sender(m: Machine): (to: string) => { ret: number | string; fns: string[] } {
  const u = new User(m);
  const fd = u.open();
  u.bind(fd, "192.0.2.10:5000");
  return (to) => {
    const rec = m.newRecorder();
    m.record(rec);
    const ret = u.sendto(fd, to, 1);
    m.record(null);
    return { ret, fns: [...rec].flatMap((ev) => (ev.ev === "enter" ? [ev.fn] : [])) };
  };
}

describe("a policy", () => {
  test("that blocks refuses each datagram; from the second on the flow is known", () => {
    const send = sender(network([...DUMMY, "ip xfrm policy add dir out dst 192.0.2.0/24 action block"]));
    const first = send("192.0.2.20:9");
    const second = send("192.0.2.20:9");
    expect([first.ret, second.ret]).toEqual(["EPERM", "EPERM"]);
    expect(first.fns).toContain("xfrm_bundle_lookup");
    expect(second.fns).not.toContain("xfrm_bundle_lookup");
    expect(second.fns).toContain("xfrm_bundle_flo_get");
  });
  test("that allows, and wants nothing, lets pass", () => {
    const send = sender(network([...DUMMY, "ip xfrm policy add dir out dst 192.0.2.0/24 action allow"]));
    expect([send("192.0.2.20:9").ret, send("192.0.2.20:9").ret]).toEqual([1, 1]);
  });
  test("of two addresses is compared where it shares a chain, whatever its addresses", () => {
    const lookups = (other: string): number => {
      const send = sender(
        network([...DUMMY, `ip xfrm policy add dir out src 192.0.2.10/32 dst ${other}/32 action block`]),
      );
      const { ret, fns } = send("192.0.2.20:9");
      expect(ret).toBe(1);
      return fns.filter((fn) => fn === "xfrm_policy_match").length;
    };
    // Eight chains: of eight neighbours in a row one shares the chain. It is asked for sub-policies, too.
    const counts = Array.from({ length: 8 }, (_, i) => lookups(`192.0.2.${24 + i}`));
    expect(counts.toSorted()).toEqual([0, 0, 0, 0, 0, 0, 0, 2]);
  });
  test("that is new voids what was remembered: the old bundle is destroyed", () => {
    const m = network([...DUMMY, "ip xfrm policy add dir out dst 192.0.2.0/24 action block"]);
    const send = sender(m);
    send("192.0.2.20:9");
    expect(run(m, "ip xfrm policy add dir out dst 198.51.100.0/24 action block")).toBe("ok");
    const { ret, fns } = send("192.0.2.20:9");
    expect(ret).toBe("EPERM");
    const at = fns.indexOf("xfrm_bundle_flo_delete");
    expect(fns.slice(at, at + 4)).toEqual([
      "xfrm_bundle_flo_delete",
      "dst_destroy",
      "xfrm4_dst_destroy",
      "dst_release",
    ]);
    expect(fns).toContain("xfrm_bundle_lookup");
  });
  test("whose keys are missing swallows the datagram, or with xfrm_larval_drop off has it wait", () => {
    const policy = "ip xfrm policy add dir out dst 192.0.2.20/32 action allow tmpl-esp 192.0.2.20";
    expect(sender(network([...DUMMY, policy]))("192.0.2.20:9").ret).toBe(1);
    const m = network([...DUMMY, policy, "sysctl net.core.xfrm_larval_drop=0"]);
    expect(sender(m)("192.0.2.20:9").ret).toBe("ERESTART");
  });
});

describe("a datagram for a socket with UDP_ENCAP", () => {
  const [SOL_UDP, UDP_ENCAP, ESPINUDP_NON_IKE, ESPINUDP] = [17, 100, 1, 2];
  /** What the receiver's queue gets of these bytes, and the functions below the encapsulation's. */
  function arrives(kind: number, bytes: number[]): { got: number; fns: string[] } {
    const u = new User(network([]));
    const r = u.open();
    u.bind(r, "127.0.0.1:4500");
    expect(u.set(r, SOL_UDP, UDP_ENCAP, kind)).toBe(0);
    const rec = u.m.newRecorder();
    u.m.record(rec);
    u.sendto(u.open(), "127.0.0.1:4500", Uint8Array.from(bytes));
    u.m.record(null);
    const fns = [...rec].flatMap((ev) => (ev.ev === "enter" ? [ev.fn] : []));
    return { got: u.recv(r).ret, fns: fns.slice(fns.indexOf("xfrm4_udp_encap_rcv") + 1) };
  }
  const EAGAIN = -11;
  const zeros = (n: number): number[] => new Array<number>(n).fill(0);

  test("a keepalive is eaten, IKE is the socket's", () => {
    expect(arrives(ESPINUDP, [0xff]).got).toBe(EAGAIN);
    expect(arrives(ESPINUDP, [...zeros(4), 1, 2, 3, 4, 5]).got).toBe(9);
    expect(arrives(ESPINUDP, [0, 0, 1, 0, 9, 9, 9, 9]).got).toBe(8);
    expect(arrives(ESPINUDP_NON_IKE, [0, 0, 1, 0, ...zeros(20)]).got).toBe(24);
    expect(arrives(ESPINUDP_NON_IKE, zeros(16)).got).toBe(16);
  });
  test("ESP is IPsec's, which has no keys", () => {
    expect(arrives(ESPINUDP, [0, 0, 1, 0, 0, 0, 0, 7, ...zeros(11)]).fns[0]).toBe("kfree_skb");
    const esp = arrives(ESPINUDP, [0, 0, 1, 0, 0, 0, 0, 7, ...zeros(12)]);
    expect(esp.got).toBe(EAGAIN);
    expect(esp.fns.slice(0, 17)).toEqual([
      "xfrm4_rcv_encap",
      "xfrm_input",
      "secpath_dup",
      "xfrm_parse_spi",
      "xfrm_state_lookup_with_mark",
      "__xfrm_state_lookup",
      "xfrm_spi_hash",
      "__xfrm_spi_hash",
      "__xfrm4_addr_hash",
      "xfrm_audit_state_notfound",
      "kfree_skb",
      "trace_kfree_skb",
      "__kfree_skb",
      "skb_release_all",
      "skb_release_head_state",
      "dst_release",
      "__secpath_destroy",
    ]);
    expect(arrives(ESPINUDP_NON_IKE, [...zeros(8), 0, 0, 1, 0, 0, 0, 0, 7, ...zeros(12)]).fns).toContain(
      "xfrm_input",
    );
  });
});
