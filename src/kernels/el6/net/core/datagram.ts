// SPDX-License-Identifier: GPL-2.0-only
/** net/core/datagram.c: taking datagrams off a receive queue, and copying them out. */

import { inlined, note, refuse, traced } from "../../../../trace/traced.ts";
import { EAGAIN, EFAULT, EINVAL, ENOENT, ENOTCONN } from "../../../../uapi/errno.ts";
import { MSG_DONTWAIT, MSG_PEEK, SOCK_SEQPACKET, SOCK_STREAM } from "../../../../uapi/socket.ts";
import { csum_block_add, csum_fold, csum_partial } from "../../../../wire/checksum.ts";
import { copyToUser } from "../../include/asm/uaccess.ts";
import { type Iovec, SOCK_ASYNC_NOSPACE, type Socket } from "../../include/linux/net.ts";
import {
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLOUT,
  POLLRDHUP,
  POLLRDNORM,
  POLLWRBAND,
  POLLWRNORM,
  type PollTable,
  poll_wait,
} from "../../include/linux/poll.ts";
import {
  __skb_unlink,
  CHECKSUM_UNNECESSARY,
  type SkBuff,
  type SkbFrag,
  skb_headlen,
  skb_peek,
  skb_queue_empty,
} from "../../include/linux/skbuff.ts";
import {
  lock_sock,
  pending_error,
  RCV_SHUTDOWN,
  SHUTDOWN_MASK,
  type Sock,
  sk_mem_reclaim_partial,
  sock_intr_errno,
  sock_rcvtimeo,
  sock_writeable,
  TCP_CLOSE,
  TCP_ESTABLISHED,
  type UserMem,
} from "../../include/net/sock.ts";
import { trace_skb_copy_datagram_iovec } from "../../include/trace/events/skb.ts";
import { type Kernel, local_bh_disable, local_bh_enable } from "../../kernel.ts";
import { memcpy_toiovec } from "./iovec.ts";
import { consume_skb, kfree_skb, skb_checksum } from "./skbuff.ts";
import { patience, release_sock, schedule_timeout } from "./sock.ts";

const FILE = "net/core/datagram.c";

const TCP_SYN_SENT = 2;
const TCP_LISTEN = 10;

/** What {@link __skb_recv_datagram} says beside the packet: an errno when there is none, and whether it was peeked. */
export interface RecvOut {
  err: number;
  peeked: number;
}

/** Sockets that have connections, as opposed to datagrams. */
export const connection_based = inlined(FILE, "connection_based(sk)", (_k: Kernel, sk: Sock): boolean => {
  return sk.sk_type === SOCK_SEQPACKET || sk.sk_type === SOCK_STREAM;
});

/** Somebody wakes the socket's sleepers: a receiver gets up for packets and errors alone. */
export const receiver_wake_function = traced(
  FILE,
  "receiver_wake_function(bits)",
  (k: Kernel, bits: number): number => {
    if (bits === 0 || (bits & (POLLIN | POLLERR)) !== 0) return 1;
    note(k, "wakeup is not for POLLIN or POLLERR: keep sleeping");
    return 0;
  },
);

/** Sleep until a packet comes in: 0 to look again, 1 when there is none to wait for. */
export const wait_for_packet = traced(
  FILE,
  "wait_for_packet(sk, out, timeo)",
  (k: Kernel, sk: Sock, out: RecvOut, timeo: { left: number }): number => {
    const error = pending_error(k, sk);
    if (error !== 0) {
      out.err = error;
      return error;
    }
    if (!skb_queue_empty(sk.sk_receive_queue)) return 0;
    if ((sk.sk_shutdown & RCV_SHUTDOWN) !== 0) {
      note(k, "shut down for receiving: end of file");
      out.err = 0;
      return 1;
    }
    if (connection_based(k, sk) && sk.sk_state !== TCP_ESTABLISHED && sk.sk_state !== TCP_LISTEN) {
      out.err = refuse(k, -ENOTCONN, "the socket is not connected", { sk_state: sk.sk_state });
      return -ENOTCONN;
    }
    if (k.signal_pending) {
      out.err = refuse(k, sock_intr_errno(timeo.left), "interrupted by a signal");
      return out.err;
    }
    note(k, "the receive queue is empty: wait for a packet, an error or shutdown", {
      wait: patience(k, timeo.left),
    });
    sk.sk_sleeper = true;
    sk.sk_sleeper_func = receiver_wake_function;
    timeo.left = schedule_timeout(k, sk, timeo.left);
    sk.sk_sleeper_func = null;
    if (timeo.left < 0) {
      out.err = refuse(
        k,
        sock_intr_errno(Number.POSITIVE_INFINITY),
        "not modelled: a sleep that nothing ends; treated as interrupted by a signal",
      );
      return out.err;
    }
    return 0;
  },
);

/** The next packet of the receive queue, left there with MSG_PEEK. Waits for one if it may. */
export const __skb_recv_datagram = traced(
  FILE,
  "__skb_recv_datagram(sk, flags, out)",
  (k: Kernel, sk: Sock, flags: number, out: RecvOut): SkBuff | null => {
    const error = pending_error(k, sk);
    if (error !== 0) {
      out.err = error;
      return null;
    }
    const waits = sock_rcvtimeo(sk, flags & MSG_DONTWAIT);
    const timeo = { left: waits };
    do {
      const skb = skb_peek(sk.sk_receive_queue);
      if (skb !== null) {
        out.peeked = skb.peeked;
        if ((flags & MSG_PEEK) !== 0) {
          note(k, "MSG_PEEK: the packet stays on the receive queue");
          skb.peeked = 1;
          skb.users++;
        } else {
          __skb_unlink(skb, sk.sk_receive_queue);
        }
        return skb;
      }
      if (timeo.left === 0) {
        out.err =
          waits === 0
            ? refuse(k, -EAGAIN, "the receive queue is empty, and the call does not block")
            : refuse(k, -EAGAIN, "timed out: nothing received within SO_RCVTIMEO", {
                timeout_ms: (waits * 1000) / k.HZ,
              });
        return null;
      }
    } while (wait_for_packet(k, sk, out, timeo) === 0);
    return null;
  },
);

/** As {@link __skb_recv_datagram}, for who does not mind whether it was peeked. */
export const skb_recv_datagram = traced(
  FILE,
  "skb_recv_datagram(sk, flags, noblock, out)",
  (k: Kernel, sk: Sock, flags: number, noblock: number, out: RecvOut): SkBuff | null => {
    return __skb_recv_datagram(k, sk, flags | (noblock !== 0 ? MSG_DONTWAIT : 0), out);
  },
);

/** Let go of a received packet. */
export const skb_free_datagram = inlined(
  FILE,
  "skb_free_datagram(sk, skb)",
  (k: Kernel, sk: Sock, skb: SkBuff): void => {
    consume_skb(k, skb);
    sk_mem_reclaim_partial(k, sk);
  },
);

/** Let go of a received packet, with the socket locked because its accounting moves. */
export const skb_free_datagram_locked = traced(
  FILE,
  "skb_free_datagram_locked(sk, skb)",
  (k: Kernel, sk: Sock, skb: SkBuff): void => {
    lock_sock(k, sk);
    skb_free_datagram(k, sk, skb);
    release_sock(k, sk);
  },
);

/** Throw a received packet away; one that was only peeked leaves the queue too. */
export const skb_kill_datagram = traced(
  FILE,
  "skb_kill_datagram(sk, skb, flags)",
  (k: Kernel, sk: Sock, skb: SkBuff, flags: number): number => {
    let err = 0;
    if ((flags & MSG_PEEK) !== 0) {
      err = -ENOENT;
      local_bh_disable(k);
      if (skb === skb_peek(sk.sk_receive_queue)) {
        __skb_unlink(skb, sk.sk_receive_queue);
        skb.users--;
        err = 0;
      }
      local_bh_enable(k);
    }
    kfree_skb(k, skb);
    sk_mem_reclaim_partial(k, sk);
    return err;
  },
);

function unwritable(k: Kernel, len: number): number {
  return refuse(k, -EFAULT, "the buffer cannot be written to user space", { len });
}

/** Copy `len` bytes of a packet to an iovec, using that up. */
export const skb_copy_datagram_iovec = traced(
  FILE,
  "skb_copy_datagram_iovec(skb, offset, to, len)",
  (k: Kernel, skb: SkBuff, offset: number, to: Iovec[], len: number): number => {
    let at = offset;
    let left = len;
    let start = skb_headlen(skb);
    let copy = start - at;
    trace_skb_copy_datagram_iovec(k, skb, len);
    if (copy > 0) {
      copy = Math.min(copy, left);
      const from = skb.data + at;
      if (memcpy_toiovec(k, to, skb.head.bytes.subarray(from, from + copy), copy) !== 0) return -EFAULT;
      left -= copy;
      if (left === 0) return 0;
      at += copy;
    }
    const frags = skb.head.frags;
    for (let i = 0; i < frags.length; i++) {
      const frag = frags[i] as SkbFrag;
      const end = start + frag.size;
      copy = end - at;
      if (copy > 0) {
        copy = Math.min(copy, left);
        const from = frag.page_offset + at - start;
        if (memcpy_toiovec(k, to, frag.page.bytes.subarray(from, from + copy), copy) !== 0) return -EFAULT;
        left -= copy;
        if (left === 0) return 0;
        at += copy;
      }
      start = end;
    }
    for (let iter = skb.head.frag_list; iter !== null; iter = iter.next) {
      const end = start + iter.len;
      copy = end - at;
      if (copy > 0) {
        copy = Math.min(copy, left);
        if (skb_copy_datagram_iovec(k, iter, at - start, to, copy) !== 0) return -EFAULT;
        left -= copy;
        if (left === 0) return 0;
        at += copy;
      }
      start = end;
    }
    return left === 0 ? 0 : refuse(k, -EFAULT, "beyond the end of the packet", { len, left });
  },
);

/** csum_and_copy_to_user: copy and sum; null where the memory cannot be written. */
function copy_and_sum(
  bytes: Uint8Array,
  from: number,
  len: number,
  to: UserMem | null,
  toOffset: number,
  sum: number,
): number | null {
  if (copyToUser(to, toOffset, bytes, from, len) !== 0) return null;
  return csum_partial(bytes, from, from + len, sum);
}

/** Copy `len` bytes of a packet to one piece of user memory and sum them on the way. */
export const skb_copy_and_csum_datagram = traced(
  FILE,
  "skb_copy_and_csum_datagram(skb, offset, to, toOffset, len, csump)",
  (
    k: Kernel,
    skb: SkBuff,
    offset: number,
    to: UserMem | null,
    toOffset: number,
    len: number,
    csump: { csum: number },
  ): number => {
    let at = offset;
    let left = len;
    let pos = 0;
    let start = skb_headlen(skb);
    let copy = start - at;
    if (copy > 0) {
      copy = Math.min(copy, left);
      const sum = copy_and_sum(skb.head.bytes, skb.data + at, copy, to, toOffset, csump.csum);
      if (sum === null) return unwritable(k, len);
      csump.csum = sum;
      left -= copy;
      if (left === 0) return 0;
      at += copy;
      pos = copy;
    }
    const frags = skb.head.frags;
    for (let i = 0; i < frags.length; i++) {
      const frag = frags[i] as SkbFrag;
      const end = start + frag.size;
      copy = end - at;
      if (copy > 0) {
        copy = Math.min(copy, left);
        const sum = copy_and_sum(frag.page.bytes, frag.page_offset + at - start, copy, to, toOffset + pos, 0);
        if (sum === null) return unwritable(k, len);
        csump.csum = csum_block_add(csump.csum, sum, pos);
        left -= copy;
        if (left === 0) return 0;
        at += copy;
        pos += copy;
      }
      start = end;
    }
    for (let iter = skb.head.frag_list; iter !== null; iter = iter.next) {
      const end = start + iter.len;
      copy = end - at;
      if (copy > 0) {
        copy = Math.min(copy, left);
        const part = { csum: 0 };
        if (skb_copy_and_csum_datagram(k, iter, at - start, to, toOffset + pos, copy, part) !== 0)
          return -EFAULT;
        csump.csum = csum_block_add(csump.csum, part.csum, pos);
        left -= copy;
        if (left === 0) return 0;
        at += copy;
        pos += copy;
      }
      start = end;
    }
    return left === 0 ? 0 : refuse(k, -EFAULT, "beyond the end of the packet", { len, left });
  },
);

/** Check the sum over the first `len` bytes: 0 when it is right. */
export const __skb_checksum_complete_head = traced(
  FILE,
  "__skb_checksum_complete_head(skb, len)",
  (k: Kernel, skb: SkBuff, len: number): number => {
    const sum = csum_fold(skb_checksum(k, skb, 0, len, skb.csum));
    if (sum === 0) skb.ip_summed = CHECKSUM_UNNECESSARY;
    else note(k, "bad checksum", { sum });
    return sum;
  },
);

/** Check the sum over the whole packet: 0 when it is right. */
export const __skb_checksum_complete = traced(
  FILE,
  "__skb_checksum_complete(skb)",
  (k: Kernel, skb: SkBuff): number => __skb_checksum_complete_head(k, skb, skb.len),
);

/** Copy a packet behind its first `hlen` bytes out, and check its sum in the same pass. */
export const skb_copy_and_csum_datagram_iovec = traced(
  FILE,
  "skb_copy_and_csum_datagram_iovec(skb, hlen, iov)",
  (k: Kernel, skb: SkBuff, hlen: number, iov: Iovec[]): number => {
    const chunk = skb.len - hlen;
    if (chunk === 0) return 0;
    let i = 0;
    while (i + 1 < iov.length && (iov[i] as Iovec).iov_len === 0) i++;
    const first = iov[i] as Iovec;
    if (first.iov_len < chunk) {
      note(k, "nonlinear buffer: verify the checksum first, then copy");
      if (__skb_checksum_complete(k, skb) !== 0) {
        return refuse(k, -EINVAL, "bad checksum");
      }
      return skb_copy_datagram_iovec(k, skb, hlen, iov, chunk) !== 0 ? -EFAULT : 0;
    }
    const csump = { csum: csum_partial(skb.head.bytes, skb.data, skb.data + hlen, skb.csum) };
    if (skb_copy_and_csum_datagram(k, skb, hlen, first.iov_base, first.iov_off, chunk, csump) !== 0) {
      return -EFAULT;
    }
    if (csum_fold(csump.csum) !== 0) {
      return refuse(k, -EINVAL, "bad checksum");
    }
    first.iov_len -= chunk;
    first.iov_off += chunk;
    return 0;
  },
);

/** poll(2) on a socket of datagrams. */
export const datagram_poll = traced(
  FILE,
  "datagram_poll(sock, wait)",
  (k: Kernel, sock: Socket, wait: PollTable | null): number => {
    const sk = sock.sk as Sock;
    poll_wait(k, sock.file, sk.sk_sleep, wait);
    let mask = 0;
    if (sk.sk_err !== 0 || !skb_queue_empty(sk.sk_error_queue)) {
      note(k, "pending error, or error queue not empty: EPOLLERR");
      mask |= POLLERR;
    }
    if ((sk.sk_shutdown & RCV_SHUTDOWN) !== 0) mask |= POLLRDHUP;
    if (sk.sk_shutdown === SHUTDOWN_MASK) mask |= POLLHUP;
    if (!skb_queue_empty(sk.sk_receive_queue) || (sk.sk_shutdown & RCV_SHUTDOWN) !== 0) {
      mask |= POLLIN | POLLRDNORM;
    }
    if (connection_based(k, sk)) {
      if (sk.sk_state === TCP_CLOSE) mask |= POLLHUP;
      if (sk.sk_state === TCP_SYN_SENT) return mask;
    }
    if (sock_writeable(sk)) {
      mask |= POLLOUT | POLLWRNORM | POLLWRBAND;
    } else {
      note(k, "over half of the send buffer is in use: not writable");
      (sk.sk_socket as Socket).flags |= 1 << SOCK_ASYNC_NOSPACE;
    }
    return mask;
  },
);
