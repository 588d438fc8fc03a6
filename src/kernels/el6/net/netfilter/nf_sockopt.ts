// SPDX-License-Identifier: GPL-2.0-only
/** net/netfilter/nf_sockopt.c: socket options that netfilter's tables answer. */
import { refuse, traced } from "../../../../trace/traced.ts";
import { ENOPROTOOPT } from "../../../../uapi/errno.ts";
import type { OptOut, Sock, UserMem } from "../../include/net/sock.ts";
import type { Kernel } from "../../kernel.ts";

const FILE = "net/netfilter/nf_sockopt.c";

/** IPT_BASE_CTL: the first of iptables' options. */
const IPT_BASE_CTL = 64;
const IPT_MAX = IPT_BASE_CTL + 4;

/** Who answers this option: nobody here. */
export const nf_sockopt_find = traced(
  FILE,
  "nf_sockopt_find(sk, pf, val, get)",
  (k: Kernel, _sk: Sock, _pf: number, val: number, _get: number): number => {
    if (val >= IPT_BASE_CTL && val < IPT_MAX) {
      return refuse(k, -ENOPROTOOPT, "not modelled: iptables socket options", { val });
    }
    return refuse(k, -ENOPROTOOPT, "no such IP or netfilter socket option", { optname: val });
  },
);

/** Pass an option to who answers it. */
export const nf_sockopt = traced(
  FILE,
  "nf_sockopt(sk, pf, val, get)",
  (k: Kernel, sk: Sock, pf: number, val: number, get: number): number => nf_sockopt_find(k, sk, pf, val, get),
);

/** setsockopt of what IP itself does not know. */
export const nf_setsockopt = traced(
  FILE,
  "nf_setsockopt(sk, pf, val, opt, len)",
  (k: Kernel, sk: Sock, pf: number, val: number, _opt: UserMem | null, _len: number): number =>
    nf_sockopt(k, sk, pf, val, 0),
);

/** getsockopt of what IP itself does not know. */
export const nf_getsockopt = traced(
  FILE,
  "nf_getsockopt(sk, pf, val, opt)",
  (k: Kernel, sk: Sock, pf: number, val: number, _opt: OptOut): number => nf_sockopt(k, sk, pf, val, 1),
);
