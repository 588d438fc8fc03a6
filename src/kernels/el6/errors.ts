// SPDX-License-Identifier: GPL-2.0-only
/** Where errors come from in 2.6.32-642.el6, by what is called; test/cli/run/explain.test.ts holds it against the sources. Nothing of it is Linux's. */
import type { CallGroup, CauseRow, ErrorSources, PlaceRow } from "../release.ts";

const ROUTES: readonly PlaceRow[] = [
  ["ENETUNREACH", "fib_lookup", "net/ipv4/fib_rules", "no route in any table that the rules look up"],
  ["ENETUNREACH", "fib4_rule_action", "net/ipv4/fib_rules", "rule of type unreachable matches (ip rule)"],
  ["EACCES", "fib4_rule_action", "net/ipv4/fib_rules", "rule of type prohibit matches (ip rule)"],
  ["EINVAL", "fib4_rule_action", "net/ipv4/fib_rules", "rule of type blackhole matches (ip rule)"],
  ["EACCES", "fib_props", "net/ipv4/fib_semantics", "matching route is of type prohibit"],
  ["EHOSTUNREACH", "fib_props", "net/ipv4/fib_semantics", "matching route is of type unreachable"],
  ["EINVAL", "fib_props", "net/ipv4/fib_semantics", "matching route is of type blackhole"],
  [
    "EINVAL",
    "__mkroute_output",
    "net/ipv4/route",
    "destination is in 0.0.0.0/8, or IPv4 is disabled on the output device",
  ],
  ["EINVAL", "ip_route_output_slow", "net/ipv4/route", "source address is not local to this host"],
  [
    "ENODEV",
    "ip_route_output_slow",
    "net/ipv4/route",
    "the device that the socket is bound to is gone, or IPv4 is disabled on it",
  ],
];

const OUTPUT: readonly PlaceRow[] = [
  [
    "EPERM",
    "nf_hook_slow",
    "net/netfilter/core",
    "an iptables rule or policy in OUTPUT or POSTROUTING drops the datagram",
  ],
  [
    "ENOBUFS",
    "neigh_create",
    "net/core/neighbour",
    "neighbour table overflow (net.ipv4.neigh.default.gc_thresh3)",
  ],
  ["EINVAL", "arp_constructor", "net/ipv4/arp", "IPv4 is disabled on this device"],
  ["ENOBUFS", "ip_send_skb", "net/ipv4/ip_output", "dropped by the qdisc, and IP_RECVERR is set"],
  ["ENOBUFS", "__ip_append_data", "net/ipv4/ip_output", "the pending datagram exceeds twice the send buffer"],
  [
    "EMSGSIZE",
    "__ip_append_data",
    "net/ipv4/ip_output",
    "larger than the MTU, and must not be fragmented (IP_MTU_DISCOVER), or larger than the largest IP packet",
  ],
  ["EAGAIN", "sock_alloc_send_pskb", "net/core/sock", "the send buffer is full, and the call does not block"],
  ["EPIPE", "sock_alloc_send_pskb", "net/core/sock", "the socket is shut down for sending"],
  ["EFAULT", "memcpy_fromiovecend", "net/core/iovec", "the data cannot be read from user space"],
];

const REPORTED: readonly PlaceRow[] = [
  [
    "ECONNREFUSED",
    "icmp_err_convert",
    "net/ipv4/icmp",
    "pending error: ICMP port unreachable about an earlier datagram",
  ],
  [
    "EHOSTUNREACH",
    "icmp_err_convert",
    "net/ipv4/icmp",
    "pending error: ICMP host unreachable, and IP_RECVERR is set",
  ],
  [
    "ENETUNREACH",
    "icmp_err_convert",
    "net/ipv4/icmp",
    "pending error: ICMP net unreachable, and IP_RECVERR is set",
  ],
  [
    "EMSGSIZE",
    "__udp4_lib_err",
    "net/ipv4/udp",
    "pending error: ICMP fragmentation needed, on a connected socket or with IP_RECVERR (not with IP_PMTUDISC_DONT)",
  ],
];

const DESCRIPTOR: readonly PlaceRow[] = [
  ["EBADF", "sockfd_lookup_light", "net/socket", "the descriptor is not open"],
  ["ENOTSOCK", "sock_from_file", "net/socket", "the descriptor is not a socket"],
];

const ADDRESS: readonly PlaceRow[] = [
  [
    "EINVAL",
    "move_addr_to_kernel",
    "net/socket",
    "address length is negative, or exceeds struct sockaddr_storage",
  ],
  ["EFAULT", "move_addr_to_kernel", "net/socket", "the address cannot be read from user space"],
];

const PLACES: ErrorSources["places"] = {
  socket: [
    ["EPERM", "inet_create", "net/ipv4/af_inet", "not permitted: raw sockets need CAP_NET_RAW"],
    [
      "EACCES",
      "ping_init_sock",
      "net/ipv4/ping",
      "not permitted: gid is outside of net.ipv4.ping_group_range",
    ],
    ["EAFNOSUPPORT", "__sock_create", "net/socket", "address family is not supported by this kernel"],
    ["EINVAL", "__sock_create", "net/socket", "socket type is out of range"],
    ["EINVAL", "sys_socket", "net/socket", "unknown socket type flags"],
    ["EINVAL", "inet_create", "net/ipv4/af_inet", "protocol number is out of range"],
    ["EPROTONOSUPPORT", "inet_create", "net/ipv4/af_inet", "no such protocol for this socket type"],
    ["ESOCKTNOSUPPORT", "inet_create", "net/ipv4/af_inet", "no AF_INET protocol has this socket type"],
    ["EMFILE", "get_unused_fd", "tasks", "no free descriptor (RLIMIT_NOFILE)"],
  ],
  bind: [
    ...DESCRIPTOR,
    ...ADDRESS,
    ["EADDRINUSE", "inet_bind", "net/ipv4/af_inet", "port is in use by another socket"],
    ["EADDRNOTAVAIL", "inet_bind", "net/ipv4/af_inet", "address is not local to this host"],
    ["EACCES", "inet_bind", "net/ipv4/af_inet", "not permitted: ports below 1024 need CAP_NET_BIND_SERVICE"],
    ["EINVAL", "inet_bind", "net/ipv4/af_inet", "already bound, or address shorter than struct sockaddr_in"],
  ],
  connect: [
    ...DESCRIPTOR,
    ...ADDRESS,
    ["EAFNOSUPPORT", "ip4_datagram_connect", "net/ipv4/datagram", "sin_family is not AF_INET"],
    ["EINVAL", "ip4_datagram_connect", "net/ipv4/datagram", "address shorter than struct sockaddr_in"],
    [
      "EACCES",
      "ip4_datagram_connect",
      "net/ipv4/datagram",
      "broadcast destination, but SO_BROADCAST is not set",
    ],
    ["EAGAIN", "inet_autobind", "net/ipv4/af_inet", "no free port in net.ipv4.ip_local_port_range"],
    ...ROUTES,
  ],
  send: [
    ...DESCRIPTOR,
    ...ADDRESS,
    [
      "EDESTADDRREQ",
      "udp_sendmsg",
      "net/ipv4/udp",
      "no destination address, and the socket is not connected",
    ],
    ["EACCES", "udp_sendmsg", "net/ipv4/udp", "broadcast destination, but SO_BROADCAST is not set"],
    [
      "EINVAL",
      "udp_sendmsg",
      "net/ipv4/udp",
      "destination port is 0, or address shorter than struct sockaddr_in",
    ],
    ["EAFNOSUPPORT", "udp_sendmsg", "net/ipv4/udp", "sin_family is not AF_INET"],
    ["EMSGSIZE", "udp_sendmsg", "net/ipv4/udp", "larger than the largest UDP datagram"],
    ["EOPNOTSUPP", "udp_sendmsg", "net/ipv4/udp", "MSG_OOB is not supported"],
    ["EINVAL", "ip_cmsg_send", "net/ipv4/ip_sockglue", "unknown control message, or bad cmsg_len"],
    ["ENOBUFS", "__sys_sendmsg", "net/socket", "control data exceeds net.core.optmem_max"],
    ["EMSGSIZE", "__sys_sendmsg", "net/socket", "msg_iovlen exceeds UIO_MAXIOV"],
    ["EAGAIN", "inet_autobind", "net/ipv4/af_inet", "no free port in net.ipv4.ip_local_port_range"],
    ...OUTPUT,
    ...ROUTES,
    ...REPORTED,
  ],
  receive: [
    ...DESCRIPTOR,
    [
      "EAGAIN",
      "__skb_recv_datagram",
      "net/core/datagram",
      "the receive queue is empty, and the call does not block",
    ],
    [
      "EAGAIN",
      "ip_recv_error",
      "net/ipv4/ip_sockglue",
      "the error queue is empty, and MSG_ERRQUEUE does not block",
    ],
    ["EFAULT", "memcpy_toiovec", "net/core/iovec", "the buffer cannot be written to user space"],
    ["EINVAL", "move_addr_to_user", "net/socket", "address buffer length is negative"],
    ["EMSGSIZE", "__sys_recvmsg", "net/socket", "msg_iovlen exceeds UIO_MAXIOV"],
    ...REPORTED,
  ],
  setsockopt: [
    ...DESCRIPTOR,
    ["EPERM", "sock_bindtodevice", "net/core/sock", "not permitted: SO_BINDTODEVICE needs CAP_NET_RAW"],
    [
      "EPERM",
      "sock_setsockopt",
      "net/core/sock",
      "not permitted: SO_MARK, SO_PRIORITY above 6, SO_RCVBUFFORCE and SO_SNDBUFFORCE need CAP_NET_ADMIN",
    ],
    [
      "EPERM",
      "do_ip_setsockopt",
      "net/ipv4/ip_sockglue",
      "not permitted: IP_TRANSPARENT and IPsec policies need CAP_NET_ADMIN",
    ],
    ["EACCES", "sock_setsockopt", "net/core/sock", "not permitted: SO_DEBUG needs CAP_NET_ADMIN"],
    ["ENODEV", "sock_bindtodevice", "net/core/sock", "no device with this name or index"],
    [
      "ENODEV",
      "ip_mc_join_group",
      "net/ipv4/igmp",
      "no device with the interface's address, or no route to the group",
    ],
    ["EADDRINUSE", "ip_mc_join_group", "net/ipv4/igmp", "the socket is already a member of the group"],
    ["ENOBUFS", "ip_mc_join_group", "net/ipv4/igmp", "net.ipv4.igmp_max_memberships is reached"],
    [
      "ENOBUFS",
      "do_ip_setsockopt",
      "net/ipv4/ip_sockglue",
      "exceeds net.core.optmem_max or net.ipv4.igmp_max_msf",
    ],
    [
      "EPROTO",
      "do_ip_setsockopt",
      "net/ipv4/ip_sockglue",
      "connection-oriented socket: cannot join a multicast group",
    ],
    ["EADDRNOTAVAIL", "do_ip_setsockopt", "net/ipv4/ip_sockglue", "no device with this address"],
    ["EINVAL", "ip_mc_join_group", "net/ipv4/igmp", "not a multicast address"],
    ["EPROTO", "do_ip_setsockopt", "net/ipv4/ip_sockglue", "bad value or length for this option"],
    ["EADDRNOTAVAIL", "do_ip_setsockopt", "net/ipv4/ip_sockglue", "no device with this address"],
    ["EINVAL", "ip_mc_join_group", "net/ipv4/igmp", "not a multicast address"],
    ["EINVAL", "do_ip_setsockopt", "net/ipv4/ip_sockglue", "bad value or length for this option"],
    ["EINVAL", "sock_setsockopt", "net/core/sock", "shorter than an int, or bad value for this option"],
    ["EFAULT", "sock_setsockopt", "net/core/sock", "the option's value cannot be read from user space"],
    ["EINVAL", "sock_setsockopt", "net/core/sock", "shorter than an int, or bad value for this option"],
    ["EFAULT", "sock_setsockopt", "net/core/sock", "the option's value cannot be read from user space"],
    [
      "EFAULT",
      "do_ip_setsockopt",
      "net/ipv4/ip_sockglue",
      "the option's value cannot be read from user space",
    ],
    ["ENOPROTOOPT", "sock_setsockopt", "net/core/sock", "no such socket option"],
    ["ENOPROTOOPT", "do_ip_setsockopt", "net/ipv4/ip_sockglue", "no such IP socket option"],
    ["ENOPROTOOPT", "udp_lib_setsockopt", "net/ipv4/udp", "no such UDP option"],
  ],
  getsockopt: [
    ...DESCRIPTOR,
    ["ENOPROTOOPT", "sock_getsockopt", "net/core/sock", "no such socket option"],
    ["ENOPROTOOPT", "do_ip_getsockopt", "net/ipv4/ip_sockglue", "no such IP socket option"],
    ["ENOPROTOOPT", "udp_lib_getsockopt", "net/ipv4/udp", "no such UDP option"],
    ["ENOTCONN", "do_ip_getsockopt", "net/ipv4/ip_sockglue", "IP_MTU: the socket is not connected"],
    ["ENOTCONN", "sock_getsockopt", "net/core/sock", "SO_PEERNAME: the socket is not connected"],
    ["EINVAL", "sock_getsockopt", "net/core/sock", "negative length"],
    ["EINVAL", "do_ip_getsockopt", "net/ipv4/ip_sockglue", "negative length"],
    ["EFAULT", "get_room", "include/asm/uaccess", "the length cannot be read from user space"],
    ["EFAULT", "put_room", "include/asm/uaccess", "the buffer cannot be written to user space"],
  ],
};

const ALL: readonly CallGroup[] = [
  "socket",
  "bind",
  "connect",
  "send",
  "receive",
  "setsockopt",
  "getsockopt",
];

/** What is not modelled. */
const NOT_MODELLED: readonly CauseRow[] = [
  [["send"], "EPERM", "conntrack (table full, invalid state), nftables, other iptables matches and targets"],
  [["socket", "bind", "connect", "setsockopt"], "EPERM", "single capabilities, seccomp"],
  [["socket", "bind", "connect", "send", "receive"], "EACCES", "SELinux and other security modules"],
  [["send"], "EINVAL", "IPsec"],
  [["send"], "ENOBUFS", "a real NIC's queue, out of memory"],
  [ALL, "ENOMEM", "out of memory"],
  [["socket"], "ENOBUFS", "out of memory"],
  [["socket"], "ENFILE", "fs.file-max"],
  [
    ["socket", "bind", "connect", "send", "setsockopt", "getsockopt"],
    "EINTR",
    "signals: those of the log interrupt only receives, poll, select and epoll_wait",
  ],
  [ALL, "ENOSYS", "a sandbox that hides system calls (seccomp)"],
  [["send"], "ENETDOWN", "a device that goes down during the send"],
];

/** What newer kernels do, with the release that began it. */
const NEWER: readonly CauseRow[] = [
  [["send"], "EPERM", "Linux 4.10: a cgroup BPF program drops the packet; 4.18: or rejects the destination"],
  [["bind", "connect"], "EPERM", "Linux 4.17: a cgroup BPF program rejects the address"],
  [["send"], "EIO", "Linux 4.18: UDP_SEGMENT without checksum offload on the device, or with IPsec"],
  [
    ["send"],
    "EINVAL",
    "Linux 4.18: UDP_SEGMENT with segments larger than the MTU, too many of them, or without checksum",
  ],
  [["bind"], "EAFNOSUPPORT", "Linux 3.x: a family other than AF_INET, which el6 does not check"],
  [["socket"], "EAFNOSUPPORT", "a kernel or a sandbox without this address family"],
];

/** What a log's error can come from, here and elsewhere. */
export const EL6_ERRORS: ErrorSources = {
  name: "el6",
  places: PLACES,
  notModelled: NOT_MODELLED,
  newer: NEWER,
  defaultBuffer: 124_928,
};
