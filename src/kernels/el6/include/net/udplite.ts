// SPDX-License-Identifier: GPL-2.0-only
/** include/net/udplite.h: where UDP-Lite (RFC 3828) differs from UDP. */
import { inlined, note, traced } from "../../../../trace/traced.ts";
import { get16, set16 } from "../../../../wire/bytes.ts";
import { UDP_CHECK, UDP_LEN } from "../../../../wire/udp.ts";
import type { Kernel } from "../../kernel.ts";
import { memcpy_fromiovecend } from "../../net/core/iovec.ts";
import { skb_checksum } from "../../net/core/skbuff.ts";
import type { Iovec } from "../linux/net.ts";
import { CHECKSUM_COMPLETE, CHECKSUM_NONE, type SkBuff, skb_transport_offset } from "../linux/skbuff.ts";
import { UDPLITE_BIT, UDPLITE_SEND_CC, type UdpSock, udp_sk } from "./inet_sock.ts";
import { LIMIT_NETDEBUG, type Sock } from "./sock.ts";

const FILE = "include/net/udplite.h";

/** Fetch user data without summing it: what is covered is summed at the end. */
export const udplite_getfrag = traced(
  FILE,
  "udplite_getfrag(from, to, toOffset, offset, len, odd, skb)",
  (
    k: Kernel,
    from: unknown,
    to: Uint8Array,
    toOffset: number,
    offset: number,
    len: number,
    _odd: number,
    _skb: SkBuff,
  ): number => {
    return memcpy_fromiovecend(k, to, toOffset, from as Iovec[], offset, len);
  },
);

/** Mark a fresh socket as one of UDP-Lite. */
export const udplite_sk_init = traced(FILE, "udplite_sk_init(sk)", (_k: Kernel, sk: Sock): number => {
  udp_sk(sk).pcflag = UDPLITE_BIT;
  return 0;
});

/** Read the coverage of a received datagram from the field where UDP has its length; 1 = refused. */
export const udplite_checksum_init = inlined(
  FILE,
  "udplite_checksum_init(skb, uh)",
  (k: Kernel, skb: SkBuff, uh: number): number => {
    const bytes = skb.head.bytes;
    if (get16(bytes, uh + UDP_CHECK) === 0) {
      note(k, "checksum is 0, which UDP-Lite does not allow");
      LIMIT_NETDEBUG(k, "UDPLITE: zeroed checksum field");
      return 1;
    }
    const cscov = get16(bytes, uh + UDP_LEN);
    if (cscov === 0) {
      note(k, "coverage is 0: the whole datagram is covered", { cscov });
    } else if (cscov < 8 || cscov > skb.len) {
      note(k, "bad coverage: shorter than the header, or longer than the datagram", { cscov, len: skb.len });
      LIMIT_NETDEBUG(k, `UDPLITE: bad csum coverage ${cscov}/${skb.len}`);
      return 1;
    } else if (cscov < skb.len) {
      note(k, "partial coverage", { cscov, len: skb.len });
      skb.udp_partial_cov = 1;
      skb.udp_cscov = cscov;
      if (skb.ip_summed === CHECKSUM_COMPLETE) skb.ip_summed = CHECKSUM_NONE;
    }
    return 0;
  },
);

/** How many bytes the checksum of an outgoing datagram covers; a partial coverage goes into the header at `uh`. */
export const udplite_sender_cscov = inlined(
  FILE,
  "udplite_sender_cscov(up, uh)",
  (k: Kernel, up: UdpSock, uh: SkBuff): number => {
    let cscov = up.len;
    if ((up.pcflag & UDPLITE_SEND_CC) !== 0) {
      if (up.pcslen < up.len) {
        note(k, "partial coverage (UDPLITE_SEND_CSCOV)", { pcslen: up.pcslen, len: up.len });
        if (up.pcslen > 0) cscov = up.pcslen;
        set16(uh.head.bytes, uh.transport_header + UDP_LEN, up.pcslen);
      } else {
        note(k, "UDPLITE_SEND_CSCOV is not below the corked length: ignored", {
          pcslen: up.pcslen,
          len: up.len,
        });
      }
    }
    return cscov;
  },
);

/** Sum what the coverage says. up->len counts corked data only, so without cork nothing is covered. */
export const udplite_csum = inlined(FILE, "udplite_csum(skb)", (k: Kernel, skb: SkBuff): number => {
  const cscov = udplite_sender_cscov(k, udp_sk(skb.sk as Sock), skb);
  const off = skb_transport_offset(skb);
  const len = skb.len - off;
  skb.ip_summed = CHECKSUM_NONE;
  if (cscov === 0) note(k, "not corked: coverage is 0, only the pseudo-header is summed", { cscov });
  return skb_checksum(k, skb, off, Math.min(cscov, len), 0);
});
