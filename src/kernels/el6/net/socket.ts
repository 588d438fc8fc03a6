// SPDX-License-Identifier: GPL-2.0-only
/** net/socket.c: from a system call on a descriptor to the protocol family behind it, and the file of a socket. */
import { objectSeq } from "../../../trace/record.ts";
import { inlined, note, refuse, traced } from "../../../trace/traced.ts";
import {
  EAFNOSUPPORT,
  EAGAIN,
  EBADF,
  EFAULT,
  EINVAL,
  EMSGSIZE,
  ENOBUFS,
  ENOIOCTLCMD,
  ENOMEM,
  ENOTSOCK,
  ESPIPE,
} from "../../../uapi/errno.ts";
import {
  AF_INET,
  AF_PACKET,
  MSG_CMSG_CLOEXEC,
  MSG_CMSG_COMPAT,
  MSG_DONTWAIT,
  MSG_EOR,
  MSG_MORE,
  MSG_OOB,
  NPROTO,
  O_NONBLOCK,
  SO_RXQ_OVFL,
  SO_TIMESTAMP,
  SO_TIMESTAMPING,
  SO_TIMESTAMPNS,
  SOCK_CLOEXEC,
  SOCK_MAX,
  SOCK_NONBLOCK,
  SOCK_PACKET,
  SOCK_SEQPACKET,
  SOCK_TYPE_MASK,
  SOL_SOCKET,
} from "../../../uapi/socket.ts";
import { set32le } from "../../../wire/bytes.ts";
import { eventpoll_release } from "../fs/eventpoll.ts";
import { type FputNeeded, fget_light } from "../fs/file_table.ts";
import { poll_select_set_timeout, remaining } from "../fs/select.ts";
import { copyFromUser, get_room, put_room } from "../include/asm/uaccess.ts";
import { fput_light } from "../include/linux/file.ts";
import {
  type File,
  type IoctlArg,
  type Iovec,
  type Msghdr,
  type NetProtoFamily,
  Msghdr as NewMsghdr,
  Socket,
  type UserMsghdr,
} from "../include/linux/net.ts";
import type { PollTable } from "../include/linux/poll.ts";
import type { Page, SkBuff } from "../include/linux/skbuff.ts";
import {
  type OptOut,
  pending_error,
  SOCK_RCVTSTAMP,
  SOCK_RCVTSTAMPNS,
  SOCK_RXQ_OVFL,
  SOCK_TIMESTAMPING_RAW_HARDWARE,
  SOCK_TIMESTAMPING_RX_SOFTWARE,
  SOCK_TIMESTAMPING_SOFTWARE,
  SOCK_TIMESTAMPING_SYS_HARDWARE,
  SOCK_TIMESTAMPING_TX_HARDWARE,
  SOCK_TIMESTAMPING_TX_SOFTWARE,
  type Sock,
  sock_flag,
  type UserMem,
} from "../include/net/sock.ts";
import { audit_sockaddr } from "../kernel/auditsc.ts";
import { type Kernel, ktime_get_real, type Net, printk } from "../kernel.ts";
import {
  security_socket_bind,
  security_socket_connect,
  security_socket_create,
  security_socket_getpeername,
  security_socket_getsockname,
  security_socket_getsockopt,
  security_socket_post_create,
  security_socket_recvmsg,
  security_socket_sendmsg,
  security_socket_setsockopt,
  security_socket_shutdown,
} from "../security/security.ts";
import { get_unused_fd, nofile } from "../tasks.ts";
import { VERIFY_READ, VERIFY_WRITE, verify_iovec } from "./core/iovec.ts";
import { put_cmsg } from "./core/scm.ts";
import {
  sock_getsockopt,
  sock_kfree_s,
  sock_kmalloc,
  sock_setsockopt,
  sock_update_classid,
  sock_update_netprioidx,
} from "./core/sock.ts";

const FILE = "net/socket.c";
const INT_MAX = 0x7fffffff;
const UINT_MAX = 0xffffffff;
/** sizeof(struct sockaddr_storage). */
const SOCKADDR_STORAGE = 128;
/** sizeof(sa_family_t). */
const SIZEOF_SA_FAMILY = 2;
/** What the kernel's stack holds where nobody wrote: connect(2) looks at it after an address of no bytes. */
const STACK = 0xff;
const UIO_MAXIOV = 1024;
const UIO_FASTIOV = 8;
/** sizeof(struct iovec), x86-64. */
const SIZEOF_IOVEC = 16;
/** Control data up to a cmsghdr and 20 bytes stays on the kernel's stack. */
const SIZEOF_CTL = 36;
const SKBTX_HW_TSTAMP = 1;
const SKBTX_SW_TSTAMP = 2;

/** Copy an address in from user space: 0 or -errno. */
export const move_addr_to_kernel = traced(
  FILE,
  "move_addr_to_kernel(uaddr, ulen, kaddr)",
  (k: Kernel, uaddr: UserMem | null, ulen: number, kaddr: Uint8Array): number => {
    if (ulen < 0 || ulen > SOCKADDR_STORAGE) {
      return refuse(k, -EINVAL, "address length is negative, or exceeds struct sockaddr_storage", {
        ulen,
        limit: SOCKADDR_STORAGE,
      });
    }
    if (ulen === 0) {
      note(k, "address length is 0: no address");
      return 0;
    }
    if (copyFromUser(kaddr, 0, uaddr, 0, ulen) !== 0) {
      return refuse(k, -EFAULT, "the address cannot be read from user space", { ulen });
    }
    return audit_sockaddr(k, ulen, kaddr);
  },
);

/** Copy an address out: cut to the caller's room, but saying how long it is. */
export const move_addr_to_user = traced(
  FILE,
  "move_addr_to_user(kaddr, klen, uaddr)",
  (k: Kernel, kaddr: Uint8Array, klen: number, uaddr: OptOut): number => {
    if (get_room(k, uaddr) !== 0) return -EFAULT;
    let len = uaddr.len;
    if (len > klen) len = klen;
    if (len < 0 || len > SOCKADDR_STORAGE) {
      return refuse(k, -EINVAL, "address buffer length is negative, or exceeds struct sockaddr_storage", {
        len,
        limit: SOCKADDR_STORAGE,
      });
    }
    if (put_room(k, uaddr, kaddr.slice(0, len)) !== 0) return -EFAULT;
    uaddr.len = klen;
    return 0;
  },
);

/** Make the inode that a socket lives in. */
export const sock_alloc_inode = traced(FILE, "sock_alloc_inode()", (k: Kernel): Socket => {
  return new Socket(k.oid("sock"));
});

/** Free the inode, and with it the socket. */
export const sock_destroy_inode = traced(
  FILE,
  "sock_destroy_inode(sock)",
  (_k: Kernel, _sock: Socket): void => {},
);

/** A socket's directory entry goes: it was never hashed. */
export const sockfs_delete_dentry = traced(FILE, "sockfs_delete_dentry()", (_k: Kernel): number => 1);

/** Give a socket a file and a descriptor number; the caller installs it. */
export const sock_alloc_file = traced(
  FILE,
  "sock_alloc_file(sock, flags)",
  (k: Kernel, sock: Socket, flags: number): number => {
    const fd = get_unused_fd(k, 0);
    if (fd < 0) {
      note(k, "no free descriptor (RLIMIT_NOFILE)", { limit: nofile(k) });
      return fd;
    }
    sock.file = { oid: k.oid("file"), socket: sock, f_flags: 2 | (flags & O_NONBLOCK), f_count: 1 };
    return fd;
  },
);

/** Put a socket in the descriptor table. */
export const sock_map_fd = inlined(
  FILE,
  "sock_map_fd(sock, flags)",
  (k: Kernel, sock: Socket, flags: number): number => {
    const fd = sock_alloc_file(k, sock, flags);
    if (fd >= 0) k.files.set(fd, sock.file as File);
    return fd;
  },
);

/** The socket of a file, or -ENOTSOCK. */
export const sock_from_file = inlined(
  FILE,
  "sock_from_file(file)",
  (k: Kernel, file: File): Socket | number => {
    if (file.socket !== null) return file.socket;
    return refuse(k, -ENOTSOCK, "the descriptor is not a socket");
  },
);

/** The socket of a descriptor, or -errno. */
export const sockfd_lookup_light = inlined(
  FILE,
  "sockfd_lookup_light(fd, fput_needed)",
  (k: Kernel, fd: number, fput_needed: FputNeeded): Socket | number => {
    const file = fget_light(k, fd, fput_needed);
    if (file === null) {
      return refuse(k, -EBADF, "the descriptor is not open", { fd });
    }
    const sock = sock_from_file(k, file);
    if (typeof sock === "number") fput_light(k, file, fput_needed.fput_needed);
    return sock;
  },
);

/** What each call on a socket begins and ends with: its file is taken, and given back (`out_put`). */
function with_socket(k: Kernel, fd: number, call: (sock: Socket) => number): number {
  const held: FputNeeded = { fput_needed: 0 };
  const sock = sockfd_lookup_light(k, fd, held);
  if (typeof sock === "number") return sock;
  const file = sock.file as File;
  const ret = call(sock);
  fput_light(k, file, held.fput_needed);
  return ret;
}

/** A fresh socket, of no family yet. */
export const sock_alloc = traced(FILE, "sock_alloc()", (k: Kernel): Socket => {
  const sock = sock_alloc_inode(k);
  sock.i_uid = k.current.uid;
  k.sockets_in_use++;
  return sock;
});

/** Let the family close its side, and give up the inode if no file holds it. */
export const sock_release = traced(FILE, "sock_release(sock)", (k: Kernel, sock: Socket): void => {
  if (sock.ops !== null) {
    sock.ops.release(k, sock);
    sock.ops = null;
  }
  k.sockets_in_use--;
  if (sock.file === null) {
    sock_destroy_inode(k, sock);
    return;
  }
  sock.file = null;
});

/** What time stamps this socket wants on what it sends. */
export const sock_tx_timestamp = traced(
  FILE,
  "sock_tx_timestamp(msg, sk, shtx)",
  (k: Kernel, _msg: Msghdr, sk: Sock, shtx: { tx_flags: number }): number => {
    shtx.tx_flags = 0;
    if (sock_flag(sk, SOCK_TIMESTAMPING_TX_HARDWARE)) {
      note(k, "SO_TIMESTAMPING: hardware transmit time stamp requested");
      shtx.tx_flags |= SKBTX_HW_TSTAMP;
    }
    if (sock_flag(sk, SOCK_TIMESTAMPING_TX_SOFTWARE)) {
      note(k, "SO_TIMESTAMPING: software transmit time stamp requested");
      shtx.tx_flags |= SKBTX_SW_TSTAMP;
    }
    return 0;
  },
);

/** Hand a message to the protocol family. */
export const __sock_sendmsg_nosec = inlined(
  FILE,
  "__sock_sendmsg_nosec(sock, msg, size)",
  (k: Kernel, sock: Socket, msg: Msghdr, size: number): number => {
    const sk = sock.sk as Sock;
    sock_update_classid(k, sk);
    sock_update_netprioidx(k, sk);
    return opsOf(sock).sendmsg(k, sock, msg, size);
  },
);

/** Send a message without asking the security module. */
export const sock_sendmsg_nosec = traced(
  FILE,
  "sock_sendmsg_nosec(sock, msg, size)",
  (k: Kernel, sock: Socket, msg: Msghdr, size: number): number => __sock_sendmsg_nosec(k, sock, msg, size),
);

/** Ask the security module, then send. */
export const __sock_sendmsg = inlined(
  FILE,
  "__sock_sendmsg(sock, msg, size)",
  (k: Kernel, sock: Socket, msg: Msghdr, size: number): number => {
    return security_socket_sendmsg(k, sock, msg, size) || __sock_sendmsg_nosec(k, sock, msg, size);
  },
);

/** Send a message, waiting for it to be taken. */
export const sock_sendmsg = traced(
  FILE,
  "sock_sendmsg(sock, msg, size)",
  (k: Kernel, sock: Socket, msg: Msghdr, size: number): number => __sock_sendmsg(k, sock, msg, size),
);

/** The kernel itself sends a message from its own memory. */
export const kernel_sendmsg = traced(
  FILE,
  "kernel_sendmsg(sock, msg, size)",
  (k: Kernel, sock: Socket, msg: Msghdr, size: number): number => sock_sendmsg(k, sock, msg, size),
);

/** Time stamps as control data: seconds, and the rest in units of which a microsecond has `fraction`, two longs each. */
function timestamp(us: number, fraction: number, stamps: number): Uint8Array {
  const out = new Uint8Array(16 * stamps);
  const seconds = Math.floor(us / 1e6);
  set32le(out, 0, seconds);
  set32le(out, 8, (us % 1e6) * fraction);
  return out;
}

/** A device's own time stamp, if the packet has one; no device here makes any. */
export const ktime2ts = inlined(FILE, "ktime2ts(kt)", (_k: Kernel, kt: number): number => (kt !== 0 ? 1 : 0));

/** Put the time stamps that the socket asked for into the control data. */
export const __sock_recv_timestamp = traced(
  FILE,
  "__sock_recv_timestamp(msg, sk, skb)",
  (k: Kernel, msg: Msghdr, sk: Sock, skb: SkBuff): void => {
    const wanted = sock_flag(sk, SOCK_RCVTSTAMP);
    if (wanted && skb.tstamp === 0) {
      note(k, "packet arrived before time stamps were enabled: use the current time");
      skb.tstamp = ktime_get_real(k);
    }
    if (wanted) {
      if (sock_flag(sk, SOCK_RCVTSTAMPNS)) {
        put_cmsg(k, msg, SOL_SOCKET, SO_TIMESTAMPNS, 16, timestamp(skb.tstamp, 1000, 1));
      } else {
        put_cmsg(k, msg, SOL_SOCKET, SO_TIMESTAMP, 16, timestamp(skb.tstamp, 1, 1));
      }
    }
    // The two stamps of a device, which none here makes.
    if (sock_flag(sk, SOCK_TIMESTAMPING_SYS_HARDWARE)) ktime2ts(k, 0);
    if (sock_flag(sk, SOCK_TIMESTAMPING_RAW_HARDWARE)) ktime2ts(k, 0);
    if (skb.tstamp !== 0 && sock_flag(sk, SOCK_TIMESTAMPING_SOFTWARE)) {
      put_cmsg(k, msg, SOL_SOCKET, SO_TIMESTAMPING, 48, timestamp(skb.tstamp, 1000, 3));
    }
  },
);

/** SO_RXQ_OVFL: say how many packets were dropped before this one. */
export const sock_recv_drops = inlined(
  FILE,
  "sock_recv_drops(msg, sk, skb)",
  (k: Kernel, msg: Msghdr, sk: Sock, skb: SkBuff | null): void => {
    if (!sock_flag(sk, SOCK_RXQ_OVFL) || skb === null || skb.dropcount === 0) return;
    const count = new Uint8Array(4);
    set32le(count, 0, skb.dropcount);
    put_cmsg(k, msg, SOL_SOCKET, SO_RXQ_OVFL, 4, count);
  },
);

/** Time stamps and drop counts of a received packet, as control data. */
export const sock_recv_ts_and_drops = traced(
  FILE,
  "sock_recv_ts_and_drops(msg, sk, skb)",
  (k: Kernel, msg: Msghdr, sk: Sock, skb: SkBuff): void => {
    sock_recv_timestamp(k, msg, sk, skb);
    sock_recv_drops(k, msg, sk, skb);
  },
);

/** sock_recv_timestamp (include/net/sock.h): stamps as control data, or kept for SIOCGSTAMP. */
export function sock_recv_timestamp(k: Kernel, msg: Msghdr, sk: Sock, skb: SkBuff): void {
  if (
    sock_flag(sk, SOCK_RCVTSTAMP) ||
    sock_flag(sk, SOCK_TIMESTAMPING_RX_SOFTWARE) ||
    (skb.tstamp !== 0 && sock_flag(sk, SOCK_TIMESTAMPING_SOFTWARE))
  ) {
    __sock_recv_timestamp(k, msg, sk, skb);
  } else {
    sk.sk_stamp = skb.tstamp;
  }
}

/** Ask the protocol family for a message. */
export const __sock_recvmsg_nosec = inlined(
  FILE,
  "__sock_recvmsg_nosec(sock, msg, size, flags)",
  (k: Kernel, sock: Socket, msg: Msghdr, size: number, flags: number): number => {
    sock_update_classid(k, sock.sk as Sock);
    return opsOf(sock).recvmsg(k, sock, msg, size, flags);
  },
);

/** Ask the security module, then receive. */
export const __sock_recvmsg = inlined(
  FILE,
  "__sock_recvmsg(sock, msg, size, flags)",
  (k: Kernel, sock: Socket, msg: Msghdr, size: number, flags: number): number => {
    return (
      security_socket_recvmsg(k, sock, msg, size, flags) || __sock_recvmsg_nosec(k, sock, msg, size, flags)
    );
  },
);

/** Receive a message without asking the security module. */
export const sock_recvmsg_nosec = traced(
  FILE,
  "sock_recvmsg_nosec(sock, msg, size, flags)",
  (k: Kernel, sock: Socket, msg: Msghdr, size: number, flags: number): number =>
    __sock_recvmsg_nosec(k, sock, msg, size, flags),
);

/** Receive a message. */
export const sock_recvmsg = traced(
  FILE,
  "sock_recvmsg(sock, msg, size, flags)",
  (k: Kernel, sock: Socket, msg: Msghdr, size: number, flags: number): number =>
    __sock_recvmsg(k, sock, msg, size, flags),
);

/** splice(2) hands over one page. */
export const sock_sendpage = traced(
  FILE,
  "sock_sendpage(file, page, offset, size, more)",
  (k: Kernel, file: File, page: Page, offset: number, size: number, more: number): number => {
    let flags = (file.f_flags & O_NONBLOCK) === 0 ? 0 : MSG_DONTWAIT;
    if (more !== 0) {
      note(k, "more data follows: MSG_MORE");
      flags |= MSG_MORE;
    }
    return kernel_sendpage(k, file.socket as Socket, page, offset, size, flags);
  },
);

/** Where the control block of an asynchronous call would be allocated; write(2) has it on the stack. */
export const alloc_sock_iocb = traced(FILE, "alloc_sock_iocb()", (_k: Kernel): number => 0);

/** read(2): a message of which only the data is wanted. */
export const do_sock_read = traced(
  FILE,
  "do_sock_read(msg, file, iov, nr_segs)",
  (k: Kernel, msg: Msghdr, file: File, iov: Iovec[], nr_segs: number): number => {
    let size = 0;
    for (let i = 0; i < nr_segs; i++) size += (iov[i] as Iovec).iov_len;
    msg.msg_name = null;
    msg.msg_namelen = 0;
    msg.msg_control = null;
    msg.msg_controllen = 0;
    msg.msg_iov = iov;
    msg.msg_flags = (file.f_flags & O_NONBLOCK) !== 0 ? MSG_DONTWAIT : 0;
    return __sock_recvmsg(k, file.socket as Socket, msg, size, msg.msg_flags);
  },
);

/** The read operation of a socket's file. */
export const sock_aio_read = traced(
  FILE,
  "sock_aio_read(file, iov, nr_segs, pos)",
  (k: Kernel, file: File, iov: Iovec[], nr_segs: number, pos: number): number => {
    if (pos !== 0) {
      return refuse(k, -ESPIPE, "socket is not seekable", { pos });
    }
    if (iov.every((v) => v.iov_len === 0)) {
      note(k, "zero-length read: return 0");
      return 0;
    }
    alloc_sock_iocb(k);
    return do_sock_read(k, new NewMsghdr(), file, iov, nr_segs);
  },
);

/** write(2) and writev(2): a message without name and flags. */
export const do_sock_write = traced(
  FILE,
  "do_sock_write(msg, file, iov, nr_segs)",
  (k: Kernel, msg: Msghdr, file: File, iov: Iovec[], nr_segs: number): number => {
    const sock = file.socket as Socket;
    let size = 0;
    for (let i = 0; i < nr_segs; i++) size += (iov[i] as Iovec).iov_len;
    msg.msg_name = null;
    msg.msg_namelen = 0;
    msg.msg_control = null;
    msg.msg_controllen = 0;
    msg.msg_iov = iov;
    msg.msg_flags = (file.f_flags & O_NONBLOCK) !== 0 ? MSG_DONTWAIT : 0;
    if (sock.type === SOCK_SEQPACKET) msg.msg_flags |= MSG_EOR;
    return __sock_sendmsg(k, sock, msg, size);
  },
);

/** The write operation of a socket's file. */
export const sock_aio_write = traced(
  FILE,
  "sock_aio_write(file, iov, nr_segs, pos)",
  (k: Kernel, file: File, iov: Iovec[], nr_segs: number, pos: number): number => {
    if (pos !== 0) {
      return refuse(k, -ESPIPE, "socket is not seekable", { pos });
    }
    alloc_sock_iocb(k);
    return do_sock_write(k, new NewMsghdr(), file, iov, nr_segs);
  },
);

/** An ioctl(2) of a socket's file: 0 or -errno. */
export const sock_ioctl = traced(
  FILE,
  "sock_ioctl(file, cmd, arg)",
  (k: Kernel, file: File, cmd: number, arg: IoctlArg): number => {
    const sock = file.socket as Socket;
    const err =
      sock.ops?.ioctl?.(k, sock, cmd, arg) ??
      refuse(k, -ENOIOCTLCMD, "no such ioctl for this socket", { cmd });
    if (err !== -ENOIOCTLCMD) return err;
    return refuse(k, -EINVAL, "not modelled: device ioctls");
  },
);

/** What poll(2) learns of a socket. */
export const sock_poll = traced(
  FILE,
  "sock_poll(file, wait)",
  (k: Kernel, file: File, wait: PollTable | null): number => {
    const sock = file.socket as Socket;
    return sock.ops?.poll?.(k, sock, wait) ?? 0;
  },
);

/** The last descriptor of a socket is gone. */
export const sock_close = traced(FILE, "sock_close(sock)", (k: Kernel, sock: Socket): number => {
  sock_release(k, sock);
  return 0;
});

/** AF_UNIX, PF_KEY, AF_NETLINK, AF_PACKET: el6 has them, built in or as modules. */
const OTHER_FAMILIES: ReadonlySet<number> = new Set([1, 15, 16, 17]);

/** Make a socket of a family. */
export const __sock_create = traced(
  FILE,
  "__sock_create(net, family, type, protocol, kern)",
  (k: Kernel, net: Net, family: number, type: number, protocol: number, kern: number): Socket | number => {
    if (family < 0 || family >= NPROTO) {
      return refuse(k, -EAFNOSUPPORT, "family is out of range", { family });
    }
    if (type < 0 || type >= SOCK_MAX) {
      return refuse(k, -EINVAL, "socket type is out of range", { type });
    }
    let pf_nr = family;
    if (family === AF_INET && type === SOCK_PACKET) {
      printk(k, "nettrace uses obsolete (PF_INET,SOCK_PACKET)");
      pf_nr = AF_PACKET;
    }

    let err = security_socket_create(k, pf_nr, type, protocol, kern);
    if (err !== 0) return err;

    const sock = sock_alloc(k);
    sock.type = type;
    const pf = k.net_families.get(pf_nr);
    if (pf === undefined) {
      sock_release(k, sock);
      if (OTHER_FAMILIES.has(pf_nr)) {
        return refuse(k, -EAFNOSUPPORT, "not modelled: sockets of this family", { family: pf_nr });
      }
      return refuse(k, -EAFNOSUPPORT, "address family is not supported by this kernel", { family: pf_nr });
    }
    err = pf.create(k, net, sock, protocol, kern);
    if (err < 0) {
      sock.ops = null;
      sock_release(k, sock);
      return err;
    }
    err = security_socket_post_create(k, sock, pf_nr, type, protocol, kern);
    if (err !== 0) {
      sock_release(k, sock);
      return err;
    }
    return sock;
  },
);

/** Make a socket for the current task. */
export const sock_create = inlined(
  FILE,
  "sock_create(family, type, protocol)",
  (k: Kernel, family: number, type: number, protocol: number): Socket | number =>
    __sock_create(k, k.init_net, family, type, protocol, 0),
);

/** Make a socket for the kernel itself. */
export const sock_create_kern = traced(
  FILE,
  "sock_create_kern(family, type, protocol)",
  (k: Kernel, family: number, type: number, protocol: number): Socket | number =>
    __sock_create(k, k.init_net, family, type, protocol, 1),
);

/** socket(2). */
export const sys_socket = traced(
  FILE,
  "sys_socket(family, type, protocol)",
  (k: Kernel, family: number, type: number, protocol: number): number => {
    const flags = type & ~SOCK_TYPE_MASK;
    if ((flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK)) !== 0) {
      return refuse(k, -EINVAL, "unknown socket type flags", { type });
    }
    const sock = sock_create(k, family, type & SOCK_TYPE_MASK, protocol);
    if (typeof sock === "number") return sock;
    const fd = sock_map_fd(k, sock, flags);
    if (fd < 0) sock_release(k, sock);
    return fd;
  },
);

/** bind(2). */
export const sys_bind = traced(
  FILE,
  "sys_bind(fd, umyaddr, addrlen)",
  (k: Kernel, fd: number, umyaddr: UserMem | null, addrlen: number): number => {
    return with_socket(k, fd, (sock) => {
      const address = new Uint8Array(SOCKADDR_STORAGE);
      let err = move_addr_to_kernel(k, umyaddr, addrlen, address);
      if (err < 0) return err;
      err = security_socket_bind(k, sock, address, addrlen);
      if (err !== 0) return err;
      return opsOf(sock).bind(k, sock, address, addrlen);
    });
  },
);

/** connect(2). */
export const sys_connect = traced(
  FILE,
  "sys_connect(fd, uservaddr, addrlen)",
  (k: Kernel, fd: number, uservaddr: UserMem | null, addrlen: number): number => {
    return with_socket(k, fd, (sock) => {
      const address = new Uint8Array(SOCKADDR_STORAGE).fill(STACK);
      let err = move_addr_to_kernel(k, uservaddr, addrlen, address);
      if (err < 0) return err;
      if (addrlen < SIZEOF_SA_FAMILY)
        note(k, "addrlen is too short for sa_family: stale bytes of the kernel stack are read", { addrlen });
      err = security_socket_connect(k, sock, address, addrlen);
      if (err !== 0) return err;
      return opsOf(sock).connect(k, sock, address, addrlen, (sock.file as File).f_flags);
    });
  },
);

/** getsockname(2): the own address into `usockaddr`, whose `len` is the caller's room. */
export const sys_getsockname = traced(
  FILE,
  "sys_getsockname(fd, usockaddr)",
  (k: Kernel, fd: number, usockaddr: OptOut): number => {
    return with_socket(k, fd, (sock) => {
      const err = security_socket_getsockname(k, sock);
      if (err !== 0) return err;
      const [failed, address] = opsOf(sock).getname(k, sock, 0);
      if (failed !== 0) return failed;
      return move_addr_to_user(k, address, address.length, usockaddr);
    });
  },
);

/** getpeername(2). */
export const sys_getpeername = inlined(
  FILE,
  "sys_getpeername(fd, usockaddr)",
  (k: Kernel, fd: number, usockaddr: OptOut): number => {
    return with_socket(k, fd, (sock) => {
      const err = security_socket_getpeername(k, sock);
      if (err !== 0) return err;
      const [failed, address] = opsOf(sock).getname(k, sock, 1);
      if (failed !== 0) return failed;
      return move_addr_to_user(k, address, address.length, usockaddr);
    });
  },
);

/** sendto(2): one buffer, and perhaps where to. */
export const sys_sendto = traced(
  FILE,
  "sys_sendto(fd, buff, len, flags, addr, addr_len)",
  (
    k: Kernel,
    fd: number,
    buff: UserMem | null,
    len: number,
    flags: number,
    addr: UserMem | null,
    addr_len: number,
  ): number => {
    let iov_len = len;
    if (len > INT_MAX) {
      note(k, "length above INT_MAX: truncated", { len });
      iov_len = INT_MAX;
    }
    return with_socket(k, fd, (sock) => {
      const msg = new NewMsghdr();
      msg.msg_iov = [{ iov_base: buff, iov_len, iov_off: 0 }];
      if (addr !== null) {
        const address = new Uint8Array(SOCKADDR_STORAGE);
        const err = move_addr_to_kernel(k, addr, addr_len, address);
        if (err < 0) return err;
        msg.msg_name = address;
        msg.msg_namelen = addr_len;
      }
      msg.msg_flags = flags;
      if (((sock.file as File).f_flags & O_NONBLOCK) !== 0) {
        note(k, "the descriptor is non-blocking: MSG_DONTWAIT");
        msg.msg_flags |= MSG_DONTWAIT;
      }
      return sock_sendmsg(k, sock, msg, iov_len);
    });
  },
);

/** send(2), which only the 32-bit ABI enters: sendto(2) without an address. */
export const sys_send = traced(
  FILE,
  "sys_send(fd, buff, len, flags)",
  (k: Kernel, fd: number, buff: UserMem | null, len: number, flags: number): number => {
    note(k, "sendto without an address");
    return sys_sendto(k, fd, buff, len, flags, null, 0);
  },
);

/** recvfrom(2): one buffer, and perhaps room for the sender's address. `bytes` is the buffer. */
export const sys_recvfrom = traced(
  FILE,
  "sys_recvfrom(fd, ubuf, size, flags, addr)",
  (k: Kernel, fd: number, ubuf: UserMem | null, size: number, flags: number, addr: OptOut | null): number => {
    const iov_len = Math.min(size, INT_MAX);
    return with_socket(k, fd, (sock) => {
      const msg = new NewMsghdr();
      msg.msg_iov = [{ iov_base: ubuf, iov_len, iov_off: 0 }];
      const address = new Uint8Array(SOCKADDR_STORAGE);
      msg.msg_name = address;
      msg.msg_namelen = SOCKADDR_STORAGE;
      const nonblock = ((sock.file as File).f_flags & O_NONBLOCK) !== 0 ? MSG_DONTWAIT : 0;
      const err = sock_recvmsg(k, sock, msg, iov_len, flags | nonblock);
      if (err >= 0 && addr !== null) {
        const moved = move_addr_to_user(k, address, msg.msg_namelen, addr);
        if (moved < 0) return moved;
      }
      return err;
    });
  },
);

/** setsockopt(2). */
export const sys_setsockopt = traced(
  FILE,
  "sys_setsockopt(fd, level, optname, optval, optlen)",
  (k: Kernel, fd: number, level: number, optname: number, optval: UserMem | null, optlen: number): number => {
    if (optlen < 0) {
      return refuse(k, -EINVAL, "negative length", { optlen });
    }
    return with_socket(k, fd, (sock) => {
      const err = security_socket_setsockopt(k, sock, level, optname);
      if (err !== 0) return err;
      if (level === SOL_SOCKET) return sock_setsockopt(k, sock, level, optname, optval, optlen);
      return opsOf(sock).setsockopt(k, sock, level, optname, optval, optlen);
    });
  },
);

/** getsockopt(2). */
export const sys_getsockopt = inlined(
  FILE,
  "sys_getsockopt(fd, level, optname, optval)",
  (k: Kernel, fd: number, level: number, optname: number, optval: OptOut): number => {
    return with_socket(k, fd, (sock) => {
      const err = security_socket_getsockopt(k, sock, level, optname);
      if (err !== 0) return err;
      if (level === SOL_SOCKET) return sock_getsockopt(k, sock, level, optname, optval);
      return opsOf(sock).getsockopt(k, sock, level, optname, optval);
    });
  },
);

/** shutdown(2). */
export const sys_shutdown = traced(
  FILE,
  "sys_shutdown(fd, how)",
  (k: Kernel, fd: number, how: number): number => {
    return with_socket(k, fd, (sock) => {
      return security_socket_shutdown(k, sock, how) || opsOf(sock).shutdown(k, sock, how);
    });
  },
);

/** Where the message before went: sendmmsg(2) asks the security module once for each address. */
interface UsedAddress {
  name: Uint8Array | null;
  name_len: number;
}

/** Take a message header in and send what it describes. */
export const __sys_sendmsg = traced(
  FILE,
  "__sys_sendmsg(sock, msg, msg_sys, flags, used_address)",
  (
    k: Kernel,
    sock: Socket,
    msg: UserMsghdr,
    msg_sys: Msghdr,
    flags: number,
    used_address: UsedAddress | null,
  ): number => {
    const sk = sock.sk as Sock;
    const iovlen = msg.msg_iovlen;
    msg_sys.msg_namelen = msg.msg_namelen;
    if (iovlen < 0 || iovlen > UIO_MAXIOV) {
      return refuse(k, -EMSGSIZE, "msg_iovlen exceeds UIO_MAXIOV", { iovlen, limit: UIO_MAXIOV });
    }
    const iov_size = iovlen * SIZEOF_IOVEC;
    const far = iovlen > UIO_FASTIOV;
    if (far) {
      note(k, "more than UIO_FASTIOV elements: allocate the iovec", { iovlen });
      if (!sock_kmalloc(k, sk, iov_size)) return -ENOMEM;
    }
    const err = send_taken_in(k, sock, msg, msg_sys, flags, used_address);
    if (far) sock_kfree_s(k, sk, iov_size);
    return err;
  },
);

/** The rest of {@link __sys_sendmsg}, between allocating the vector and freeing it. */
function send_taken_in(
  k: Kernel,
  sock: Socket,
  msg: UserMsghdr,
  msg_sys: Msghdr,
  flags: number,
  used_address: UsedAddress | null,
): number {
  const sk = sock.sk as Sock;
  const total_len = verify_iovec(k, msg_sys, msg, new Uint8Array(SOCKADDR_STORAGE), VERIFY_READ);
  if (total_len < 0) return total_len;
  const ctl_len = msg.msg_controllen;
  if (ctl_len > INT_MAX) {
    return refuse(k, -ENOBUFS, "msg_controllen exceeds INT_MAX", { ctl_len, limit: INT_MAX });
  }
  const far = ctl_len > SIZEOF_CTL;
  if (far) {
    note(k, "control data is too large for the stack: allocate it", { ctl_len });
    if (!sock_kmalloc(k, sk, ctl_len)) return -ENOBUFS;
  }
  let err = -EFAULT;
  const ctl_buf = new Uint8Array(ctl_len);
  if (copyFromUser(ctl_buf, 0, msg.msg_control, 0, ctl_len) !== 0) {
    note(k, "the control data cannot be read from user space", { ctl_len });
  } else {
    msg_sys.msg_control = ctl_len > 0 ? ctl_buf : null;
    msg_sys.msg_controllen = ctl_len;
    msg_sys.msg_flags = flags;
    if (((sock.file as File).f_flags & O_NONBLOCK) !== 0) {
      note(k, "the descriptor is non-blocking: MSG_DONTWAIT");
      msg_sys.msg_flags |= MSG_DONTWAIT;
    }
    if (used_address !== null && same_address(used_address, msg_sys)) {
      note(k, "same address as the previous message: security_socket_sendmsg is not called again");
      err = sock_sendmsg_nosec(k, sock, msg_sys, total_len);
    } else {
      err = sock_sendmsg(k, sock, msg_sys, total_len);
      if (used_address !== null && err >= 0) {
        used_address.name_len = msg_sys.msg_namelen;
        if (msg_sys.msg_name !== null) used_address.name = msg_sys.msg_name.slice();
      }
    }
  }
  if (far) sock_kfree_s(k, sk, ctl_len);
  return err;
}

function same_address({ name, name_len }: UsedAddress, msg: Msghdr): boolean {
  if (msg.msg_name === null || name === null || name_len !== msg.msg_namelen) return false;
  for (let i = 0; i < name_len; i++) if (name[i] !== msg.msg_name[i]) return false;
  return true;
}

/** sendmsg(2). */
export const sys_sendmsg = traced(
  FILE,
  "sys_sendmsg(fd, msg, flags)",
  (k: Kernel, fd: number, msg: UserMsghdr, flags: number): number => {
    return with_socket(k, fd, (sock) => {
      return __sys_sendmsg(k, sock, msg, new NewMsghdr(), flags, null);
    });
  },
);

/** Send messages one after the other; `lengths` gets what was sent of each. */
export const __sys_sendmmsg = traced(
  FILE,
  "__sys_sendmmsg(fd, mmsg, vlen, flags, lengths)",
  (
    k: Kernel,
    fd: number,
    mmsg: readonly UserMsghdr[],
    vlen: number,
    flags: number,
    lengths: number[],
  ): number => {
    return with_socket(k, fd, (sock) => {
      const used_address: UsedAddress = { name: null, name_len: UINT_MAX };
      const count = Math.min(vlen, UIO_MAXIOV);
      let err = 0;
      while (lengths.length < count) {
        const msg = mmsg[lengths.length] as UserMsghdr;
        err = __sys_sendmsg(k, sock, msg, new NewMsghdr(), flags, used_address);
        if (err < 0) break;
        lengths.push(err);
      }
      if (lengths.length === 0) return err;
      if (err < 0) note(k, "error after the first message: return the number of messages sent", { err });
      return lengths.length;
    });
  },
);

/** sendmmsg(2). */
export const sys_sendmmsg = traced(
  FILE,
  "sys_sendmmsg(fd, mmsg, vlen, flags, lengths)",
  (
    k: Kernel,
    fd: number,
    mmsg: readonly UserMsghdr[],
    vlen: number,
    flags: number,
    lengths: number[],
  ): number => __sys_sendmmsg(k, fd, mmsg, vlen, flags, lengths),
);

/** Receive into a message header. `msg_sys` holds data, flags and control messages afterwards. */
export const __sys_recvmsg = traced(
  FILE,
  "__sys_recvmsg(sock, msg, msg_sys, flags, nosec)",
  (k: Kernel, sock: Socket, msg: UserMsghdr, msg_sys: Msghdr, flags: number, nosec: number): number => {
    const sk = sock.sk as Sock;
    const iovlen = msg.msg_iovlen;
    msg_sys.msg_namelen = msg.msg_namelen;
    msg_sys.msg_controllen = msg.msg_controllen;
    if (iovlen < 0 || iovlen > UIO_MAXIOV) {
      return refuse(k, -EMSGSIZE, "msg_iovlen exceeds UIO_MAXIOV", { iovlen, limit: UIO_MAXIOV });
    }
    const iov_size = iovlen * SIZEOF_IOVEC;
    const far = iovlen > UIO_FASTIOV;
    if (far) {
      note(k, "more than UIO_FASTIOV elements: allocate the iovec", { iovlen });
      if (!sock_kmalloc(k, sk, iov_size)) return -ENOMEM;
    }

    const addr = new Uint8Array(SOCKADDR_STORAGE);
    let err = verify_iovec(k, msg_sys, msg, addr, VERIFY_WRITE);
    if (err >= 0) {
      const total_len = err;
      msg_sys.msg_flags = flags & (MSG_CMSG_CLOEXEC | MSG_CMSG_COMPAT);
      const nonblock = ((sock.file as File).f_flags & O_NONBLOCK) !== 0 ? MSG_DONTWAIT : 0;
      const receive = nosec !== 0 ? sock_recvmsg_nosec : sock_recvmsg;
      err = receive(k, sock, msg_sys, total_len, flags | nonblock);
    }
    if (err >= 0 && msg.name_out !== undefined) {
      const moved = move_addr_to_user(k, addr, msg_sys.msg_namelen, msg.name_out);
      if (moved < 0) err = moved;
    }
    if (err >= 0) msg.out_flags = msg_sys.msg_flags & ~MSG_CMSG_COMPAT;
    if (far) sock_kfree_s(k, sk, iov_size);
    return err;
  },
);

/** recvmsg(2). */
export const sys_recvmsg = traced(
  FILE,
  "sys_recvmsg(fd, msg, msg_sys, flags)",
  (k: Kernel, fd: number, msg: UserMsghdr, msg_sys: Msghdr, flags: number): number => {
    return with_socket(k, fd, (sock) => {
      return __sys_recvmsg(k, sock, msg, msg_sys, flags, 0);
    });
  },
);

/** A message of recvmmsg(2): the caller's room, and what came into it. */
export interface MmsgEntry {
  readonly msg: UserMsghdr;
  readonly msg_sys: Msghdr;
  msg_len: number;
}

/**
 * Receive messages one after the other, as long as there are any. The time-out is looked at after each; what is left of
 * it goes back to the caller.
 */
export const __sys_recvmmsg = traced(
  FILE,
  "__sys_recvmmsg(fd, mmsg, vlen, flags, timeout)",
  (
    k: Kernel,
    fd: number,
    mmsg: readonly MmsgEntry[],
    vlen: number,
    flags: number,
    timeout: Timeout | null,
  ): number => {
    const end = timeout === null ? null : poll_select_set_timeout(k, timeout);
    if (typeof end === "number") return end;
    return with_socket(k, fd, (sock) => {
      let err = pending_error(k, sock.sk as Sock);
      if (err !== 0) return err;
      let datagrams = 0;
      while (datagrams < vlen) {
        const entry = mmsg[datagrams] as MmsgEntry;
        err = __sys_recvmsg(k, sock, entry.msg, entry.msg_sys, flags, datagrams);
        if (err < 0) break;
        entry.msg_len = err;
        err = 0;
        datagrams++;
        if (timeout !== null && is_over(k, timeout, end)) {
          note(k, "timed out: return the messages received so far");
          break;
        }
        if ((entry.msg_sys.msg_flags & MSG_OOB) !== 0) break;
      }
      if (err === 0) return datagrams;
      if (datagrams === 0) return err;
      if (err !== -EAGAIN) {
        note(k, "error after the first message: set as pending error", { err });
        (sock.sk as Sock).sk_err = -err;
      }
      return datagrams;
    });
  },
);

/** A time-out that becomes what is left of it. */
interface Timeout {
  tv_sec: number;
  tv_nsec: number;
}

function is_over(k: Kernel, timeout: Timeout, end: bigint | null): boolean {
  if (end !== null) Object.assign(timeout, remaining(k, end));
  return timeout.tv_sec === 0 && timeout.tv_nsec === 0;
}

/** recvmmsg(2). */
export const sys_recvmmsg = traced(
  FILE,
  "sys_recvmmsg(fd, mmsg, vlen, flags, timeout)",
  (
    k: Kernel,
    fd: number,
    mmsg: readonly MmsgEntry[],
    vlen: number,
    flags: number,
    timeout: Timeout | null,
  ): number => __sys_recvmmsg(k, fd, mmsg, vlen, flags, timeout),
);

/** Make a family's sockets available. */
export function sock_register(k: Kernel, ops: NetProtoFamily): void {
  k.net_families.set(ops.family, ops);
}

/** A page of the kernel's own goes to a socket. */
export const kernel_sendpage = traced(
  FILE,
  "kernel_sendpage(sock, page, offset, size, flags)",
  (k: Kernel, sock: Socket, page: Page, offset: number, size: number, flags: number): number => {
    sock_update_classid(k, sock.sk as Sock);
    return opsOf(sock).sendpage(k, sock, page, offset, size, flags);
  },
);

/** fput: one user of a file less; the last one closes the socket. */
export function fput(k: Kernel, file: File): void {
  if (--file.f_count > 0) {
    note(k, "file is still referenced by another descriptor", { f_count: file.f_count });
    return;
  }
  eventpoll_release(file);
  const sock = file.socket;
  if (sock === null) return;
  sock_close(k, sock);
  sockfs_delete_dentry(k);
  sock_destroy_inode(k, sock);
}

function opsOf(sock: Socket): NonNullable<Socket["ops"]> {
  if (sock.ops === null) throw new Error(`sock#${objectSeq(sock.oid)} has no family`);
  return sock.ops;
}
