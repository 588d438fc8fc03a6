// SPDX-License-Identifier: GPL-2.0-only
/** net/core/sock.c: what all sockets share: their life, lock, buffers, memory accounting and SOL_SOCKET options. */
import { drop, inlined, note, refuse, traced } from "../../../../trace/traced.ts";
import {
  EACCES,
  EAGAIN,
  EDOM,
  EFAULT,
  EINVAL,
  EMSGSIZE,
  ENOBUFS,
  ENODEV,
  ENOENT,
  ENOMEM,
  ENOPROTOOPT,
  ENOTCONN,
  EOPNOTSUPP,
  EPERM,
  EPIPE,
} from "../../../../uapi/errno.ts";
import { IPPROTO_TCP } from "../../../../uapi/in.ts";
import {
  MSG_DONTWAIT,
  SO_ACCEPTCONN,
  SO_ATTACH_FILTER,
  SO_BINDTODEVICE,
  SO_BROADCAST,
  SO_BSDCOMPAT,
  SO_DEBUG,
  SO_DETACH_FILTER,
  SO_DOMAIN,
  SO_DONTROUTE,
  SO_ERROR,
  SO_KEEPALIVE,
  SO_LINGER,
  SO_MARK,
  SO_NO_CHECK,
  SO_OOBINLINE,
  SO_PASSCRED,
  SO_PASSSEC,
  SO_PEERCRED,
  SO_PEERNAME,
  SO_PEERSEC,
  SO_PRIORITY,
  SO_PROTOCOL,
  SO_RCVBUF,
  SO_RCVBUFFORCE,
  SO_RCVLOWAT,
  SO_RCVTIMEO,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SO_RXQ_OVFL,
  SO_SNDBUF,
  SO_SNDBUFFORCE,
  SO_SNDLOWAT,
  SO_SNDTIMEO,
  SO_TIMESTAMP,
  SO_TIMESTAMPING,
  SO_TIMESTAMPNS,
  SO_TYPE,
  SOCK_STREAM,
} from "../../../../uapi/socket.ts";
import { get32, set32le } from "../../../../wire/bytes.ts";
import { copyFromUser, get_room, put_room } from "../../include/asm/uaccess.ts";
import {
  Msghdr,
  SOCK_ASYNC_NOSPACE,
  SOCK_NOSPACE,
  SOCK_PASSCRED,
  SOCK_PASSSEC,
  type Socket,
} from "../../include/linux/net.ts";
import { dev_put } from "../../include/linux/netdevice.ts";
import {
  POLLERR,
  POLLIN,
  POLLOUT,
  POLLPRI,
  POLLRDBAND,
  POLLRDNORM,
  POLLWRBAND,
  POLLWRNORM,
  wake_up_poll,
} from "../../include/linux/poll.ts";
import {
  __skb_queue_tail,
  alloc_page,
  alloc_skb,
  MAX_SKB_FRAGS,
  PAGE_SIZE,
  type Page,
  type SkBuff,
} from "../../include/linux/skbuff.ts";
import { TcpSock } from "../../include/linux/tcp.ts";
import type { DstEntry } from "../../include/net/dst.ts";
import { InetSock, UdpSock } from "../../include/net/inet_sock.ts";
import { RawSock } from "../../include/net/raw.ts";
import {
  lock_sock,
  type OptOut,
  type Proto,
  pending_error,
  SEND_SHUTDOWN,
  SK_MEM_QUANTUM,
  SK_MEM_QUANTUM_SHIFT,
  SK_MEM_RECV,
  SOCK_BROADCAST as SOCK_BROADCAST_BIT,
  SOCK_DBG,
  SOCK_DEAD,
  SOCK_KEEPOPEN,
  SOCK_LINGER,
  SOCK_LOCALROUTE,
  SOCK_MIN_RCVBUF,
  SOCK_MIN_SNDBUF,
  SOCK_RCVBUF_LOCK,
  SOCK_RCVTSTAMP,
  SOCK_RCVTSTAMPNS,
  SOCK_RXQ_OVFL as SOCK_RXQ_OVFL_BIT,
  SOCK_SNDBUF_LOCK,
  SOCK_TIMESTAMP as SOCK_TIMESTAMP_BIT,
  SOCK_TIMESTAMPING_RAW_HARDWARE,
  SOCK_TIMESTAMPING_RX_HARDWARE,
  SOCK_TIMESTAMPING_RX_SOFTWARE,
  SOCK_TIMESTAMPING_SOFTWARE,
  SOCK_TIMESTAMPING_SYS_HARDWARE,
  SOCK_TIMESTAMPING_TX_HARDWARE,
  SOCK_TIMESTAMPING_TX_SOFTWARE,
  SOCK_URGINLINE,
  SOCK_USE_WRITE_QUEUE,
  SOCK_ZAPPED,
  Sock,
  sk_dst_get,
  sk_dst_reset,
  sk_has_sleeper,
  sk_mem_pages,
  sk_mem_uncharge,
  sk_rmem_schedule,
  sk_set_socket,
  skb_set_owner_r,
  skb_set_owner_w,
  sock_error,
  sock_flag,
  sock_flag_value,
  sock_hold,
  sock_intr_errno,
  sock_net,
  sock_orphan,
  sock_put,
  sock_reset_flag,
  sock_set_flag,
  sock_sndtimeo,
  TCP_CLOSE,
  type UserMem,
} from "../../include/net/sock.ts";
import {
  capable,
  del_timer,
  type Kernel,
  ktime_get_real,
  local_bh_disable,
  local_bh_enable,
  mod_timer,
  type Net,
  printk,
  sleep,
  type Timer,
} from "../../kernel.ts";
import {
  security_sk_alloc,
  security_sk_free,
  security_socket_getpeersec_stream,
} from "../../security/security.ts";
import { tcp_set_keepalive } from "../ipv4/tcp_timer.ts";
import { kernel_sendmsg } from "../socket.ts";
import { dev_get_by_name, net_disable_timestamp, net_enable_timestamp } from "./dev.ts";
import { dst_release } from "./dst.ts";
import { sk_attach_filter, sk_detach_filter, sk_filter } from "./filter.ts";
import { net_ratelimit } from "./utils.ts";

const FILE = "net/core/sock.c";

/** asm-generic/socket.h, what uapi/socket.ts does not list. */
const SO_BUSY_POLL = 46;
const SO_BPF_EXTENSIONS = 48;
const SKF_AD_MAX = 52;
const IFNAMSIZ = 16;
/** linux/gfp.h: memory for a task that may sleep. */
const GFP_KERNEL = 0xd0;
const TCP_LISTEN = 10;

// linux/net_tstamp.h
const SOF_TIMESTAMPING_TX_HARDWARE = 1 << 0;
const SOF_TIMESTAMPING_TX_SOFTWARE = 1 << 1;
const SOF_TIMESTAMPING_RX_HARDWARE = 1 << 2;
const SOF_TIMESTAMPING_RX_SOFTWARE = 1 << 3;
const SOF_TIMESTAMPING_SOFTWARE = 1 << 4;
const SOF_TIMESTAMPING_SYS_HARDWARE = 1 << 5;
const SOF_TIMESTAMPING_RAW_HARDWARE = 1 << 6;
const SOF_TIMESTAMPING_MASK = 0x7f;

/** MAX_SCHEDULE_TIMEOUT. */
const FOREVER = Number.POSITIVE_INFINITY;

/** Read a 64-bit little-endian integer; exact within 2^53, and far beyond what a timeout can mean. */
function get64le(b: Uint8Array, at: number): number {
  const lo = get32(
    Uint8Array.of(b[at + 3] as number, b[at + 2] as number, b[at + 1] as number, b[at] as number),
    0,
  );
  const hi = get32(
    Uint8Array.of(b[at + 7] as number, b[at + 6] as number, b[at + 5] as number, b[at + 4] as number),
    0,
  );
  return (hi | 0) * 0x100000000 + lo;
}

/** get_user of an int: the value, or null where the memory cannot be read. */
export function get_user_int(optval: UserMem | null): number | null {
  const b = new Uint8Array(4);
  if (copyFromUser(b, 0, optval, 0, 4) !== 0) return null;
  return (b[0] as number) | ((b[1] as number) << 8) | ((b[2] as number) << 16) | ((b[3] as number) << 24);
}

/**
 * Sleep on the socket until it is woken or `timeo` jiffies are over; the jiffies left, or -1 for a sleep without end.
 * What timers do meanwhile is nobody's system call.
 */
export function schedule_timeout(k: Kernel, sk: Sock, timeo: number): number {
  const begun = k.jiffies;
  k.rec?.context("sleep", true);
  const left = sleep(k, () => !sk.sk_sleeper || k.signal_pending, timeo);
  k.rec?.context("sleep", false);
  const slept = `${((k.jiffies - begun) * 1000) / k.HZ} ms`;
  if (!sk.sk_sleeper) note(k, "woken: check again", { slept });
  else if (k.signal_pending) note(k, "woken by a signal", { slept });
  else if (left === 0) note(k, "not woken: timed out", { slept });
  sk.sk_sleeper = false;
  return left;
}

/** How long a sleep may last, for a reader. */
export function patience(k: Kernel, timeo: number): string {
  return timeo >= FOREVER ? "indefinitely" : `${(timeo * 1000) / k.HZ} ms`;
}

/** Wake who sleeps, and tell who polls which bits came (0: anything). */
export function wake_up(k: Kernel, sk: Sock, key: number): void {
  if (sk.sk_sleeper && (sk.sk_sleeper_func?.(k, key) ?? 1) !== 0) {
    note(k, "wake the task sleeping on this socket");
    sk.sk_sleeper = false;
  }
  wake_up_poll(k, sk.sk_sleep, key);
}

/** Whether a protocol comes with RHEL's extension of struct proto, and has what `flag` says. */
export const proto_has_rhel_ext = inlined(
  FILE,
  "proto_has_rhel_ext(prot, flag)",
  (_k: Kernel, prot: Proto, _flag: number): boolean => {
    return prot.rhel_ext === true;
  },
);
const RHEL_PROTO_HAS_RELEASE_CB = 1;

/** SO_RCVTIMEO, SO_SNDTIMEO: jiffies of a struct timeval. Returns [errno or 0, jiffies or the old value]. */
export const sock_set_timeout = traced(
  FILE,
  "sock_set_timeout(timeo, optval, optlen)",
  (k: Kernel, timeo: number, optval: UserMem | null, optlen: number): [number, number] => {
    if (optlen < 16) {
      return [refuse(k, -EINVAL, "shorter than struct timeval", { optlen }), timeo];
    }
    const tv = new Uint8Array(16);
    if (copyFromUser(tv, 0, optval, 0, 16) !== 0) {
      return [refuse(k, -EFAULT, "the option's value cannot be read from user space", { optlen }), timeo];
    }
    const tv_sec = get64le(tv, 0);
    const tv_usec = get64le(tv, 8);
    if (tv_usec < 0 || tv_usec >= 1_000_000) {
      return [refuse(k, -EDOM, "tv_usec is out of range", { tv_sec, tv_usec }), timeo];
    }
    if (tv_sec < 0) {
      note(k, "negative timeout: do not wait", { tv_sec });
      if (net_ratelimit(k))
        printk(k, `sock_set_timeout: \`nettrace' (pid ${k.current.pid}) tries to set negative timeout`);
      return [0, 0];
    }
    if (tv_sec === 0 && tv_usec === 0) {
      note(k, "zero timeout: wait indefinitely");
      return [0, FOREVER];
    }
    if (tv_sec < 2 ** 63 / k.HZ - 1) {
      const tick = 1_000_000 / k.HZ;
      return [0, tv_sec * k.HZ + Math.floor((tv_usec + tick - 1) / tick)];
    }
    return [0, FOREVER];
  },
);

/** SO_BSDCOMPAT does nothing any more, and says so in the log. */
export const sock_warn_obsolete_bsdism = traced(
  FILE,
  "sock_warn_obsolete_bsdism(name)",
  (k: Kernel, name: string): void => {
    printk(k, `process \`nettrace' is using obsolete ${name} SO_BSDCOMPAT`);
  },
);

/** Stop stamping packets when the last reason to is gone. */
export const sock_disable_timestamp = inlined(
  FILE,
  "sock_disable_timestamp(sk, flag)",
  (k: Kernel, sk: Sock, flag: number): void => {
    if (!sock_flag(sk, flag)) return;
    sock_reset_flag(sk, flag);
    if (!sock_flag(sk, SOCK_TIMESTAMP_BIT) && !sock_flag(sk, SOCK_TIMESTAMPING_RX_SOFTWARE))
      net_disable_timestamp(k);
  },
);

/** Put a packet on the receive queue, if it fits and the filter lets it. */
export const sock_queue_rcv_skb = traced(
  FILE,
  "sock_queue_rcv_skb(sk, skb)",
  (k: Kernel, sk: Sock, skb: SkBuff): number => {
    if (sk.sk_rmem_alloc >= sk.sk_rcvbuf) {
      drop(k, skb, "SOCKET_RCVBUFF", "the receive buffer is full", {
        sk_rmem_alloc: sk.sk_rmem_alloc,
        sk_rcvbuf: sk.sk_rcvbuf,
      });
      return -ENOMEM;
    }
    const err = sk_filter(k, sk, skb);
    if (err !== 0) {
      drop(k, skb, "SOCKET_FILTER", "rejected by the socket filter", { len: skb.len });
      return err;
    }
    if (!sk_rmem_schedule(k, sk, skb.truesize)) {
      drop(k, skb, "PROTO_MEM", "the protocol's memory limit is reached", { truesize: skb.truesize });
      return -ENOBUFS;
    }
    skb.dev = null;
    skb_set_owner_r(k, skb, sk);
    const skb_len = skb.len;
    skb.dropcount = sk.sk_drops;
    __skb_queue_tail(sk.sk_receive_queue, skb);
    if (!sock_flag(sk, SOCK_DEAD)) sk.sk_data_ready(k, sk, skb_len);
    return 0;
  },
);

/** The cached route if it is still good; the caller holds the lock. */
export const __sk_dst_check = traced(
  FILE,
  "__sk_dst_check(sk, cookie)",
  (k: Kernel, sk: Sock, cookie: number): DstEntry | null => {
    const dst = sk.sk_dst_cache;
    if (dst !== null && dst.obsolete !== 0 && dst.ops.check(k, dst, cookie) === null) {
      note(k, "cached route is stale");
      sk.sk_tx_queue_mapping = -1;
      sk.sk_dst_cache = null;
      dst_release(k, dst);
      return null;
    }
    return dst;
  },
);

/** The cached route with a reference, if it is still good. */
export const sk_dst_check = traced(
  FILE,
  "sk_dst_check(sk, cookie)",
  (k: Kernel, sk: Sock, cookie: number): DstEntry | null => {
    const dst = sk_dst_get(sk);
    if (dst !== null && dst.obsolete !== 0 && dst.ops.check(k, dst, cookie) === null) {
      note(k, "cached route is stale");
      sk_dst_reset(k, sk);
      dst_release(k, dst);
      return null;
    }
    return dst;
  },
);

/** SO_BINDTODEVICE: bind to a device by name; an empty name unbinds. */
export const sock_bindtodevice = inlined(
  FILE,
  "sock_bindtodevice(sk, optval, optlen)",
  (k: Kernel, sk: Sock, optval: UserMem | null, optlen: number): number => {
    if (!capable(k)) {
      return refuse(k, -EPERM, "not permitted: SO_BINDTODEVICE needs CAP_NET_RAW", { uid: k.current.uid });
    }
    const len = Math.min(optlen, IFNAMSIZ - 1);
    const devname = new Uint8Array(IFNAMSIZ);
    if (copyFromUser(devname, 0, optval, 0, len) !== 0) {
      return refuse(k, -EFAULT, "the option's value cannot be read from user space", { optlen });
    }
    let index = 0;
    if (devname[0] !== 0) {
      const name = String.fromCharCode(...devname.subarray(0, devname.indexOf(0)));
      const dev = dev_get_by_name(k, sock_net(sk), name);
      if (dev === null) {
        return refuse(k, -ENODEV, "no device with this name", { name });
      }
      index = dev.ifindex;
      dev_put(dev);
    } else {
      note(k, "empty name: no longer bound to a device");
    }
    lock_sock(k, sk);
    sk.sk_bound_dev_if = index;
    sk_dst_reset(k, sk);
    release_sock(k, sk);
    return 0;
  },
);

/** Set or clear one flag of the socket. */
export const sock_valbool_flag = inlined(
  FILE,
  "sock_valbool_flag(sk, bit, valbool)",
  (_k: Kernel, sk: Sock, bit: number, valbool: number): void => {
    if (valbool !== 0) sock_set_flag(sk, bit);
    else sock_reset_flag(sk, bit);
  },
);

/** SO_SNDBUF: the value is doubled, to pay for struct sk_buff and its company. */
function set_sndbuf(k: Kernel, sk: Sock, val: number): void {
  sk.sk_userlocks |= SOCK_SNDBUF_LOCK;
  const twice = (val * 2) | 0;
  if (twice < SOCK_MIN_SNDBUF)
    note(k, "below SOCK_MIN_SNDBUF: raised to it", { doubled: twice, min: SOCK_MIN_SNDBUF });
  sk.sk_sndbuf = Math.max(twice, SOCK_MIN_SNDBUF);
  sk.sk_write_space(k, sk);
}

/** SO_RCVBUF: doubled as well. */
function set_rcvbuf(k: Kernel, sk: Sock, val: number): void {
  sk.sk_userlocks |= SOCK_RCVBUF_LOCK;
  const twice = (val * 2) | 0;
  if (twice < SOCK_MIN_RCVBUF)
    note(k, "below SOCK_MIN_RCVBUF: raised to it", { doubled: twice, min: SOCK_MIN_RCVBUF });
  sk.sk_rcvbuf = Math.max(twice, SOCK_MIN_RCVBUF);
}

/** SO_TIMESTAMPING: one flag for each bit asked. */
function set_timestamping(k: Kernel, sk: Sock, val: number): number {
  if ((val & ~SOF_TIMESTAMPING_MASK) !== 0) {
    return refuse(k, -EINVAL, "unknown SO_TIMESTAMPING flags", { val });
  }
  sock_valbool_flag(k, sk, SOCK_TIMESTAMPING_TX_HARDWARE, val & SOF_TIMESTAMPING_TX_HARDWARE);
  sock_valbool_flag(k, sk, SOCK_TIMESTAMPING_TX_SOFTWARE, val & SOF_TIMESTAMPING_TX_SOFTWARE);
  sock_valbool_flag(k, sk, SOCK_TIMESTAMPING_RX_HARDWARE, val & SOF_TIMESTAMPING_RX_HARDWARE);
  if ((val & SOF_TIMESTAMPING_RX_SOFTWARE) !== 0) sock_enable_timestamp(k, sk, SOCK_TIMESTAMPING_RX_SOFTWARE);
  else sock_disable_timestamp(k, sk, SOCK_TIMESTAMPING_RX_SOFTWARE);
  sock_valbool_flag(k, sk, SOCK_TIMESTAMPING_SOFTWARE, val & SOF_TIMESTAMPING_SOFTWARE);
  sock_valbool_flag(k, sk, SOCK_TIMESTAMPING_SYS_HARDWARE, val & SOF_TIMESTAMPING_SYS_HARDWARE);
  sock_valbool_flag(k, sk, SOCK_TIMESTAMPING_RAW_HARDWARE, val & SOF_TIMESTAMPING_RAW_HARDWARE);
  return 0;
}

/** SO_LINGER: how long close may wait for data to go. */
function set_linger(k: Kernel, sk: Sock, optval: UserMem | null, optlen: number): number {
  if (optlen < 8) {
    return refuse(k, -EINVAL, "shorter than struct linger", { optlen });
  }
  const ling = new Uint8Array(8);
  if (copyFromUser(ling, 0, optval, 0, 8) !== 0) {
    return refuse(k, -EFAULT, "the option's value cannot be read from user space", { optlen });
  }
  const onoff = (ling[0] as number) | (ling[1] as number) | (ling[2] as number) | (ling[3] as number);
  if (onoff === 0) {
    sock_reset_flag(sk, SOCK_LINGER);
    return 0;
  }
  const l_linger = get32(
    Uint8Array.of(ling[7] as number, ling[6] as number, ling[5] as number, ling[4] as number),
    0,
  );
  // An unsigned int as well after the multiplication: long times wrap.
  sk.sk_lingertime = Math.imul(l_linger, k.HZ) >>> 0;
  sock_set_flag(sk, SOCK_LINGER);
  return 0;
}

/** setsockopt(SOL_SOCKET): the options that every socket has. */
export const sock_setsockopt = traced(
  FILE,
  "sock_setsockopt(sock, level, optname, optval, optlen)",
  (
    k: Kernel,
    sock: Socket,
    _level: number,
    optname: number,
    optval: UserMem | null,
    optlen: number,
  ): number => {
    const sk = sock.sk as Sock;
    if (optname === SO_BINDTODEVICE) return sock_bindtodevice(k, sk, optval, optlen);
    if (optlen >>> 0 < 4) {
      return refuse(k, -EINVAL, "shorter than an int", { optlen });
    }
    const user = get_user_int(optval);
    if (user === null) {
      return refuse(k, -EFAULT, "the option's value cannot be read from user space", { optlen });
    }
    let val = user;
    const valbool = val !== 0 ? 1 : 0;
    let ret = 0;
    lock_sock(k, sk);
    switch (optname) {
      case SO_DEBUG:
        if (val !== 0 && !capable(k)) {
          ret = refuse(k, -EACCES, "not permitted: needs CAP_NET_ADMIN", { optname, uid: k.current.uid });
        } else sock_valbool_flag(k, sk, SOCK_DBG, valbool);
        break;
      case SO_REUSEADDR:
        sk.sk_reuse = valbool;
        break;
      case SO_REUSEPORT:
        sk.sk_reuseport = valbool;
        break;
      case SO_TYPE:
      case SO_PROTOCOL:
      case SO_DOMAIN:
      case SO_ERROR:
        ret = refuse(k, -ENOPROTOOPT, "read-only option", { optname });
        break;
      case SO_DONTROUTE:
        sock_valbool_flag(k, sk, SOCK_LOCALROUTE, valbool);
        break;
      case SO_BROADCAST:
        sock_valbool_flag(k, sk, SOCK_BROADCAST_BIT, valbool);
        break;
      case SO_SNDBUF:
        // The limit is unsigned, and so is the comparison: -1 is a lot.
        if (val >>> 0 > k.sysctl_wmem_max) {
          note(k, "above net.core.wmem_max: limited to it", { val, wmem_max: k.sysctl_wmem_max });
          val = k.sysctl_wmem_max;
        }
        set_sndbuf(k, sk, val);
        break;
      case SO_SNDBUFFORCE:
        if (!capable(k)) {
          ret = refuse(k, -EPERM, "not permitted: needs CAP_NET_ADMIN", { optname, uid: k.current.uid });
        } else set_sndbuf(k, sk, val);
        break;
      case SO_RCVBUF:
        if (val >>> 0 > k.sysctl_rmem_max) {
          note(k, "above net.core.rmem_max: limited to it", { val, rmem_max: k.sysctl_rmem_max });
          val = k.sysctl_rmem_max;
        }
        set_rcvbuf(k, sk, val);
        break;
      case SO_RCVBUFFORCE:
        if (!capable(k)) {
          ret = refuse(k, -EPERM, "not permitted: needs CAP_NET_ADMIN", { optname, uid: k.current.uid });
        } else set_rcvbuf(k, sk, val);
        break;
      case SO_KEEPALIVE:
        if (sk.sk_protocol === IPPROTO_TCP && sk.sk_type === SOCK_STREAM) tcp_set_keepalive(k, sk, valbool);
        sock_valbool_flag(k, sk, SOCK_KEEPOPEN, valbool);
        break;
      case SO_OOBINLINE:
        sock_valbool_flag(k, sk, SOCK_URGINLINE, valbool);
        break;
      case SO_NO_CHECK:
        sk.sk_no_check = valbool;
        break;
      case SO_PRIORITY:
        if ((val >= 0 && val <= 6) || capable(k)) sk.sk_priority = val;
        else {
          ret = refuse(k, -EPERM, "not permitted: a priority outside of 0..6 needs CAP_NET_ADMIN", {
            val,
            uid: k.current.uid,
          });
        }
        break;
      case SO_LINGER:
        ret = set_linger(k, sk, optval, optlen);
        break;
      case SO_BSDCOMPAT:
        sock_warn_obsolete_bsdism(k, "setsockopt");
        break;
      case SO_PASSCRED:
        if (valbool !== 0) sock.flags |= 1 << SOCK_PASSCRED;
        else sock.flags &= ~(1 << SOCK_PASSCRED);
        break;
      case SO_TIMESTAMP:
      case SO_TIMESTAMPNS:
        if (valbool !== 0) {
          if (optname === SO_TIMESTAMP) sock_reset_flag(sk, SOCK_RCVTSTAMPNS);
          else sock_set_flag(sk, SOCK_RCVTSTAMPNS);
          sock_set_flag(sk, SOCK_RCVTSTAMP);
          sock_enable_timestamp(k, sk, SOCK_TIMESTAMP_BIT);
        } else {
          sock_reset_flag(sk, SOCK_RCVTSTAMP);
          sock_reset_flag(sk, SOCK_RCVTSTAMPNS);
        }
        break;
      case SO_TIMESTAMPING:
        ret = set_timestamping(k, sk, val);
        break;
      case SO_RCVLOWAT:
        sk.sk_rcvlowat = val < 0 ? 0x7fffffff : val || 1;
        break;
      case SO_RCVTIMEO:
        [ret, sk.sk_rcvtimeo] = sock_set_timeout(k, sk.sk_rcvtimeo, optval, optlen);
        break;
      case SO_SNDTIMEO:
        [ret, sk.sk_sndtimeo] = sock_set_timeout(k, sk.sk_sndtimeo, optval, optlen);
        break;
      case SO_ATTACH_FILTER:
        if (optlen !== 16) {
          ret = refuse(k, -EINVAL, "optlen is not the size of struct sock_fprog", { optlen });
        } else {
          const fprog = new Uint8Array(16);
          ret =
            copyFromUser(fprog, 0, optval, 0, 16) !== 0
              ? refuse(k, -EFAULT, "the option's value cannot be read from user space", { optlen })
              : sk_attach_filter(k, fprog, sk);
        }
        break;
      case SO_DETACH_FILTER:
        ret = sk_detach_filter(k, sk);
        break;
      case SO_PASSSEC:
        if (valbool !== 0) sock.flags |= 1 << SOCK_PASSSEC;
        else sock.flags &= ~(1 << SOCK_PASSSEC);
        break;
      case SO_MARK:
        if (!capable(k)) {
          ret = refuse(k, -EPERM, "not permitted: needs CAP_NET_ADMIN", { optname, uid: k.current.uid });
        } else sk.sk_mark = val >>> 0;
        break;
      case SO_RXQ_OVFL:
        if (valbool !== 0) sock_set_flag(sk, SOCK_RXQ_OVFL_BIT);
        else sock_reset_flag(sk, SOCK_RXQ_OVFL_BIT);
        break;
      case SO_BUSY_POLL:
        if (val > sk.sk_ll_usec && !capable(k)) {
          ret = refuse(k, -EPERM, "not permitted: raising SO_BUSY_POLL needs CAP_NET_ADMIN", {
            val,
            sk_ll_usec: sk.sk_ll_usec,
            uid: k.current.uid,
          });
        } else if (val < 0) {
          ret = refuse(k, -EINVAL, "negative SO_BUSY_POLL time", { val });
        } else sk.sk_ll_usec = val;
        break;
      default:
        ret = refuse(k, -ENOPROTOOPT, "no such socket option, or it cannot be set", { optname });
        break;
    }
    release_sock(k, sk);
    return ret;
  },
);

/** A struct timeval of jiffies; zeroes for "indefinitely". */
function put_timeval(k: Kernel, b: Uint8Array, timeo: number): void {
  if (timeo === FOREVER) return;
  set32le(b, 0, Math.floor(timeo / k.HZ) >>> 0);
  set32le(b, 4, Math.floor(timeo / k.HZ / 0x100000000));
  set32le(b, 8, ((timeo % k.HZ) * 1_000_000) / k.HZ);
}

function get_timestamping(sk: Sock): number {
  let val = 0;
  if (sock_flag(sk, SOCK_TIMESTAMPING_TX_HARDWARE)) val |= SOF_TIMESTAMPING_TX_HARDWARE;
  if (sock_flag(sk, SOCK_TIMESTAMPING_TX_SOFTWARE)) val |= SOF_TIMESTAMPING_TX_SOFTWARE;
  if (sock_flag(sk, SOCK_TIMESTAMPING_RX_HARDWARE)) val |= SOF_TIMESTAMPING_RX_HARDWARE;
  if (sock_flag(sk, SOCK_TIMESTAMPING_RX_SOFTWARE)) val |= SOF_TIMESTAMPING_RX_SOFTWARE;
  if (sock_flag(sk, SOCK_TIMESTAMPING_SOFTWARE)) val |= SOF_TIMESTAMPING_SOFTWARE;
  if (sock_flag(sk, SOCK_TIMESTAMPING_SYS_HARDWARE)) val |= SOF_TIMESTAMPING_SYS_HARDWARE;
  if (sock_flag(sk, SOCK_TIMESTAMPING_RAW_HARDWARE)) val |= SOF_TIMESTAMPING_RAW_HARDWARE;
  return val;
}

/** Who the peer is, as struct ucred: process 0 and no user where nobody is known. */
export const cred_to_ucred = traced(FILE, "cred_to_ucred(ucred)", (_k: Kernel, ucred: Uint8Array): void => {
  set32le(ucred, 0, 0);
  set32le(ucred, 4, -1);
  set32le(ucred, 8, -1);
});

/** getsockopt(SOL_SOCKET). */
export const sock_getsockopt = inlined(
  FILE,
  "sock_getsockopt(sock, level, optname, optval)",
  (k: Kernel, sock: Socket, _level: number, optname: number, optval: OptOut): number => {
    const sk = sock.sk as Sock;
    if (get_room(k, optval) !== 0) return -EFAULT;
    const len = optval.len;
    if (len < 0) {
      return refuse(k, -EINVAL, "negative length", { len });
    }
    const v = new Uint8Array(16);
    let lv = 4;
    let val = 0;
    switch (optname) {
      case SO_DEBUG:
        val = sock_flag_value(k, sk, SOCK_DBG);
        break;
      case SO_DONTROUTE:
        val = sock_flag_value(k, sk, SOCK_LOCALROUTE);
        break;
      case SO_BROADCAST:
        val = Number(sock_flag(sk, SOCK_BROADCAST_BIT));
        break;
      case SO_SNDBUF:
        val = sk.sk_sndbuf;
        break;
      case SO_RCVBUF:
        val = sk.sk_rcvbuf;
        break;
      case SO_REUSEADDR:
        val = sk.sk_reuse;
        break;
      case SO_REUSEPORT:
        val = sk.sk_reuseport;
        break;
      case SO_KEEPALIVE:
        val = Number(sock_flag(sk, SOCK_KEEPOPEN));
        break;
      case SO_TYPE:
        val = sk.sk_type;
        break;
      case SO_PROTOCOL:
        val = sk.sk_protocol;
        break;
      case SO_DOMAIN:
        val = sk.sk_family;
        break;
      case SO_ERROR:
        val = -sock_error(sk);
        if (val === 0) {
          val = sk.sk_err_soft;
          sk.sk_err_soft = 0;
        } else note(k, "pending error returned and cleared", { err: val });
        break;
      case SO_OOBINLINE:
        val = Number(sock_flag(sk, SOCK_URGINLINE));
        break;
      case SO_NO_CHECK:
        val = sk.sk_no_check;
        break;
      case SO_PRIORITY:
        val = sk.sk_priority;
        break;
      case SO_LINGER:
        lv = 8;
        val = Number(sock_flag(sk, SOCK_LINGER));
        set32le(v, 4, Math.floor(sk.sk_lingertime / k.HZ));
        break;
      case SO_BSDCOMPAT:
        sock_warn_obsolete_bsdism(k, "getsockopt");
        break;
      case SO_TIMESTAMP:
        val = Number(sock_flag(sk, SOCK_RCVTSTAMP) && !sock_flag(sk, SOCK_RCVTSTAMPNS));
        break;
      case SO_TIMESTAMPNS:
        val = sock_flag_value(k, sk, SOCK_RCVTSTAMPNS);
        break;
      case SO_TIMESTAMPING:
        val = get_timestamping(sk);
        break;
      case SO_RCVTIMEO:
      case SO_SNDTIMEO:
        put_timeval(k, v, optname === SO_RCVTIMEO ? sk.sk_rcvtimeo : sk.sk_sndtimeo);
        return put_room(k, optval, v.slice(0, Math.min(len, 16)));
      case SO_RCVLOWAT:
        val = sk.sk_rcvlowat;
        break;
      case SO_SNDLOWAT:
        val = 1;
        break;
      case SO_PASSCRED:
        val = (sock.flags >> SOCK_PASSCRED) & 1;
        break;
      case SO_PEERCRED: {
        note(k, "no peer credentials: pid 0, uid and gid -1");
        cred_to_ucred(k, v);
        return put_room(k, optval, v.slice(0, Math.min(len, 12)));
      }
      case SO_PEERNAME: {
        const [err, address] = (sock.ops as NonNullable<Socket["ops"]>).getname(k, sock, 2);
        if (err !== 0) {
          return -ENOTCONN;
        }
        if (address.length < len) {
          return refuse(k, -EINVAL, "len exceeds the peer's address", {
            len,
            address: address.length,
          });
        }
        return put_room(k, optval, address.slice(0, len));
      }
      case SO_ACCEPTCONN:
        val = Number(sk.sk_state === TCP_LISTEN);
        break;
      case SO_PASSSEC:
        val = (sock.flags >> SOCK_PASSSEC) & 1;
        break;
      case SO_PEERSEC:
        note(k, "no security module, so no security context");
        return security_socket_getpeersec_stream(k, sock, optval, len);
      case SO_MARK:
        val = sk.sk_mark;
        break;
      case SO_RXQ_OVFL:
        val = Number(sock_flag(sk, SOCK_RXQ_OVFL_BIT));
        break;
      case SO_BPF_EXTENSIONS:
        val = SKF_AD_MAX;
        break;
      case SO_BUSY_POLL:
        val = sk.sk_ll_usec;
        break;
      default:
        return refuse(k, -ENOPROTOOPT, "no such socket option, or it cannot be read", { optname });
    }
    set32le(v, 0, val);
    return put_room(k, optval, v.slice(0, Math.min(len, lv)));
  },
);

/** Prepare the lock of a new socket. */
export const sock_lock_init = inlined(FILE, "sock_lock_init(sk)", (_k: Kernel, sk: Sock): void => {
  sk.sk_lock_owned = 0;
});

/** The structure that a protocol's sockets are. */
function new_sock(k: Kernel, prot: Proto, net: Net): Sock {
  const oid = k.oid("sk");
  switch (prot.family) {
    case "udp":
    case "udplite":
      return new UdpSock(oid, prot, net);
    case "raw":
      return new RawSock(oid, prot, net);
    case "ping":
      return new InetSock(oid, prot, net);
    case "tcp":
      return new TcpSock(oid, prot, net);
    default:
      return new Sock(oid, prot, net);
  }
}

/** Memory for a socket of this protocol. */
export const sk_prot_alloc = traced(
  FILE,
  "sk_prot_alloc(prot, family)",
  (k: Kernel, prot: Proto, family: number): Sock => {
    const sk = new_sock(k, prot, k.init_net);
    security_sk_alloc(k, sk, family, GFP_KERNEL);
    sk.sk_tx_queue_mapping = -1;
    return sk;
  },
);

/** Give the memory of a socket back. */
export const sk_prot_free = inlined(
  FILE,
  "sk_prot_free(prot, sk)",
  (k: Kernel, _prot: Proto, sk: Sock): void => {
    security_sk_free(k, sk);
  },
);

/** Note the traffic class of the task that uses the socket. */
export const sock_update_classid = traced(FILE, "sock_update_classid(sk)", (k: Kernel, sk: Sock): void => {
  if (sk.sk_classid !== k.current.classid) sk.sk_classid = k.current.classid;
});

/** Note the network priority group of the task that uses the socket. */
export const sock_update_netprioidx = traced(
  FILE,
  "sock_update_netprioidx(sk)",
  (k: Kernel, sk: Sock): void => {
    if (k.in_softirq !== 0) {
      note(k, "in softirq: sk_cgrp_prioidx is not updated");
      return;
    }
    sk.sk_cgrp_prioidx = k.current.prioidx;
  },
);

/** A new socket of a protocol. */
export const sk_alloc = traced(
  FILE,
  "sk_alloc(net, family, prot)",
  (k: Kernel, net: Net, family: number, prot: Proto): Sock => {
    const sk = sk_prot_alloc(k, prot, family);
    sk.sk_family = family;
    sock_lock_init(k, sk);
    sk.sk_net = net;
    sk.sk_wmem_alloc = 1;
    sock_update_classid(k, sk);
    sock_update_netprioidx(k, sk);
    return sk;
  },
);

/** The last user is gone: take the socket apart. */
export const __sk_free = traced(FILE, "__sk_free(sk)", (k: Kernel, sk: Sock): void => {
  sk.sk_destruct(k, sk);
  sock_disable_timestamp(k, sk, SOCK_TIMESTAMP_BIT);
  sock_disable_timestamp(k, sk, SOCK_TIMESTAMPING_RX_SOFTWARE);
  if (sk.sk_omem_alloc !== 0) printk(k, `__sk_free: optmem leakage (${sk.sk_omem_alloc} bytes) detected.`);
  sk_prot_free(k, sk.sk_prot_creator, sk);
});

/** Nobody refers to the socket any more; packets on their way may still. */
export const sk_free = inlined(FILE, "sk_free(sk)", (k: Kernel, sk: Sock): void => {
  if (--sk.sk_wmem_alloc === 0) __sk_free(k, sk);
  else
    note(k, "packets of this socket are still in flight: freed with the last one", {
      sk_wmem_alloc: sk.sk_wmem_alloc,
    });
});

/** Destructor of a sent packet: its bytes leave the send buffer. */
export const sock_wfree = traced(FILE, "sock_wfree(skb)", (k: Kernel, skb: SkBuff): void => {
  const sk = skb.sk as Sock;
  let len = skb.truesize;
  if (!sock_flag(sk, SOCK_USE_WRITE_QUEUE)) {
    // One byte is kept until the writers have been told, so that the socket lives that long.
    sk.sk_wmem_alloc -= len - 1;
    sk.sk_write_space(k, sk);
    len = 1;
  }
  sk.sk_wmem_alloc -= len;
  if (sk.sk_wmem_alloc === 0) {
    note(k, "last packet of a closed socket: the socket is freed");
    __sk_free(k, sk);
  }
});

/** Destructor of a received packet: its bytes leave the receive buffer. */
export const sock_rfree = traced(FILE, "sock_rfree(skb)", (_k: Kernel, skb: SkBuff): void => {
  const sk = skb.sk as Sock;
  sk.sk_rmem_alloc -= skb.truesize;
  sk_mem_uncharge(sk, skb.truesize);
});

/** Who owns the socket; 0 when its file is gone. */
export const sock_i_uid = traced(FILE, "sock_i_uid(sk)", (k: Kernel, sk: Sock): number => {
  local_bh_disable(k);
  const uid = sk.sk_socket !== null ? sk.sk_socket.i_uid : 0;
  local_bh_enable(k);
  return uid;
});

/** A packet charged to the send buffer, or none when that is full; never waits. */
export const sock_wmalloc = traced(
  FILE,
  "sock_wmalloc(sk, size, force, priority)",
  (k: Kernel, sk: Sock, size: number, force: number, _priority: number): SkBuff | null => {
    if (force !== 0 || sk.sk_wmem_alloc < sk.sk_sndbuf) {
      const skb = alloc_skb(k, size);
      if (skb !== null) {
        skb_set_owner_w(k, skb, sk);
        return skb;
      }
    }
    note(k, "the send buffer is full", { sk_wmem_alloc: sk.sk_wmem_alloc, sk_sndbuf: sk.sk_sndbuf });
    return null;
  },
);

/** A packet charged to the receive buffer, or none when that is full. */
export const sock_rmalloc = traced(
  FILE,
  "sock_rmalloc(sk, size, force, priority)",
  (k: Kernel, sk: Sock, size: number, force: number, _priority: number): SkBuff | null => {
    if (force !== 0 || sk.sk_rmem_alloc < sk.sk_rcvbuf) {
      const skb = alloc_skb(k, size);
      if (skb !== null) {
        skb_set_owner_r(k, skb, sk);
        return skb;
      }
    }
    return null;
  },
);

/** Charge memory to the socket's options; false where net.core.optmem_max says no. */
export const sock_kmalloc = traced(
  FILE,
  "sock_kmalloc(sk, size)",
  (k: Kernel, sk: Sock, size: number): boolean => {
    if (size >>> 0 <= k.sysctl_optmem_max && sk.sk_omem_alloc + size < k.sysctl_optmem_max) {
      sk.sk_omem_alloc += size;
      return true;
    }
    return refuse(k, false, "exceeds net.core.optmem_max", {
      size,
      sk_omem_alloc: sk.sk_omem_alloc,
      optmem_max: k.sysctl_optmem_max,
    });
  },
);

/** Give option memory back. */
export const sock_kfree_s = traced(
  FILE,
  "sock_kfree_s(sk, size)",
  (_k: Kernel, sk: Sock, size: number): void => {
    sk.sk_omem_alloc -= size;
  },
);

/** Sleep until the send buffer has room, an error is there, or time is up; the jiffies left. */
export const sock_wait_for_wmem = inlined(
  FILE,
  "sock_wait_for_wmem(sk, timeo)",
  (k: Kernel, sk: Sock, timeo: number): number => {
    const sock = sk.sk_socket as Socket;
    let left = timeo;
    sock.flags &= ~(1 << SOCK_ASYNC_NOSPACE);
    for (;;) {
      if (left === 0) {
        note(k, "timed out");
        break;
      }
      sock.flags |= 1 << SOCK_NOSPACE;
      if (sk.sk_wmem_alloc < sk.sk_sndbuf) {
        note(k, "the send buffer has room again", {
          sk_wmem_alloc: sk.sk_wmem_alloc,
          sk_sndbuf: sk.sk_sndbuf,
        });
        break;
      }
      if ((sk.sk_shutdown & SEND_SHUTDOWN) !== 0) break;
      if (sk.sk_err !== 0) break;
      sk.sk_sleeper = true;
      left = schedule_timeout(k, sk, left);
      if (left < 0) {
        note(k, "not modelled: a sleep that nothing ends; treated as interrupted by a signal");
        break;
      }
    }
    sk.sk_sleeper = false;
    return left;
  },
);

/** A packet charged to the send buffer: header room, and pages for the rest. Waits for room if it may. */
export const sock_alloc_send_pskb = traced(
  FILE,
  "sock_alloc_send_pskb(sk, header_len, data_len, noblock)",
  (k: Kernel, sk: Sock, header_len: number, data_len: number, noblock: number): SkBuff | number => {
    let timeo = sock_sndtimeo(sk, noblock);
    for (;;) {
      const err = pending_error(k, sk);
      if (err !== 0) return err;
      if ((sk.sk_shutdown & SEND_SHUTDOWN) !== 0) {
        return refuse(k, -EPIPE, "the socket is shut down for sending");
      }
      const npages = (data_len + PAGE_SIZE - 1) >> 12;
      if (npages > MAX_SKB_FRAGS) {
        return refuse(k, -EMSGSIZE, "more page fragments than MAX_SKB_FRAGS", {
          npages,
          limit: MAX_SKB_FRAGS,
        });
      }
      if (sk.sk_wmem_alloc < sk.sk_sndbuf) {
        const skb = alloc_skb(k, header_len);
        if (skb === null) return -ENOBUFS;
        if (data_len > 0) {
          skb.truesize += data_len;
          for (let left = data_len; left > 0; left -= PAGE_SIZE) {
            skb.head.frags.push({ page: alloc_page(), page_offset: 0, size: Math.min(left, PAGE_SIZE) });
          }
        }
        skb_set_owner_w(k, skb, sk);
        return skb;
      }
      const sock = sk.sk_socket as Socket;
      sock.flags |= (1 << SOCK_ASYNC_NOSPACE) | (1 << SOCK_NOSPACE);
      if (timeo === 0) {
        const fill = { sk_wmem_alloc: sk.sk_wmem_alloc, sk_sndbuf: sk.sk_sndbuf };
        if (sock_sndtimeo(sk, noblock) === 0)
          return refuse(k, -EAGAIN, "the send buffer is full, and the call does not block", fill);
        return refuse(k, -EAGAIN, "timed out: no room in the send buffer within SO_SNDTIMEO", fill);
      }
      note(k, "the send buffer is full: wait for room", {
        sk_wmem_alloc: sk.sk_wmem_alloc,
        sk_sndbuf: sk.sk_sndbuf,
        wait: patience(k, timeo),
      });
      timeo = sock_wait_for_wmem(k, sk, timeo);
      if (timeo < 0) return sock_intr_errno(FOREVER);
    }
  },
);

/** A packet charged to the send buffer. */
export const sock_alloc_send_skb = traced(
  FILE,
  "sock_alloc_send_skb(sk, size, noblock)",
  (k: Kernel, sk: Sock, size: number, noblock: number): SkBuff | number => {
    return sock_alloc_send_pskb(k, sk, size, 0, noblock);
  },
);

/** Hand over what came in while the process owned the socket. */
export const __release_sock = traced(FILE, "__release_sock(sk)", (k: Kernel, sk: Sock): void => {
  note(k, "process the socket's backlog", { packets: sk.sk_backlog.length });
  do {
    const backlog = sk.sk_backlog;
    sk.sk_backlog = [];
    for (const skb of backlog) sk.sk_backlog_rcv(k, sk, skb);
  } while (sk.sk_backlog.length > 0);
  sk.sk_backlog_len = 0;
});

/** Take pages of the protocol's memory for the socket; 0 where the limits say no. */
export const __sk_mem_schedule = traced(
  FILE,
  "__sk_mem_schedule(sk, size, kind)",
  (k: Kernel, sk: Sock, size: number, kind: number): number => {
    const amt = sk_mem_pages(size);
    const [low, , hard] = k.sysctl_udp_mem;
    sk.sk_forward_alloc += amt * SK_MEM_QUANTUM;
    k.udp_memory_allocated += amt;
    const allocated = k.udp_memory_allocated;
    if (allocated <= low) return 1;
    if (allocated <= hard) {
      if (kind === SK_MEM_RECV) {
        if (sk.sk_rmem_alloc < k.sysctl_udp_rmem_min) return 1;
      } else if (sk.sk_wmem_alloc < k.sysctl_udp_wmem_min) return 1;
      // Without a memory_pressure of its own UDP has nothing further to ask for, and refuses.
    }
    note(k, "above the limit of net.ipv4.udp_mem", { allocated, min: low, max: hard });
    sk.sk_forward_alloc -= amt * SK_MEM_QUANTUM;
    k.udp_memory_allocated -= amt;
    return 0;
  },
);

/** Give whole pages back to the protocol. */
export const __sk_mem_reclaim = traced(FILE, "__sk_mem_reclaim(sk)", (k: Kernel, sk: Sock): void => {
  k.udp_memory_allocated -= sk.sk_forward_alloc >> SK_MEM_QUANTUM_SHIFT;
  sk.sk_forward_alloc &= SK_MEM_QUANTUM - 1;
});

/** An operation that this kind of socket does not have. */
export const sock_no_listen = traced(
  FILE,
  "sock_no_listen(sock, backlog)",
  (k: Kernel, _sock: Socket, _backlog: number): number => {
    return refuse(k, -EOPNOTSUPP, "listen(2) is not supported by this protocol");
  },
);

/** Send a page by copying it, for protocols that cannot take pages. */
export const sock_no_sendpage = traced(
  FILE,
  "sock_no_sendpage(sock, page, offset, size, flags)",
  (k: Kernel, sock: Socket, page: Page, offset: number, size: number, flags: number): number => {
    const msg = new Msghdr();
    msg.msg_flags = flags;
    msg.msg_iov = [
      { iov_base: { bytes: page.bytes.subarray(offset, offset + size) }, iov_len: size, iov_off: 0 },
    ];
    return kernel_sendmsg(k, sock, msg, size);
  },
);

/** The socket's state changed: wake all who wait. */
export const sock_def_wakeup = traced(FILE, "sock_def_wakeup(sk)", (k: Kernel, sk: Sock): void => {
  if (sk_has_sleeper(sk)) wake_up(k, sk, 0);
});

/** An error came in: wake who waits. */
export const sock_def_error_report = traced(
  FILE,
  "sock_def_error_report(sk)",
  (k: Kernel, sk: Sock): void => {
    if (sk_has_sleeper(sk)) wake_up(k, sk, POLLERR);
  },
);

/** Data came in: wake who waits. */
export const sock_def_readable = traced(
  FILE,
  "sock_def_readable(sk, len)",
  (k: Kernel, sk: Sock, _len: number): void => {
    if (sk_has_sleeper(sk)) wake_up(k, sk, POLLIN | POLLPRI | POLLRDNORM | POLLRDBAND);
  },
);

/** Room came up in the send buffer: wake who waits, once half of it is free. */
export const sock_def_write_space = traced(FILE, "sock_def_write_space(sk)", (k: Kernel, sk: Sock): void => {
  if (sk.sk_wmem_alloc * 2 > sk.sk_sndbuf) return;
  if (sk_has_sleeper(sk)) wake_up(k, sk, POLLOUT | POLLWRNORM | POLLWRBAND);
});

/** Free what a protocol without a destructor hung to the socket: nothing here. */
export const sock_def_destruct = traced(FILE, "sock_def_destruct(sk)", (_k: Kernel, _sk: Sock): void => {});

/** Arm a timer of the socket, which holds it. */
export const sk_reset_timer = traced(
  FILE,
  "sk_reset_timer(sk, timer, expires)",
  (k: Kernel, sk: Sock, timer: Timer, expires: number): void => {
    if (!mod_timer(k, timer, expires)) sock_hold(sk);
  },
);

/** Disarm a timer of the socket. */
export const sk_stop_timer = traced(
  FILE,
  "sk_stop_timer(sk, timer)",
  (k: Kernel, sk: Sock, timer: Timer): void => {
    if (del_timer(k, timer)) sk.sk_refcnt--;
  },
);

/** Fill in a new socket. */
export const sock_init_data = traced(
  FILE,
  "sock_init_data(sock, sk)",
  (k: Kernel, sock: Socket | null, sk: Sock): void => {
    sk.sk_rcvbuf = k.sysctl_rmem_default;
    sk.sk_sndbuf = k.sysctl_wmem_default;
    sk.sk_state = TCP_CLOSE;
    sk_set_socket(sk, sock);
    sock_set_flag(sk, SOCK_ZAPPED);
    if (sock !== null) {
      sk.sk_type = sock.type;
      sock.sk = sk;
    }
    sk.sk_state_change = sock_def_wakeup;
    sk.sk_data_ready = sock_def_readable;
    sk.sk_write_space = sock_def_write_space;
    sk.sk_error_report = sock_def_error_report;
    sk.sk_destruct = sock_def_destruct;
    sk.sk_sndmsg_page = null;
    sk.sk_sndmsg_off = 0;
    sk.sk_rcvlowat = 1;
    sk.sk_rcvtimeo = FOREVER;
    sk.sk_sndtimeo = FOREVER;
    sk.sk_stamp = -1;
    sk.sk_refcnt = 1;
    sk.sk_drops = 0;
  },
);

/** Take the socket for the process: softirqs leave its packets in the backlog until it is let go. */
export const lock_sock_nested = traced(
  FILE,
  "lock_sock_nested(sk, subclass)",
  (k: Kernel, sk: Sock, _subclass: number): void => {
    local_bh_disable(k);
    sk.sk_lock_owned = 1;
    local_bh_enable(k);
  },
);

/** Let the socket go, after handling its backlog. */
export const release_sock = traced(FILE, "release_sock(sk)", (k: Kernel, sk: Sock): void => {
  local_bh_disable(k);
  if (sk.sk_backlog.length > 0) __release_sock(k, sk);
  if (proto_has_rhel_ext(k, sk.sk_prot, RHEL_PROTO_HAS_RELEASE_CB)) sk.sk_prot.release_cb?.(k, sk);
  sk.sk_lock_owned = 0;
  local_bh_enable(k);
});

/** SIOCGSTAMP: when the last packet came in. */
export const sock_get_timestamp = traced(FILE, "sock_get_timestamp(sk)", (k: Kernel, sk: Sock): number => {
  if (!sock_flag(sk, SOCK_TIMESTAMP_BIT)) sock_enable_timestamp(k, sk, SOCK_TIMESTAMP_BIT);
  if (sk.sk_stamp === -1) {
    return refuse(k, -ENOENT, "no time stamp yet: no packet received");
  }
  if (sk.sk_stamp < 1_000_000) sk.sk_stamp = ktime_get_real(k);
  return 0;
});

/** Stamp packets as they come in, from now on. */
export const sock_enable_timestamp = inlined(
  FILE,
  "sock_enable_timestamp(sk, flag)",
  (k: Kernel, sk: Sock, flag: number): void => {
    if (sock_flag(sk, flag)) return;
    sock_set_flag(sk, flag);
    // Either of two flags keeps stamping on: only the first one to be set turns it on.
    const other = flag === SOCK_TIMESTAMP_BIT ? SOCK_TIMESTAMPING_RX_SOFTWARE : SOCK_TIMESTAMP_BIT;
    if (!sock_flag(sk, other)) net_enable_timestamp(k);
  },
);

/** getsockopt of a protocol. */
export const sock_common_getsockopt = inlined(
  FILE,
  "sock_common_getsockopt(sock, level, optname, optval)",
  (k: Kernel, sock: Socket, level: number, optname: number, optval: OptOut): number => {
    const sk = sock.sk as Sock;
    return (
      sk.sk_prot.getsockopt?.(k, sk, level, optname, optval) ??
      refuse(k, -ENOPROTOOPT, "this protocol has no socket options", { level })
    );
  },
);

/** recvmsg of a protocol. */
export const sock_common_recvmsg = traced(
  FILE,
  "sock_common_recvmsg(sock, msg, size, flags)",
  (k: Kernel, sock: Socket, msg: Msghdr, size: number, flags: number): number => {
    const sk = sock.sk as Sock;
    return (
      sk.sk_prot.recvmsg?.(k, sk, msg, size, flags & MSG_DONTWAIT, flags & ~MSG_DONTWAIT) ??
      refuse(k, -EOPNOTSUPP, "not supported by this protocol")
    );
  },
);

/** setsockopt of a protocol. */
export const sock_common_setsockopt = traced(
  FILE,
  "sock_common_setsockopt(sock, level, optname, optval, optlen)",
  (
    k: Kernel,
    sock: Socket,
    level: number,
    optname: number,
    optval: UserMem | null,
    optlen: number,
  ): number => {
    const sk = sock.sk as Sock;
    return (
      sk.sk_prot.setsockopt?.(k, sk, level, optname, optval, optlen) ??
      refuse(k, -ENOPROTOOPT, "this protocol has no socket options", { level })
    );
  },
);

/** Close: take the socket out of the protocol's tables, cut it from its file, drop its reference. */
export const sk_common_release = traced(FILE, "sk_common_release(sk)", (k: Kernel, sk: Sock): void => {
  sk.sk_prot.destroy?.(k, sk);
  sk.sk_prot.unhash?.(k, sk);
  sock_orphan(k, sk);
  sock_put(k, sk);
});

/** Count a protocol's sockets, for /proc/net/protocols and sockstat. */
export const sock_prot_inuse_add = traced(
  FILE,
  "sock_prot_inuse_add(net, prot, val)",
  (k: Kernel, _net: Net, prot: Proto, val: number): void => {
    k.prot_inuse.set(prot.name, (k.prot_inuse.get(prot.name) ?? 0) + val);
  },
);
