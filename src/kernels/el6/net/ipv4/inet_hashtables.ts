// SPDX-License-Identifier: GPL-2.0-only
/** net/ipv4/inet_hashtables.c: the ports of TCP sockets. The tables of connections are always empty here. */
import { inlined, note, traced } from "../../../../trace/traced.ts";
import { inet_csk } from "../../include/net/inet_connection_sock.ts";
import { type InetBindBucket, type InetHashinfo, sk_hashinfo } from "../../include/net/inet_hashtables.ts";
import { inet_sk } from "../../include/net/inet_sock.ts";
import type { Sock } from "../../include/net/sock.ts";
import { type Kernel, local_bh_disable, local_bh_enable, type Net } from "../../kernel.ts";

const FILE = "net/ipv4/inet_hashtables.c";

/** Begin the list of those who have a port. */
export const inet_bind_bucket_create = traced(
  FILE,
  "inet_bind_bucket_create(net, head, snum)",
  (_k: Kernel, _net: Net, head: InetHashinfo, snum: number): InetBindBucket => {
    const tb = { port: snum, fastreuse: 0, fastreuseport: 0, fastuid: 0, num_owners: 0, owners: [] };
    head.bhash.set(snum, tb);
    return tb;
  },
);

/** Nobody has the port any more: forget it. */
export const inet_bind_bucket_destroy = traced(
  FILE,
  "inet_bind_bucket_destroy(head, tb)",
  (k: Kernel, head: InetHashinfo, tb: InetBindBucket): void => {
    if (tb.owners.length > 0) {
      note(k, "other sockets own the port: bucket kept", { num_owners: tb.num_owners });
      return;
    }
    head.bhash.delete(tb.port);
  },
);

/** The port is the socket's. */
export const inet_bind_hash = traced(
  FILE,
  "inet_bind_hash(sk, tb, snum)",
  (k: Kernel, sk: Sock, tb: InetBindBucket, snum: number): void => {
    sk_hashinfo(k, sk).bsockets++;
    inet_sk(sk).num = snum;
    tb.owners.unshift(sk);
    tb.num_owners++;
    inet_csk(sk).icsk_bind_hash = tb;
  },
);

/** Give the port back; softirqs are off. */
export const __inet_put_port = inlined(FILE, "__inet_put_port(sk)", (k: Kernel, sk: Sock): void => {
  const hashinfo = sk_hashinfo(k, sk);
  const tb = inet_csk(sk).icsk_bind_hash as InetBindBucket;
  hashinfo.bsockets--;
  tb.owners.splice(tb.owners.indexOf(sk), 1);
  tb.num_owners--;
  inet_csk(sk).icsk_bind_hash = null;
  inet_sk(sk).num = 0;
  inet_bind_bucket_destroy(k, hashinfo, tb);
});

/** Give the port back. */
export const inet_put_port = traced(FILE, "inet_put_port(sk)", (k: Kernel, sk: Sock): void => {
  local_bh_disable(k);
  __inet_put_port(k, sk);
  local_bh_enable(k);
});

/** Take the socket off the table of connections or listeners: without a connection it is in neither. */
export const inet_unhash = traced(FILE, "inet_unhash(sk)", (_k: Kernel, _sk: Sock): void => {});
