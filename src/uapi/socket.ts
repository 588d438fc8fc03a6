// SPDX-License-Identifier: GPL-2.0-only
/** linux/socket.h, asm-generic/socket.h, linux/net.h of el6. */
import type { Xlat } from "./xlat.ts";

export const AF_UNSPEC = 0;
export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const AF_NETLINK = 16;
export const AF_PACKET = 17;
export const NPROTO = 38;

/** AF_*: the families that a log may name. */
export const FAMILY_NAMES: Xlat = [
  ["AF_UNSPEC", 0],
  ["AF_UNIX", 1],
  ["AF_INET", 2],
  ["AF_AX25", 3],
  ["AF_IPX", 4],
  ["AF_APPLETALK", 5],
  ["AF_X25", 9],
  ["AF_INET6", 10],
  ["AF_KEY", 15],
  ["AF_NETLINK", 16],
  ["AF_PACKET", 17],
  ["AF_PPPOX", 24],
  ["AF_LLC", 26],
  ["AF_CAN", 29],
  ["AF_TIPC", 30],
  ["AF_BLUETOOTH", 31],
  ["AF_PHONET", 35],
  ["AF_ALG", 38],
  ["AF_NFC", 39],
  ["AF_VSOCK", 40],
  ["AF_QIPCRTR", 42],
  ["AF_SMC", 43],
  ["AF_XDP", 44],
];

export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
export const SOCK_RDM = 4;
export const SOCK_SEQPACKET = 5;
export const SOCK_DCCP = 6;
export const SOCK_PACKET = 10;
export const SOCK_TYPE_MASK = 0xf;
export const SOCK_MAX = 11;
export const SOCK_CLOEXEC = 0x80000;
export const SOCK_NONBLOCK = 0x800;
export const O_NONBLOCK = 0x800;

export const SOCK_TYPE_NAMES: Xlat = [
  ["SOCK_STREAM", SOCK_STREAM],
  ["SOCK_DGRAM", SOCK_DGRAM],
  ["SOCK_RAW", SOCK_RAW],
  ["SOCK_RDM", SOCK_RDM],
  ["SOCK_SEQPACKET", SOCK_SEQPACKET],
  ["SOCK_DCCP", SOCK_DCCP],
  ["SOCK_PACKET", SOCK_PACKET],
];
/** Bits of socket(2)'s type beside the type. */
export const SOCK_FLAG_NAMES: Xlat = [
  ["SOCK_CLOEXEC", SOCK_CLOEXEC],
  ["SOCK_NONBLOCK", SOCK_NONBLOCK],
];
/** How of shutdown(2). */
export const SHUT_NAMES: Xlat = [
  ["SHUT_RD", 0],
  ["SHUT_WR", 1],
  ["SHUT_RDWR", 2],
];

export const MSG_OOB = 1;
export const MSG_PEEK = 2;
export const MSG_DONTROUTE = 4;
export const MSG_CTRUNC = 8;
export const MSG_PROBE = 0x10;
export const MSG_TRUNC = 0x20;
export const MSG_DONTWAIT = 0x40;
export const MSG_EOR = 0x80;
export const MSG_WAITALL = 0x100;
export const MSG_FIN = 0x200;
export const MSG_SYN = 0x400;
export const MSG_CONFIRM = 0x800;
export const MSG_RST = 0x1000;
export const MSG_ERRQUEUE = 0x2000;
export const MSG_NOSIGNAL = 0x4000;
export const MSG_MORE = 0x8000;
export const MSG_WAITFORONE = 0x10000;
export const MSG_SENDPAGE_NOTLAST = 0x20000;
export const MSG_CMSG_CLOEXEC = 0x40000000;
export const MSG_CMSG_COMPAT = 0x80000000;

/** Every MSG_* that el6's linux/socket.h has. */
export const MSG_FLAGS: Xlat = [
  ["MSG_OOB", MSG_OOB],
  ["MSG_PEEK", MSG_PEEK],
  ["MSG_DONTROUTE", MSG_DONTROUTE],
  ["MSG_CTRUNC", MSG_CTRUNC],
  ["MSG_PROBE", MSG_PROBE],
  ["MSG_TRUNC", MSG_TRUNC],
  ["MSG_DONTWAIT", MSG_DONTWAIT],
  ["MSG_EOR", MSG_EOR],
  ["MSG_WAITALL", MSG_WAITALL],
  ["MSG_FIN", MSG_FIN],
  ["MSG_SYN", MSG_SYN],
  ["MSG_CONFIRM", MSG_CONFIRM],
  ["MSG_RST", MSG_RST],
  ["MSG_ERRQUEUE", MSG_ERRQUEUE],
  ["MSG_NOSIGNAL", MSG_NOSIGNAL],
  ["MSG_MORE", MSG_MORE],
  ["MSG_WAITFORONE", MSG_WAITFORONE],
  ["MSG_SENDPAGE_NOTLAST", MSG_SENDPAGE_NOTLAST],
  ["MSG_CMSG_CLOEXEC", MSG_CMSG_CLOEXEC],
  ["MSG_CMSG_COMPAT", MSG_CMSG_COMPAT],
];

export const SOL_SOCKET = 1;
export const SOL_IP = 0;
export const SOL_UDP = 17;
export const SOL_UDPLITE = 136;
export const SOL_RAW = 255;

/** Levels of getsockopt(2) and of control messages. */
export const SOL_NAMES: Xlat = [
  ["SOL_SOCKET", SOL_SOCKET],
  ["SOL_IP", SOL_IP],
  ["SOL_TCP", 6],
  ["SOL_UDP", SOL_UDP],
  ["SOL_UDPLITE", SOL_UDPLITE],
  ["SOL_RAW", SOL_RAW],
];

export const SO_DEBUG = 1;
export const SO_REUSEADDR = 2;
export const SO_TYPE = 3;
export const SO_ERROR = 4;
export const SO_DONTROUTE = 5;
export const SO_BROADCAST = 6;
export const SO_SNDBUF = 7;
export const SO_RCVBUF = 8;
export const SO_KEEPALIVE = 9;
export const SO_OOBINLINE = 10;
export const SO_NO_CHECK = 11;
export const SO_PRIORITY = 12;
export const SO_LINGER = 13;
export const SO_BSDCOMPAT = 14;
export const SO_REUSEPORT = 15;
export const SO_PASSCRED = 16;
export const SO_PEERCRED = 17;
export const SO_RCVLOWAT = 18;
export const SO_SNDLOWAT = 19;
export const SO_RCVTIMEO = 20;
export const SO_SNDTIMEO = 21;
export const SO_BINDTODEVICE = 25;
export const SO_ATTACH_FILTER = 26;
export const SO_DETACH_FILTER = 27;
export const SO_PEERNAME = 28;
export const SO_TIMESTAMP = 29;
export const SO_ACCEPTCONN = 30;
export const SO_PEERSEC = 31;
export const SO_SNDBUFFORCE = 32;
export const SO_RCVBUFFORCE = 33;
export const SO_PASSSEC = 34;
export const SO_TIMESTAMPNS = 35;
export const SO_MARK = 36;
export const SO_TIMESTAMPING = 37;
export const SO_PROTOCOL = 38;
export const SO_DOMAIN = 39;
export const SO_RXQ_OVFL = 40;

export const SO_NAMES: Xlat = [
  ["SO_DEBUG", 1],
  ["SO_REUSEADDR", 2],
  ["SO_TYPE", 3],
  ["SO_ERROR", 4],
  ["SO_DONTROUTE", 5],
  ["SO_BROADCAST", 6],
  ["SO_SNDBUF", 7],
  ["SO_RCVBUF", 8],
  ["SO_KEEPALIVE", 9],
  ["SO_OOBINLINE", 10],
  ["SO_NO_CHECK", 11],
  ["SO_PRIORITY", 12],
  ["SO_LINGER", 13],
  ["SO_BSDCOMPAT", 14],
  ["SO_REUSEPORT", 15],
  ["SO_PASSCRED", 16],
  ["SO_PEERCRED", 17],
  ["SO_RCVLOWAT", 18],
  ["SO_SNDLOWAT", 19],
  ["SO_RCVTIMEO", 20],
  ["SO_SNDTIMEO", 21],
  ["SO_BINDTODEVICE", 25],
  ["SO_ATTACH_FILTER", 26],
  ["SO_DETACH_FILTER", 27],
  ["SO_PEERNAME", 28],
  ["SO_TIMESTAMP", 29],
  ["SO_ACCEPTCONN", 30],
  ["SO_PEERSEC", 31],
  ["SO_SNDBUFFORCE", 32],
  ["SO_RCVBUFFORCE", 33],
  ["SO_PASSSEC", 34],
  ["SO_TIMESTAMPNS", 35],
  ["SO_MARK", 36],
  ["SO_TIMESTAMPING", 37],
  ["SO_PROTOCOL", 38],
  ["SO_DOMAIN", 39],
  ["SO_RXQ_OVFL", 40],
];
