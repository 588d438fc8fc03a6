// SPDX-License-Identifier: GPL-2.0-only
/** Where each error comes from in 2.6.32-642.el6, by what is called; test/cli/run/places.test.ts holds it against the kernel's sources. */

/** Calls that have their errors in common. */
export type Group = "socket" | "bind" | "connect" | "send" | "receive" | "setsockopt" | "getsockopt";

/** A function that gives an error, and when. */
export interface Place {
  readonly fn: string;
  /** Without its `.c`. */
  readonly file: string;
  readonly why: string;
}

type Row = readonly [errno: string, fn: string, file: string, why: string];

const ROUTES: readonly Row[] = [
  ["ENETUNREACH", "fib_lookup", "net/ipv4/fib_rules", "no table has a route to the address"],
  ["ENETUNREACH", "fib4_rule_action", "net/ipv4/fib_rules", "an unreachable rule (ip rule)"],
  ["EACCES", "fib4_rule_action", "net/ipv4/fib_rules", "a prohibit rule (ip rule)"],
  ["EINVAL", "fib4_rule_action", "net/ipv4/fib_rules", "a blackhole rule (ip rule)"],
  ["EACCES", "fib_props", "net/ipv4/fib_semantics", "a prohibit route"],
  ["EHOSTUNREACH", "fib_props", "net/ipv4/fib_semantics", "an unreachable route"],
  ["EINVAL", "fib_props", "net/ipv4/fib_semantics", "a blackhole route"],
  ["EINVAL", "__mkroute_output", "net/ipv4/route", "an address of network 0, or IP is off on the device"],
  ["EINVAL", "ip_route_output_slow", "net/ipv4/route", "a source address that is not this machine's"],
  [
    "ENODEV",
    "ip_route_output_slow",
    "net/ipv4/route",
    "the device that the socket is bound to is gone or down",
  ],
];

const OUTPUT: readonly Row[] = [
  ["EPERM", "nf_hook_slow", "net/netfilter/core", "a rule of OUTPUT or POSTROUTING drops the datagram"],
  [
    "ENOBUFS",
    "neigh_create",
    "net/core/neighbour",
    "the neighbour table is full (net.ipv4.neigh.default.gc_thresh3)",
  ],
  ["EINVAL", "arp_constructor", "net/ipv4/arp", "the device does not speak IPv4"],
  ["ENOBUFS", "ip_send_skb", "net/ipv4/ip_output", "the device's queue is full, and IP_RECVERR is set"],
  ["ENOBUFS", "__ip_append_data", "net/ipv4/ip_output", "the pending datagram exceeds twice the send buffer"],
  [
    "EMSGSIZE",
    "__ip_append_data",
    "net/ipv4/ip_output",
    "longer than the MTU and not to be cut (IP_MTU_DISCOVER), or than an IP packet",
  ],
  ["EAGAIN", "sock_alloc_send_pskb", "net/core/sock", "the send buffer is full, and the call does not wait"],
  ["EPIPE", "sock_alloc_send_pskb", "net/core/sock", "shut down for sending"],
  ["EFAULT", "memcpy_fromiovecend", "net/core/iovec", "the data cannot be read"],
];

const REPORTED: readonly Row[] = [
  [
    "ECONNREFUSED",
    "icmp_err_convert",
    "net/ipv4/icmp",
    "an ICMP port unreachable has come for an earlier datagram",
  ],
  [
    "EHOSTUNREACH",
    "icmp_err_convert",
    "net/ipv4/icmp",
    "an ICMP host unreachable has come, and IP_RECVERR is set",
  ],
  [
    "ENETUNREACH",
    "icmp_err_convert",
    "net/ipv4/icmp",
    "an ICMP net unreachable has come, and IP_RECVERR is set",
  ],
  [
    "EMSGSIZE",
    "__udp4_lib_err",
    "net/ipv4/udp",
    "an ICMP fragmentation needed has come, and IP_RECVERR or IP_PMTUDISC_DO is set",
  ],
];

const DESCRIPTOR: readonly Row[] = [
  ["EBADF", "sockfd_lookup_light", "net/socket", "no such descriptor"],
  ["ENOTSOCK", "sock_from_file", "net/socket", "the descriptor is no socket"],
];

const ADDRESS: readonly Row[] = [
  ["EINVAL", "move_addr_to_kernel", "net/socket", "an address length below 0 or above 128"],
  ["EFAULT", "move_addr_to_kernel", "net/socket", "the address cannot be read"],
];

const ROWS: Readonly<Record<Group, readonly Row[]>> = {
  socket: [
    ["EPERM", "inet_create", "net/ipv4/af_inet", "a raw socket without CAP_NET_RAW"],
    ["EACCES", "ping_init_sock", "net/ipv4/ping", "a group outside of net.ipv4.ping_group_range"],
    ["EAFNOSUPPORT", "__sock_create", "net/socket", "no such protocol family"],
    ["EINVAL", "__sock_create", "net/socket", "no such type of socket"],
    ["EINVAL", "sys_socket", "net/socket", "flags in the type that mean nothing"],
    ["EINVAL", "inet_create", "net/ipv4/af_inet", "a protocol above 255"],
    ["EPROTONOSUPPORT", "inet_create", "net/ipv4/af_inet", "no such protocol for this type"],
    ["ESOCKTNOSUPPORT", "inet_create", "net/ipv4/af_inet", "a type that IPv4 has not"],
    ["EMFILE", "get_unused_fd", "tasks", "RLIMIT_NOFILE descriptors are open"],
  ],
  bind: [
    ...DESCRIPTOR,
    ...ADDRESS,
    ["EADDRINUSE", "inet_bind", "net/ipv4/af_inet", "another socket has the port"],
    ["EADDRNOTAVAIL", "inet_bind", "net/ipv4/af_inet", "not an address of this machine"],
    ["EACCES", "inet_bind", "net/ipv4/af_inet", "a port below 1024 without CAP_NET_BIND_SERVICE"],
    ["EINVAL", "inet_bind", "net/ipv4/af_inet", "bound already, or an address shorter than 16 bytes"],
  ],
  connect: [
    ...DESCRIPTOR,
    ...ADDRESS,
    ["EAFNOSUPPORT", "ip4_datagram_connect", "net/ipv4/datagram", "not an IPv4 address"],
    ["EINVAL", "ip4_datagram_connect", "net/ipv4/datagram", "an address shorter than 16 bytes"],
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
    ["EDESTADDRREQ", "udp_sendmsg", "net/ipv4/udp", "not connected, and no address given"],
    ["EACCES", "udp_sendmsg", "net/ipv4/udp", "broadcast destination, but SO_BROADCAST is not set"],
    ["EINVAL", "udp_sendmsg", "net/ipv4/udp", "port 0, or an address shorter than 16 bytes"],
    ["EAFNOSUPPORT", "udp_sendmsg", "net/ipv4/udp", "not an IPv4 address"],
    ["EMSGSIZE", "udp_sendmsg", "net/ipv4/udp", "more than 65535 bytes"],
    ["EOPNOTSUPP", "udp_sendmsg", "net/ipv4/udp", "MSG_OOB"],
    [
      "EINVAL",
      "ip_cmsg_send",
      "net/ipv4/ip_sockglue",
      "a control message that cannot be sent, or of a length that cannot be",
    ],
    ["ENOBUFS", "__sys_sendmsg", "net/socket", "more control data than net.core.optmem_max"],
    ["EMSGSIZE", "__sys_sendmsg", "net/socket", "more than 1024 pieces"],
    ["EAGAIN", "inet_autobind", "net/ipv4/af_inet", "no free port in net.ipv4.ip_local_port_range"],
    ...OUTPUT,
    ...ROUTES,
    ...REPORTED,
  ],
  receive: [
    ...DESCRIPTOR,
    ["EAGAIN", "__skb_recv_datagram", "net/core/datagram", "the queue is empty, and the call does not wait"],
    ["EAGAIN", "ip_recv_error", "net/ipv4/ip_sockglue", "MSG_ERRQUEUE, and no error is waiting"],
    ["EFAULT", "memcpy_toiovec", "net/core/iovec", "the buffer cannot be written"],
    ["EINVAL", "move_addr_to_user", "net/socket", "the length of the address's room is below 0"],
    ["EMSGSIZE", "__sys_recvmsg", "net/socket", "more than 1024 pieces"],
    ...REPORTED,
  ],
  setsockopt: [
    ...DESCRIPTOR,
    ["EPERM", "sock_bindtodevice", "net/core/sock", "SO_BINDTODEVICE without CAP_NET_RAW"],
    [
      "EPERM",
      "sock_setsockopt",
      "net/core/sock",
      "SO_MARK, SO_PRIORITY above 6, SO_RCVBUFFORCE or SO_SNDBUFFORCE without CAP_NET_ADMIN",
    ],
    [
      "EPERM",
      "do_ip_setsockopt",
      "net/ipv4/ip_sockglue",
      "IP_TRANSPARENT or an IPsec policy without CAP_NET_ADMIN",
    ],
    ["EACCES", "sock_setsockopt", "net/core/sock", "SO_DEBUG without CAP_NET_ADMIN"],
    ["ENODEV", "sock_bindtodevice", "net/core/sock", "no such device"],
    [
      "ENODEV",
      "ip_mc_join_group",
      "net/ipv4/igmp",
      "no device has the interface's address, or a route to the group",
    ],
    ["EADDRINUSE", "ip_mc_join_group", "net/ipv4/igmp", "the socket is in that group already"],
    ["ENOBUFS", "ip_mc_join_group", "net/ipv4/igmp", "more groups than net.ipv4.igmp_max_memberships"],
    [
      "ENOBUFS",
      "do_ip_setsockopt",
      "net/ipv4/ip_sockglue",
      "more than net.core.optmem_max, or net.ipv4.igmp_max_msf sources",
    ],
    ["EPROTO", "do_ip_setsockopt", "net/ipv4/ip_sockglue", "a TCP socket joins no groups"],
    ["EADDRNOTAVAIL", "do_ip_setsockopt", "net/ipv4/ip_sockglue", "no device with this address"],
    ["EINVAL", "ip_mc_join_group", "net/ipv4/igmp", "not a multicast address"],
    [
      "EINVAL",
      "do_ip_setsockopt",
      "net/ipv4/ip_sockglue",
      "a value or a length that the option does not take",
    ],
    [
      "EINVAL",
      "sock_setsockopt",
      "net/core/sock",
      "shorter than an int, or a value that the option does not take",
    ],
    ["EFAULT", "sock_setsockopt", "net/core/sock", "the value cannot be read"],
    ["EFAULT", "do_ip_setsockopt", "net/ipv4/ip_sockglue", "the value cannot be read"],
    ["ENOPROTOOPT", "sock_setsockopt", "net/core/sock", "no such option of SOL_SOCKET"],
    ["ENOPROTOOPT", "do_ip_setsockopt", "net/ipv4/ip_sockglue", "no such option of SOL_IP"],
    ["ENOPROTOOPT", "udp_lib_setsockopt", "net/ipv4/udp", "no such option of SOL_UDP"],
  ],
  getsockopt: [
    ...DESCRIPTOR,
    ["ENOPROTOOPT", "sock_getsockopt", "net/core/sock", "no such option of SOL_SOCKET"],
    ["ENOPROTOOPT", "do_ip_getsockopt", "net/ipv4/ip_sockglue", "no such option of SOL_IP"],
    ["ENOPROTOOPT", "udp_lib_getsockopt", "net/ipv4/udp", "no such option of SOL_UDP"],
    ["ENOTCONN", "do_ip_getsockopt", "net/ipv4/ip_sockglue", "IP_MTU of a socket that is not connected"],
    ["ENOTCONN", "sock_getsockopt", "net/core/sock", "SO_PEERNAME of a socket that is not connected"],
    ["EINVAL", "sock_getsockopt", "net/core/sock", "a length below 0"],
    ["EINVAL", "do_ip_getsockopt", "net/ipv4/ip_sockglue", "a length below 0"],
    ["EFAULT", "get_room", "include/asm/uaccess", "the length cannot be read"],
    ["EFAULT", "put_room", "include/asm/uaccess", "the buffer cannot be written"],
  ],
};

/** The places of an error, by its name. */
export function placesOf(group: Group, errno: string): Place[] {
  return ROWS[group]
    .filter(([name]) => name === errno)
    .map(([, fn, file, why]) => ({
      fn,
      file: file.replace("include/asm/uaccess", "arch/x86/include/asm/uaccess"),
      why,
    }));
}

/** Every row, for the test that holds it against the sources. */
export const ALL_PLACES: readonly (readonly [group: Group, ...row: Row])[] = (
  Object.entries(ROWS) as [Group, readonly Row[]][]
).flatMap(([group, rows]) => rows.map((row) => [group, ...row] as const));
