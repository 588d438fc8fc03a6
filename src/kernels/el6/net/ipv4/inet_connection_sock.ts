// SPDX-License-Identifier: GPL-2.0-only
/** net/ipv4/inet_connection_sock.c: ports of TCP sockets, the range of ephemeral ports, timers, the end of a socket. */
import { inlined, note, refuse, traced } from "../../../../trace/traced.ts";
import { inet_csk } from "../../include/net/inet_connection_sock.ts";
import { type InetBindBucket, sk_hashinfo } from "../../include/net/inet_hashtables.ts";
import { inet_sk } from "../../include/net/inet_sock.ts";
import { inet_is_reserved_local_port } from "../../include/net/ip.ts";
import {
  SOCK_RELAX,
  type Sock,
  sock_flag,
  sock_net,
  sock_put,
  sock_reset_flag,
  sock_set_flag,
} from "../../include/net/sock.ts";
import { TCP_LISTEN } from "../../include/net/tcp_states.ts";
import { xfrm_sk_free_policy } from "../../include/net/xfrm.ts";
import { type Kernel, local_bh_disable, local_bh_enable, type Timer } from "../../kernel.ts";
import { sk_stop_timer, sock_i_uid } from "../core/sock.ts";
import { sk_stream_kill_queues } from "../core/stream.ts";
import { inet_bind_bucket_create, inet_bind_hash } from "./inet_hashtables.ts";

const FILE = "net/ipv4/inet_connection_sock.c";

/** net.ipv4.ip_local_port_range. */
export const inet_get_local_port_range = traced(
  FILE,
  "inet_get_local_port_range()",
  (k: Kernel): readonly [number, number] => k.sysctl_local_ports,
);

/** Do the addresses of both overlap? None at all is all of them. */
function same_address(sk: Sock, sk2: Sock): boolean {
  const a = inet_sk(sk).rcv_saddr;
  const b = inet_sk(sk2).rcv_saddr;
  return a === 0 || b === 0 || a === b;
}

/** Does one of those who have the port stand in the way? */
export const inet_csk_bind_conflict = traced(
  FILE,
  "inet_csk_bind_conflict(sk, tb)",
  (k: Kernel, sk: Sock, tb: InetBindBucket): number => {
    const reuse = sk.sk_reuse !== 0;
    const relax = sock_flag(sk, SOCK_RELAX);
    const uid = sock_i_uid(k, sk);
    for (const sk2 of tb.owners) {
      if (sk === sk2) continue;
      const [dev, dev2] = [sk.sk_bound_dev_if, sk2.sk_bound_dev_if];
      if (dev !== 0 && dev2 !== 0 && dev !== dev2) continue;
      const both = reuse && sk2.sk_reuse !== 0 && sk2.sk_state !== TCP_LISTEN;
      const apart = both || (sk.sk_reuseport !== 0 && sk2.sk_reuseport !== 0 && uid === sock_i_uid(k, sk2));
      if (!apart && same_address(sk, sk2)) {
        note(k, "port is in use by another socket", { port: tb.port });
        return 1;
      }
      if (!relax && both && same_address(sk, sk2)) {
        note(k, "both have SO_REUSEADDR, but an unused port is preferred", { port: tb.port });
        return 1;
      }
    }
    return 0;
  },
);

/** The same for a port that was asked for, where SO_REUSEADDR on both sides is enough. */
export const inet_csk_bind_conflict_relax = inlined(
  FILE,
  "inet_csk_bind_conflict_relax(sk, tb)",
  (k: Kernel, sk: Sock, tb: InetBindBucket): number => {
    sock_set_flag(sk, SOCK_RELAX);
    const ret = inet_csk_bind_conflict(k, sk, tb);
    sock_reset_flag(sk, SOCK_RELAX);
    return ret;
  },
);

/** SO_REUSEADDR, or SO_REUSEPORT of one owner, on this socket and on all who have the port. */
function all_reuse(sk: Sock, tb: InetBindBucket, uid: number): boolean {
  return (
    (tb.fastreuse > 0 && sk.sk_reuse !== 0 && sk.sk_state !== TCP_LISTEN) ||
    (tb.fastreuseport > 0 && sk.sk_reuseport !== 0 && tb.fastuid === uid)
  );
}

/** What the search for a port found: a free one, or one that can be shared; or, with `smallest`, the least shared. */
interface Found {
  readonly snum: number;
  readonly tb: InetBindBucket | null;
  readonly smallest: number;
}

/** Where to search: 0 the whole range, 1 its lower half, 2 its upper half. */
interface Where {
  attempt_half: number;
}

/** The search for any port. */
function search(k: Kernel, sk: Sock, uid: number, where: Where): Found | null {
  const hashinfo = sk_hashinfo(k, sk);
  let [low, high] = inet_get_local_port_range(k);
  if (where.attempt_half !== 0) {
    const half = low + ((high - low) >> 1);
    if (where.attempt_half === 1) high = half;
    else low = half;
  }
  let remaining = high - low + 1;
  let rover = (k.random.u32("tcp port") % remaining) + low;
  let smallest = -1;
  let smallest_rover = rover;
  note(k, "port 0: search the local port range from a random port", {
    low,
    high,
    first: rover,
  });
  do {
    if (!inet_is_reserved_local_port(k, rover)) {
      const tb = hashinfo.bhash.get(rover);
      if (tb === undefined) return { snum: rover, tb: null, smallest };
      if (all_reuse(sk, tb, uid) && (tb.num_owners < smallest || smallest === -1)) {
        smallest = tb.num_owners;
        smallest_rover = rover;
        if (hashinfo.bsockets > high - low + 1 && inet_csk_bind_conflict(k, sk, tb) === 0)
          return { snum: rover, tb, smallest };
      }
      if (inet_csk_bind_conflict(k, sk, tb) === 0) return { snum: rover, tb, smallest };
    }
    rover = rover + 1 > high ? low : rover + 1;
  } while (--remaining > 0);
  if (smallest !== -1) {
    note(k, "every port is in use: share the port with the fewest owners", { port: smallest_rover });
    return { snum: smallest_rover, tb: hashinfo.bhash.get(smallest_rover) ?? null, smallest };
  }
  if (where.attempt_half === 1) {
    where.attempt_half = 2;
    return search(k, sk, uid, where);
  }
  return refuse(k, null, "no free port: every port in the range is in use or reserved", { low, high });
}

/** What all who have the port agree on, with this socket among them. */
function agree(sk: Sock, tb: InetBindBucket, uid: number): void {
  const reuses = sk.sk_reuse !== 0 && sk.sk_state !== TCP_LISTEN;
  const reuseport = sk.sk_reuseport !== 0;
  if (tb.owners.length === 0) {
    tb.fastreuse = reuses ? 1 : 0;
    tb.fastreuseport = reuseport ? 1 : 0;
    tb.fastuid = reuseport ? uid : 0;
    return;
  }
  if (!reuses) tb.fastreuse = 0;
  if (tb.fastreuseport !== 0 && (!reuseport || tb.fastuid !== uid)) {
    tb.fastreuseport = 0;
    tb.fastuid = 0;
  }
}

/** The part of inet_csk_get_port with softirqs off: 0, or 1 where there is no port. */
function get_port(k: Kernel, sk: Sock, port: number, uid: number): number {
  const hashinfo = sk_hashinfo(k, sk);
  const where: Where = { attempt_half: sk.sk_reuse !== 0 ? 1 : 0 };
  let attempts = 5;
  for (;;) {
    const any = port === 0 ? search(k, sk, uid, where) : null;
    if (port === 0 && any === null) return 1;
    const { snum, smallest } = any ?? { snum: port, smallest: -1 };
    let tb = any !== null ? any.tb : (hashinfo.bhash.get(port) ?? null);
    if (tb !== null && !(all_reuse(sk, tb, uid) && smallest === -1)) {
      if (inet_csk_bind_conflict_relax(k, sk, tb) !== 0) {
        const shares =
          (sk.sk_reuse !== 0 && sk.sk_state !== TCP_LISTEN) || (sk.sk_reuseport !== 0 && tb.fastuid === uid);
        if (shares && smallest !== -1 && --attempts >= 0) continue;
        return refuse(k, 1, "port is in use by another socket, and cannot be shared", { port: snum });
      }
      agree(sk, tb, uid);
    } else if (tb === null) {
      note(k, "port is not in use", { port: snum });
      tb = inet_bind_bucket_create(k, sock_net(sk), hashinfo, snum);
      agree(sk, tb, uid);
    } else {
      note(k, "every owner of the port can share it", { port: snum, num_owners: tb.num_owners });
    }
    if (inet_csk(sk).icsk_bind_hash === null) inet_bind_hash(k, sk, tb, snum);
    return 0;
  }
}

/** Give a TCP socket a port, 0 for any: 1 where there is none. */
export const inet_csk_get_port = traced(
  FILE,
  "inet_csk_get_port(sk, snum)",
  (k: Kernel, sk: Sock, snum: number): number => {
    const uid = sock_i_uid(k, sk);
    local_bh_disable(k);
    const ret = get_port(k, sk, snum, uid);
    local_bh_enable(k);
    return ret;
  },
);

/** Set up the timers of a connection. They are never armed, since connections are not modelled. */
export const inet_csk_init_xmit_timers = traced(
  FILE,
  "inet_csk_init_xmit_timers(sk, retransmit_handler, delack_handler, keepalive_handler)",
  (
    _k: Kernel,
    sk: Sock,
    retransmit_handler: Timer,
    delack_handler: Timer,
    keepalive_handler: Timer,
  ): void => {
    const icsk = inet_csk(sk);
    icsk.icsk_retransmit_timer = retransmit_handler;
    icsk.icsk_delack_timer = delack_handler;
    icsk.sk_timer = keepalive_handler;
  },
);

/** Stop the timers of a connection. */
export const inet_csk_clear_xmit_timers = traced(
  FILE,
  "inet_csk_clear_xmit_timers(sk)",
  (k: Kernel, sk: Sock): void => {
    const icsk = inet_csk(sk);
    sk_stop_timer(k, sk, icsk.icsk_retransmit_timer);
    sk_stop_timer(k, sk, icsk.icsk_delack_timer);
    sk_stop_timer(k, sk, icsk.sk_timer);
  },
);

/** The end of a socket that is closed and that no program has any more. */
export const inet_csk_destroy_sock = traced(
  FILE,
  "inet_csk_destroy_sock(sk)",
  (k: Kernel, sk: Sock): void => {
    sk.sk_prot.destroy?.(k, sk);
    sk_stream_kill_queues(k, sk);
    xfrm_sk_free_policy(k, sk);
    sock_put(k, sk);
  },
);
