// SPDX-License-Identifier: GPL-2.0-only
/** include/linux/net.h, socket.h: the BSD side of a socket. */
import type { Plain } from "../../../../trace/plain.ts";
import type { Kernel, Net } from "../../kernel.ts";
import type { OptOut, Sock, UserMem } from "../net/sock.ts";
import type { Epitem, Eventpoll } from "./eventpoll.ts";
import type { PollTable } from "./poll.ts";
import type { Page } from "./skbuff.ts";

export const SS_FREE = 0;
export const SS_UNCONNECTED = 1;
export const SS_CONNECTING = 2;
export const SS_CONNECTED = 3;
export const SS_DISCONNECTING = 4;

// socket.flags, bit numbers
export const SOCK_ASYNC_NOSPACE = 0;
export const SOCK_ASYNC_WAITDATA = 1;
export const SOCK_NOSPACE = 2;
export const SOCK_PASSCRED = 3;
export const SOCK_PASSSEC = 4;

/** struct file as far as descriptors matter. */
export interface File {
  readonly oid: number;
  /** A socket, or something that is not one. */
  socket: Socket | null;
  f_flags: number;
  f_count: number;
  /** Of what is no socket: f_op->poll, where it has one. */
  readonly poll?: (k: Kernel, wait: PollTable | null) => number;
  /** private_data of an epoll set. */
  readonly ep?: Eventpoll;
  /** The epoll sets that watch it. */
  f_ep_links?: Epitem[];
}

/** struct socket. */
export class Socket {
  readonly oid: number;
  state = SS_UNCONNECTED;
  type = 0;
  flags = 0;
  file: File | null = null;
  sk: Sock | null = null;
  ops: ProtoOps | null = null;
  /** SOCK_INODE(sock)->i_uid: who made it. */
  i_uid = 0;
  constructor(oid: number) {
    this.oid = oid;
  }
}

/** struct iovec: memory of user space and the length the caller claims. `iov_base` null is the NULL pointer. */
export interface Iovec {
  iov_base: UserMem | null;
  iov_len: number;
  /** Offset in iov_base: grows as data is taken. */
  iov_off: number;
}

/** struct msghdr as user space passes it. */
export interface UserMsghdr {
  readonly msg_name: UserMem | null;
  readonly msg_namelen: number;
  readonly msg_iov: readonly { readonly base: UserMem | null; readonly len: number }[];
  readonly msg_iovlen: number;
  readonly msg_control: UserMem | null;
  readonly msg_controllen: number;
  /** recvmsg: msg_name's buffer, written with the sender's address; `len` is msg_namelen. */
  readonly name_out?: OptOut;
  /** recvmsg: what it writes back. */
  out_flags: number;
  /** For events. */
  plain?(): Plain;
}

/** struct msghdr inside the kernel. `msg_name` is a struct sockaddr as bytes. */
export class Msghdr {
  msg_name: Uint8Array | null = null;
  msg_namelen = 0;
  msg_iov: Iovec[] = [];
  /** Control data to send, as user space gave it; or on receive null. */
  msg_control: Uint8Array | null = null;
  msg_controllen = 0;
  msg_flags = 0;
  /** recvmsg: where data goes. */
  out: Uint8Array[] = [];
  /** recvmsg: control messages that put_cmsg made: [level, type, data]. */
  cmsgs: [number, number, Uint8Array][] = [];
  plain(): Plain {
    let len = 0;
    for (const v of this.msg_iov) len += v.iov_len;
    return { len, flags: this.msg_flags };
  }
}

/** struct net_proto_family: who makes the sockets of a domain. */
export interface NetProtoFamily {
  readonly family: number;
  create: (k: Kernel, net: Net, sock: Socket, protocol: number, kern: number) => number;
}

/** What the last argument of an ioctl(2) points to: a number that the kernel puts there. */
export interface IoctlArg {
  value: number;
}

/** struct proto_ops. */
export interface ProtoOps {
  readonly family: number;
  release: (k: Kernel, sock: Socket) => number;
  bind: (k: Kernel, sock: Socket, uaddr: Uint8Array, addr_len: number) => number;
  connect: (k: Kernel, sock: Socket, uaddr: Uint8Array, addr_len: number, flags: number) => number;
  /** Returns [errno or 0, struct sockaddr]. */
  getname: (k: Kernel, sock: Socket, peer: number) => [number, Uint8Array];
  poll?: (k: Kernel, sock: Socket, wait: PollTable | null) => number;
  ioctl?: (k: Kernel, sock: Socket, cmd: number, arg: IoctlArg) => number;
  shutdown: (k: Kernel, sock: Socket, how: number) => number;
  setsockopt: (
    k: Kernel,
    sock: Socket,
    level: number,
    optname: number,
    optval: UserMem | null,
    optlen: number,
  ) => number;
  getsockopt: (k: Kernel, sock: Socket, level: number, optname: number, optval: OptOut) => number;
  sendmsg: (k: Kernel, sock: Socket, msg: Msghdr, size: number) => number;
  recvmsg: (k: Kernel, sock: Socket, msg: Msghdr, size: number, flags: number) => number;
  sendpage: (k: Kernel, sock: Socket, page: Page, offset: number, size: number, flags: number) => number;
}
