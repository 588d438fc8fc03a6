// SPDX-License-Identifier: GPL-2.0-only
/** net/ipv4/tcp.c: a TCP socket without a connection. Connections are not modelled, so it never is in another state. */
import { inlined, note, refuse, traced } from "../../../../trace/traced.ts";
import { EFAULT, EINVAL, ENOIOCTLCMD, ENOPROTOOPT, ENOTCONN } from "../../../../uapi/errno.ts";
import {
  IPPROTO_TCP,
  TCP_CONGESTION,
  TCP_CORK,
  TCP_DEFER_ACCEPT,
  TCP_INFO,
  TCP_KEEPCNT,
  TCP_KEEPIDLE,
  TCP_KEEPINTVL,
  TCP_LINGER2,
  TCP_MAXSEG,
  TCP_MD5SIG,
  TCP_NODELAY,
  TCP_QUICKACK,
  TCP_SYNCNT,
  TCP_THIN_DUPACK,
  TCP_THIN_LINEAR_TIMEOUTS,
  TCP_USER_TIMEOUT,
  TCP_WINDOW_CLAMP,
} from "../../../../uapi/in.ts";
import { MSG_DONTWAIT, MSG_OOB } from "../../../../uapi/socket.ts";
import { get32le, set32le } from "../../../../wire/bytes.ts";
import { copyFromUser, get_room, put_room } from "../../include/asm/uaccess.ts";
import type { IoctlArg, Msghdr, Socket } from "../../include/linux/net.ts";
import {
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLOUT,
  POLLRDHUP,
  POLLRDNORM,
  POLLWRNORM,
  type PollTable,
  poll_wait,
} from "../../include/linux/poll.ts";
import { __skb_queue_purge, type Page } from "../../include/linux/skbuff.ts";
import {
  MAX_TCP_WINDOW,
  TCP_CA_NAME_MAX,
  TCP_CA_OPEN,
  TCP_INFINITE_SSTHRESH,
  TCP_MIN_MSS,
  TCP_NAGLE_CORK,
  TCP_NAGLE_OFF,
  TCP_NAGLE_PUSH,
  type TcpSock,
  tcp_sk,
} from "../../include/linux/tcp.ts";
import { inet_csk } from "../../include/net/inet_connection_sock.ts";
import { inet_rps_record_flow, inet_sk } from "../../include/net/inet_sock.ts";
import { inet_reset_saddr } from "../../include/net/ip.ts";
import { count, LINUX_MIB_TCPABORTONDATA } from "../../include/net/snmp.ts";
import {
  lock_sock,
  type OptOut,
  type Proto,
  pending_error,
  RCV_SHUTDOWN,
  SEND_SHUTDOWN,
  SHUTDOWN_MASK,
  SOCK_BINDADDR_LOCK,
  SOCK_BINDPORT_LOCK,
  SOCK_DONE,
  SOCK_LINGER,
  SOCK_MIN_RCVBUF,
  type Sock,
  sk_dst_reset,
  sk_mem_reclaim,
  sk_stream_min_wspace,
  sk_stream_wspace,
  sock_flag,
  sock_hold,
  sock_orphan,
  sock_put,
  sock_reset_flag,
  sock_sndtimeo,
  type UserMem,
} from "../../include/net/sock.ts";
import { TCP_CLOSE } from "../../include/net/tcp_states.ts";
import { type Kernel, local_bh_disable, local_bh_enable } from "../../kernel.ts";
import { release_sock, sock_no_sendpage } from "../core/sock.ts";
import { sk_stream_error, sk_stream_wait_close, sk_stream_wait_connect } from "../core/stream.ts";
import {
  inet_csk_clear_xmit_timers,
  inet_csk_destroy_sock,
  inet_csk_get_port,
} from "./inet_connection_sock.ts";
import { inet_put_port, inet_unhash } from "./inet_hashtables.ts";
import { ip_getsockopt, ip_setsockopt } from "./ip_sockglue.ts";
import { tcp_set_congestion_control } from "./tcp_cong.ts";
import { tcp_v4_connect, tcp_v4_destroy_sock, tcp_v4_init_sock, tcp_v4_parse_md5_keys } from "./tcp_ipv4.ts";
import { __tcp_push_pending_frames, tcp_current_mss, tcp_release_cb } from "./tcp_output.ts";

const FILE = "net/ipv4/tcp.c";

// linux/sockios.h, asm-generic/sockios.h
const SIOCINQ = 0x541b;
const SIOCOUTQ = 0x5411;
const SIOCATMARK = 0x8905;
const SIOCOUTQNSD = 0x894b;

/** Seconds of the first time-out and of the longest. */
const TCP_TIMEOUT_INIT = 1;
const TCP_RTO_MAX = 120;

const MAX_TCP_KEEPIDLE = 32767;
const MAX_TCP_KEEPINTVL = 32767;
const MAX_TCP_KEEPCNT = 127;
const MAX_TCP_SYNCNT = 127;

// net.ipv4.tcp_*, in seconds or numbers.
const FIN_TIMEOUT = 60;
const KEEPALIVE_TIME = 7200;
const KEEPALIVE_INTVL = 75;
const KEEPALIVE_PROBES = 9;
const SYN_RETRIES = 5;

/** MAX_JIFFY_OFFSET, as much of it as the field holds. */
const MAX_JIFFY_OFFSET = 0xfffffffe;
const SIZEOF_TCP_INFO = 144;

/** poll(2): a socket without a connection has hung up. */
export const tcp_poll = traced(
  FILE,
  "tcp_poll(sock, wait)",
  (k: Kernel, sock: Socket, wait: PollTable | null): number => {
    const sk = sock.sk as Sock;
    inet_rps_record_flow(k, sk);
    poll_wait(k, sock.file, sk.sk_sleep, wait);
    let mask = 0;
    if (sk.sk_shutdown === SHUTDOWN_MASK || sk.sk_state === TCP_CLOSE) {
      note(k, "not connected: POLLHUP");
      mask |= POLLHUP;
    }
    if ((sk.sk_shutdown & RCV_SHUTDOWN) !== 0) mask |= POLLIN | POLLRDNORM | POLLRDHUP;
    if ((sk.sk_shutdown & SEND_SHUTDOWN) !== 0 || sk_stream_wspace(sk) >= sk_stream_min_wspace(sk))
      mask |= POLLOUT | POLLWRNORM;
    if (sk.sk_err !== 0) mask |= POLLERR;
    return mask;
  },
);

/** SIOCINQ and SIOCOUTQ, SIOCATMARK, SIOCOUTQNSD: what waits in the queues. */
export const tcp_ioctl = traced(
  FILE,
  "tcp_ioctl(sk, cmd, arg)",
  (k: Kernel, sk: Sock, cmd: number, arg: IoctlArg): number => {
    const tp = tcp_sk(sk);
    switch (cmd) {
      case SIOCINQ:
        lock_sock(k, sk);
        release_sock(k, sk);
        arg.value = 0;
        return 0;
      case SIOCATMARK:
        arg.value = 0;
        return 0;
      case SIOCOUTQ:
        arg.value = (tp.write_seq - tp.snd_una) | 0;
        return 0;
      case SIOCOUTQNSD:
        arg.value = (tp.write_seq - tp.snd_nxt) | 0;
        return 0;
      default:
        return refuse(k, -ENOIOCTLCMD, "no such ioctl in TCP", { cmd });
    }
  },
);

/** Send: without a connection a broken pipe. */
export const tcp_sendmsg = traced(
  FILE,
  "tcp_sendmsg(sock, msg, size)",
  (k: Kernel, sock: Socket, msg: Msghdr, _size: number): number => {
    const sk = sock.sk as Sock;
    lock_sock(k, sk);
    const flags = msg.msg_flags;
    const timeo = sock_sndtimeo(sk, flags & MSG_DONTWAIT);
    note(k, "not connected");
    const err = sk_stream_error(k, sk, flags, sk_stream_wait_connect(k, sk, timeo));
    release_sock(k, sk);
    return err;
  },
);

/** Send a page: without a route, whose device could gather pieces and sum them, it is copied. */
export const tcp_sendpage = traced(
  FILE,
  "tcp_sendpage(sock, page, offset, size, flags)",
  (k: Kernel, sock: Socket, page: Page, offset: number, size: number, flags: number): number => {
    note(k, "not connected, so no route with scatter-gather and checksum offload: copy the page");
    return sock_no_sendpage(k, sock, page, offset, size, flags);
  },
);

/** MSG_OOB: urgent data, of which there is none. */
export const tcp_recv_urg = inlined(
  FILE,
  "tcp_recv_urg(sk, msg, len, flags)",
  (k: Kernel, _sk: Sock, _msg: Msghdr, _len: number, _flags: number): number => {
    return refuse(k, -EINVAL, "no urgent data");
  },
);

/** Data was read: would the other end like to know? */
export const tcp_cleanup_rbuf = traced(
  FILE,
  "tcp_cleanup_rbuf(sk, copied)",
  (_k: Kernel, _sk: Sock, _copied: number): void => {},
);

/** What a receive gives where nothing can have come. */
function nothing_received(k: Kernel, sk: Sock): number {
  if (sk.sk_err !== 0) return pending_error(k, sk);
  if ((sk.sk_shutdown & RCV_SHUTDOWN) !== 0) {
    note(k, "shut down for receiving: end of file");
    return 0;
  }
  return refuse(k, -ENOTCONN, "not connected");
}

/** Receive. */
export const tcp_recvmsg = traced(
  FILE,
  "tcp_recvmsg(sk, msg, len, nonblock, flags)",
  (k: Kernel, sk: Sock, msg: Msghdr, len: number, _nonblock: number, flags: number): number => {
    lock_sock(k, sk);
    let copied: number;
    if ((flags & MSG_OOB) !== 0) {
      copied = tcp_recv_urg(k, sk, msg, len, flags);
    } else {
      copied = nothing_received(k, sk);
      tcp_cleanup_rbuf(k, sk, copied);
    }
    release_sock(k, sk);
    return copied;
  },
);

/** Change the state: a closed socket leaves the tables, and keeps its port only if it was bound to it. */
export const tcp_set_state = traced(
  FILE,
  "tcp_set_state(sk, state)",
  (k: Kernel, sk: Sock, state: number): void => {
    sk.sk_prot.unhash?.(k, sk);
    if (inet_csk(sk).icsk_bind_hash !== null && (sk.sk_userlocks & SOCK_BINDPORT_LOCK) === 0) {
      note(k, "port was not bound explicitly: released", { port: inet_sk(sk).num });
      inet_put_port(k, sk);
    }
    sk.sk_state = state;
  },
);

/** To the state that follows when the program has nothing more to send; 1 where a FIN must say so to the other end. */
export const tcp_close_state = traced(FILE, "tcp_close_state(sk)", (k: Kernel, sk: Sock): number => {
  tcp_set_state(k, sk, TCP_CLOSE);
  return 0;
});

/** shutdown(2): a connection would be told; a closed socket has nobody to tell. */
export const tcp_shutdown = traced(
  FILE,
  "tcp_shutdown(sk, how)",
  (k: Kernel, _sk: Sock, how: number): void => {
    if ((how & SEND_SHUTDOWN) === 0) return;
    note(k, "not connected: no FIN is sent");
  },
);

/** Close a socket that has no connection. */
export const tcp_close = traced(
  FILE,
  "tcp_close(sk, timeout)",
  (k: Kernel, sk: Sock, timeout: number): void => {
    lock_sock(k, sk);
    sk.sk_shutdown = SHUTDOWN_MASK;
    sk_mem_reclaim(k, sk);
    if (sock_flag(sk, SOCK_LINGER) && sk.sk_lingertime === 0) {
      note(k, "SO_LINGER with time 0: disconnect, a connection would be reset");
      sk.sk_prot.disconnect?.(k, sk, 0);
      count(k, LINUX_MIB_TCPABORTONDATA);
    } else {
      tcp_close_state(k, sk);
    }
    sk_stream_wait_close(k, sk, timeout);
    sock_hold(sk);
    sock_orphan(k, sk);
    release_sock(k, sk);
    local_bh_disable(k);
    inet_csk_destroy_sock(k, sk);
    local_bh_enable(k);
    sock_put(k, sk);
  },
);

/** Must the other end be told by an RST? */
export const tcp_need_reset = inlined(
  FILE,
  "tcp_need_reset(state)",
  (_k: Kernel, _state: number): boolean => false,
);

/** connect(2) with AF_UNSPEC: as if it had never been connected. */
export const tcp_disconnect = traced(
  FILE,
  "tcp_disconnect(sk, flags)",
  (k: Kernel, sk: Sock, _flags: number): number => {
    const tp = tcp_sk(sk);
    tcp_need_reset(k, sk.sk_state);
    inet_csk_clear_xmit_timers(k, sk);
    __skb_queue_purge(k, sk.sk_receive_queue);
    sk_mem_reclaim(k, sk);
    tp.dport = 0;
    if ((sk.sk_userlocks & SOCK_BINDADDR_LOCK) === 0) inet_reset_saddr(sk);
    sk.sk_shutdown = 0;
    sock_reset_flag(sk, SOCK_DONE);
    tp.write_seq = (tp.write_seq + tp.max_window + 2) >>> 0;
    if (tp.write_seq === 0) tp.write_seq = 1;
    tp.snd_cwnd = 2;
    tp.snd_ssthresh = TCP_INFINITE_SSTHRESH;
    tp.icsk_ca_ops.set_state?.(k, sk, TCP_CA_OPEN);
    tp.pingpong = 0;
    tp.user_mss = 0;
    tp.mss_clamp = 0;
    sk_dst_reset(k, sk);
    sk.sk_error_report(k, sk);
    return 0;
  },
);

/** How many times a segment is sent again in so many seconds, when each wait is twice the last. */
export const secs_to_retrans = inlined(
  FILE,
  "secs_to_retrans(seconds, timeout, rto_max)",
  (_k: Kernel, seconds: number, timeout: number, rto_max: number): number => {
    if (seconds <= 0) return 0;
    let res = 1;
    let wait = timeout;
    for (let period = timeout; seconds > period && res < 255; period += wait) {
      res++;
      wait = Math.min(wait << 1, rto_max);
    }
    return res;
  },
);

/** How many seconds it takes to send a segment so many times again. */
export const retrans_to_secs = inlined(
  FILE,
  "retrans_to_secs(retrans, timeout, rto_max)",
  (_k: Kernel, retrans: number, timeout: number, rto_max: number): number => {
    if (retrans === 0) return 0;
    let period = timeout;
    let wait = timeout;
    for (let i = 1; i < retrans; i++) {
      wait = Math.min(wait << 1, rto_max);
      period += wait;
    }
    return period;
  },
);

function tcp_push_pending_frames(k: Kernel, sk: Sock): void {
  __tcp_push_pending_frames(k, sk, tcp_current_mss(k, sk), tcp_sk(sk).nonagle);
}

/** TCP_CONGESTION: the name of one. */
function set_congestion(k: Kernel, sk: Sock, optval: UserMem | null, optlen: number): number {
  if (optlen < 1) {
    return refuse(k, -EINVAL, "empty name", { optlen });
  }
  let name = "";
  for (let i = 0; i < Math.min(TCP_CA_NAME_MAX - 1, optlen); i++) {
    const c = new Uint8Array(1);
    if (copyFromUser(c, 0, optval, i, 1) !== 0) {
      return refuse(k, -EFAULT, "the option's value cannot be read from user space", { optlen });
    }
    if (c[0] === 0) break;
    name += String.fromCharCode(c[0] as number);
  }
  lock_sock(k, sk);
  const err = tcp_set_congestion_control(k, sk, name);
  release_sock(k, sk);
  return err;
}

/** A number within bounds is kept as `keep` says. */
function within(k: Kernel, val: number, low: number, high: number, keep: () => void): number {
  if (val < low || val > high) {
    return refuse(k, -EINVAL, "value is out of range", { val, low, high });
  }
  keep();
  return 0;
}

/** TCP_NODELAY and TCP_CORK: whatever lets segments go makes queued ones go now. */
function set_nagle(k: Kernel, sk: Sock, optname: number, val: number): number {
  const tp = tcp_sk(sk);
  if (optname === TCP_NODELAY) {
    if (val === 0) {
      tp.nonagle &= ~TCP_NAGLE_OFF;
      return 0;
    }
    tp.nonagle |= TCP_NAGLE_OFF | TCP_NAGLE_PUSH;
  } else {
    if (val !== 0) {
      tp.nonagle |= TCP_NAGLE_CORK;
      return 0;
    }
    tp.nonagle &= ~TCP_NAGLE_CORK;
    if ((tp.nonagle & TCP_NAGLE_OFF) !== 0) tp.nonagle |= TCP_NAGLE_PUSH;
  }
  tcp_push_pending_frames(k, sk);
  return 0;
}

function linger2(k: Kernel, val: number): number {
  if (val < 0) return -1;
  return val > FIN_TIMEOUT ? 0 : val * k.HZ;
}

function msecs_to_jiffies(k: Kernel, m: number): number {
  return m < 0 ? MAX_JIFFY_OFFSET : Math.ceil((m * k.HZ) / 1000);
}

/** The switch of do_tcp_setsockopt; the socket is locked. */
function set_value(
  k: Kernel,
  sk: Sock,
  optname: number,
  val: number,
  optval: UserMem | null,
  optlen: number,
): number {
  const tp = tcp_sk(sk);
  switch (optname) {
    case TCP_MAXSEG:
      return within(k, val, TCP_MIN_MSS, MAX_TCP_WINDOW, () => {
        tp.user_mss = val;
      });
    case TCP_NODELAY:
    case TCP_CORK:
      return set_nagle(k, sk, optname, val);
    case TCP_THIN_LINEAR_TIMEOUTS:
      return within(k, val, 0, 1, () => {
        tp.thin_lto = val;
      });
    case TCP_THIN_DUPACK:
      return within(k, val, 0, 1, () => {
        tp.thin_dupack = val;
      });
    case TCP_KEEPIDLE:
      return within(k, val, 1, MAX_TCP_KEEPIDLE, () => {
        tp.keepalive_time = val * k.HZ;
      });
    case TCP_KEEPINTVL:
      return within(k, val, 1, MAX_TCP_KEEPINTVL, () => {
        tp.keepalive_intvl = val * k.HZ;
      });
    case TCP_KEEPCNT:
      return within(k, val, 1, MAX_TCP_KEEPCNT, () => {
        tp.keepalive_probes = val;
      });
    case TCP_SYNCNT:
      return within(k, val, 1, MAX_TCP_SYNCNT, () => {
        tp.icsk_syn_retries = val;
      });
    case TCP_LINGER2:
      tp.linger2 = linger2(k, val);
      return 0;
    case TCP_DEFER_ACCEPT:
      tp.rskq_defer_accept = secs_to_retrans(k, val, TCP_TIMEOUT_INIT, TCP_RTO_MAX);
      return 0;
    case TCP_WINDOW_CLAMP:
      // The smallest buffer is unsigned, and so is the comparison: -1 is a lot.
      tp.window_clamp = val === 0 ? 0 : Math.max(val >>> 0, SOCK_MIN_RCVBUF / 2);
      return 0;
    case TCP_QUICKACK:
      tp.pingpong = val === 0 ? 1 : 0;
      return 0;
    case TCP_MD5SIG:
      return tcp_v4_parse_md5_keys(k, sk, optval, optlen);
    case TCP_USER_TIMEOUT:
      tp.icsk_user_timeout = msecs_to_jiffies(k, val);
      return 0;
    default:
      return refuse(k, -ENOPROTOOPT, "no such TCP option", { optname });
  }
}

/** do_tcp_setsockopt: read the value, lock the socket, set it. */
function set_tcp_option(
  k: Kernel,
  sk: Sock,
  optname: number,
  optval: UserMem | null,
  optlen: number,
): number {
  if (optname === TCP_CONGESTION) return set_congestion(k, sk, optval, optlen);
  if (optlen < 4) {
    return refuse(k, -EINVAL, "value shorter than an int", { optlen });
  }
  const bytes = new Uint8Array(4);
  if (copyFromUser(bytes, 0, optval, 0, 4) !== 0) {
    return refuse(k, -EFAULT, "the option's value cannot be read from user space", { optlen });
  }
  lock_sock(k, sk);
  const err = set_value(k, sk, optname, get32le(bytes, 0), optval, optlen);
  release_sock(k, sk);
  return err;
}

/** TCP_INFO: a struct tcp_info, in which a socket without a connection leaves most at 0. */
export const tcp_get_info = traced(
  FILE,
  "tcp_get_info(sk, info)",
  (k: Kernel, sk: Sock, info: Uint8Array) => {
    const tp = tcp_sk(sk);
    const now_ms = ((k.jiffies >>> 0) * (1000 / k.HZ)) >>> 0;
    info[0] = sk.sk_state;
    set32le(info, 8, tp.icsk_rto * (1_000_000 / k.HZ));
    set32le(info, 16, tp.mss_cache);
    // Last data sent, received, last acknowledgement: never is as long ago as the clock has run.
    set32le(info, 44, now_ms);
    set32le(info, 52, now_ms);
    set32le(info, 56, now_ms);
    set32le(info, 60, tp.icsk_pmtu_cookie);
    set32le(info, 72, (tp.mdev * (1_000_000 / k.HZ)) >> 2);
    set32le(info, 76, tp.snd_ssthresh);
    set32le(info, 80, tp.snd_cwnd);
    set32le(info, 88, tp.reordering);
  },
);

/** The value of an option that is a plain number, or null. */
function get_value(k: Kernel, tp: TcpSock, optname: number): number | null {
  switch (optname) {
    case TCP_MAXSEG:
      return tp.mss_cache;
    case TCP_NODELAY:
      return (tp.nonagle & TCP_NAGLE_OFF) !== 0 ? 1 : 0;
    case TCP_CORK:
      return (tp.nonagle & TCP_NAGLE_CORK) !== 0 ? 1 : 0;
    case TCP_KEEPIDLE:
      return tp.keepalive_time !== 0 ? tp.keepalive_time / k.HZ : KEEPALIVE_TIME;
    case TCP_KEEPINTVL:
      return tp.keepalive_intvl !== 0 ? tp.keepalive_intvl / k.HZ : KEEPALIVE_INTVL;
    case TCP_KEEPCNT:
      return tp.keepalive_probes !== 0 ? tp.keepalive_probes : KEEPALIVE_PROBES;
    case TCP_SYNCNT:
      return tp.icsk_syn_retries !== 0 ? tp.icsk_syn_retries : SYN_RETRIES;
    case TCP_LINGER2:
      if (tp.linger2 < 0) return tp.linger2;
      return tp.linger2 !== 0 ? tp.linger2 / k.HZ : FIN_TIMEOUT;
    case TCP_DEFER_ACCEPT:
      return retrans_to_secs(k, tp.rskq_defer_accept, TCP_TIMEOUT_INIT, TCP_RTO_MAX);
    case TCP_WINDOW_CLAMP:
      return tp.window_clamp;
    case TCP_QUICKACK:
      return tp.pingpong === 0 ? 1 : 0;
    case TCP_THIN_LINEAR_TIMEOUTS:
      return tp.thin_lto;
    case TCP_THIN_DUPACK:
      return tp.thin_dupack;
    case TCP_USER_TIMEOUT:
      return (tp.icsk_user_timeout * (1000 / k.HZ)) | 0;
    default:
      return null;
  }
}

/** Give as many bytes as there is room for. */
function put(k: Kernel, optval: OptOut, bytes: Uint8Array): number {
  return put_room(k, optval, bytes.subarray(0, Math.min(optval.len >>> 0, bytes.length)));
}

/** do_tcp_getsockopt. */
function get_tcp_option(k: Kernel, sk: Sock, optname: number, optval: OptOut): number {
  if (get_room(k, optval) !== 0) return -EFAULT;
  const tp = tcp_sk(sk);
  if (optname === TCP_INFO) {
    const info = new Uint8Array(SIZEOF_TCP_INFO);
    tcp_get_info(k, sk, info);
    return put(k, optval, info);
  }
  if (optname === TCP_CONGESTION) {
    const name = new Uint8Array(TCP_CA_NAME_MAX);
    for (let i = 0; i < tp.icsk_ca_ops.name.length; i++) name[i] = tp.icsk_ca_ops.name.charCodeAt(i);
    return put(k, optval, name);
  }
  const val = get_value(k, tp, optname);
  if (val === null) {
    return refuse(k, -ENOPROTOOPT, "no such TCP option, or it cannot be read", { optname });
  }
  const bytes = new Uint8Array(4);
  set32le(bytes, 0, val);
  return put(k, optval, bytes);
}

/** An option of level SOL_TCP. */
export const do_tcp_setsockopt = traced(
  FILE,
  "do_tcp_setsockopt(sk, level, optname, optval, optlen)",
  (k: Kernel, sk: Sock, _level: number, optname: number, optval: UserMem | null, optlen: number): number =>
    set_tcp_option(k, sk, optname, optval, optlen),
);

/** setsockopt(2) below SOL_SOCKET. */
export const tcp_setsockopt = traced(
  FILE,
  "tcp_setsockopt(sk, level, optname, optval, optlen)",
  (k: Kernel, sk: Sock, level: number, optname: number, optval: UserMem | null, optlen: number): number => {
    if (level !== IPPROTO_TCP) return ip_setsockopt(k, sk, level, optname, optval, optlen);
    return do_tcp_setsockopt(k, sk, level, optname, optval, optlen);
  },
);

/** Read an option of level SOL_TCP. */
export const do_tcp_getsockopt = traced(
  FILE,
  "do_tcp_getsockopt(sk, level, optname, optval)",
  (k: Kernel, sk: Sock, _level: number, optname: number, optval: OptOut): number =>
    get_tcp_option(k, sk, optname, optval),
);

/** getsockopt(2) below SOL_SOCKET. */
export const tcp_getsockopt = traced(
  FILE,
  "tcp_getsockopt(sk, level, optname, optval)",
  (k: Kernel, sk: Sock, level: number, optname: number, optval: OptOut): number => {
    if (level !== IPPROTO_TCP) return ip_getsockopt(k, sk, level, optname, optval);
    return do_tcp_getsockopt(k, sk, level, optname, optval);
  },
);

/** TCP sockets. */
export const tcp_prot: Proto = {
  name: "TCP",
  obj_size: 1600,
  family: "tcp",
  has_memory_accounting: true,
  rhel_ext: true,
  close: tcp_close,
  connect: (k, sk, uaddr, addr_len) => tcp_v4_connect(k, sk, uaddr, addr_len),
  disconnect: tcp_disconnect,
  ioctl: tcp_ioctl,
  init: (k, sk) => tcp_v4_init_sock(k, sk),
  destroy: (k, sk) => tcp_v4_destroy_sock(k, sk),
  shutdown: tcp_shutdown,
  setsockopt: tcp_setsockopt,
  getsockopt: tcp_getsockopt,
  recvmsg: tcp_recvmsg,
  release_cb: (k, sk) => tcp_release_cb(k, sk),
  unhash: (k, sk) => inet_unhash(k, sk),
  get_port: (k, sk, snum) => inet_csk_get_port(k, sk, snum),
};
