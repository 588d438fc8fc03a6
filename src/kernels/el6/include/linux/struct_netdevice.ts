// SPDX-License-Identifier: GPL-2.0-only
/**
 * include/linux/netdevice.h, inetdevice.h, if.h, their structures and constants alone, so that drivers can read
 * them while they load. Import from netdevice.ts.
 */
import type { Named } from "../../../../trace/record.ts";
import type { Kernel, Net, Timer } from "../../kernel.ts";
import type { HhCache, Neighbour, NeighParms } from "../net/neighbour.ts";
import type { Qdisc } from "../net/sch_generic.ts";
import type { SkBuff } from "./skbuff.ts";

export const NETIF_F_SG = 1;
export const NETIF_F_IP_CSUM = 2;
export const NETIF_F_NO_CSUM = 4;
export const NETIF_F_HW_CSUM = 8;
export const NETIF_F_IPV6_CSUM = 16;
export const NETIF_F_HIGHDMA = 32;
export const NETIF_F_FRAGLIST = 64;
export const NETIF_F_HW_VLAN_TX = 128;
export const NETIF_F_VLAN_CHALLENGED = 1024;
export const NETIF_F_GSO = 2048;
export const NETIF_F_LLTX = 4096;
export const NETIF_F_NETNS_LOCAL = 8192;
export const NETIF_F_TSO = 1 << 16;
export const NETIF_F_UFO = 2 << 16;
export const NETIF_F_GSO_ROBUST = 4 << 16;
export const NETIF_F_TSO_ECN = 8 << 16;
export const NETIF_F_TSO6 = 16 << 16;
export const NETIF_F_RXCSUM = 1 << 29;
export const NETIF_F_LOOPBACK = 1 << 31;
export const NETIF_F_GSO_SHIFT = 16;
export const NETIF_F_GSO_MASK = 0x00ff0000;
export const NETIF_F_GRO = 16384;
export const NETIF_F_GEN_CSUM = NETIF_F_NO_CSUM | NETIF_F_HW_CSUM;
export const NETIF_F_V4_CSUM = NETIF_F_GEN_CSUM | NETIF_F_IP_CSUM;
export const NETIF_F_V6_CSUM = NETIF_F_GEN_CSUM | NETIF_F_IPV6_CSUM;
export const NETIF_F_ALL_CSUM = NETIF_F_V4_CSUM | NETIF_F_V6_CSUM;
export const NETIF_F_ALL_TSO = NETIF_F_TSO | NETIF_F_TSO6 | NETIF_F_TSO_ECN;

// net/if.h
export const IFF_UP = 0x1;
export const IFF_BROADCAST = 0x2;
export const IFF_DEBUG = 0x4;
export const IFF_LOOPBACK = 0x8;
export const IFF_POINTOPOINT = 0x10;
export const IFF_NOTRAILERS = 0x20;
export const IFF_RUNNING = 0x40;
export const IFF_NOARP = 0x80;
export const IFF_PROMISC = 0x100;
export const IFF_ALLMULTI = 0x200;
export const IFF_MASTER = 0x400;
export const IFF_SLAVE = 0x800;
export const IFF_MULTICAST = 0x1000;
/** dev->priv_flags: the driver does not need skb->dst. */
export const IFF_XMIT_DST_RELEASE = 0x400;

export const ARPHRD_ETHER = 1;
export const ARPHRD_LOOPBACK = 772;
/** No link-layer header: a packet begins with its IP header. */
export const ARPHRD_NONE = 0xfffe;
export const ETH_HLEN = 14;
export const ETH_ALEN = 6;

export const NETDEV_TX_OK = 0;
export const NETDEV_TX_BUSY = 0x10;
export const NETDEV_TX_LOCKED = -1;
export const NET_XMIT_SUCCESS = 0;
export const NET_XMIT_DROP = 1;
export const NET_XMIT_CN = 2;
export const NET_XMIT_POLICED = 3;
export const NET_XMIT_MASK = 0xffff;
export const NET_RX_SUCCESS = 0;
export const NET_RX_DROP = 1;

/** struct net_device_ops. */
export interface NetDeviceOps {
  ndo_init?: (k: Kernel, dev: NetDevice) => number;
  ndo_uninit?: (k: Kernel, dev: NetDevice) => void;
  ndo_open?: (k: Kernel, dev: NetDevice) => number;
  ndo_stop?: (k: Kernel, dev: NetDevice) => number;
  ndo_start_xmit: (k: Kernel, skb: SkBuff, dev: NetDevice) => number;
  ndo_change_mtu?: (k: Kernel, dev: NetDevice, mtu: number) => number;
  ndo_set_mac_address?: (k: Kernel, dev: NetDevice, addr: Uint8Array) => number;
  ndo_set_multicast_list?: (k: Kernel, dev: NetDevice) => void;
  ndo_change_rx_flags?: (k: Kernel, dev: NetDevice, flags: number) => void;
  ndo_validate_addr?: (k: Kernel, dev: NetDevice) => number;
  ndo_fix_features?: (k: Kernel, dev: NetDevice, features: number) => number;
}

/** struct header_ops. */
export interface HeaderOps {
  readonly create: (
    k: Kernel,
    skb: SkBuff,
    dev: NetDevice,
    type: number,
    daddr: Uint8Array | null,
    saddr: Uint8Array | null,
    len: number,
  ) => number;
  readonly rebuild: ((k: Kernel, skb: SkBuff) => number) | null;
  /** Fills hh; returns 0 or -1. */
  readonly cache: ((k: Kernel, neigh: Neighbour, hh: HhCache) => number) | null;
  readonly cache_update: ((k: Kernel, hh: HhCache, dev: NetDevice, haddr: Uint8Array) => void) | null;
}

/** struct net_device_stats, the columns of /proc/net/dev. */
export interface NetDeviceStats {
  rx_packets: number;
  tx_packets: number;
  rx_bytes: number;
  tx_bytes: number;
  rx_errors: number;
  tx_errors: number;
  rx_dropped: number;
  tx_dropped: number;
  multicast: number;
  collisions: number;
}

/** struct netdev_queue: el6 devices here have one. */
export interface NetdevQueue {
  dev: NetDevice;
  qdisc: Qdisc;
  qdisc_sleeping: Qdisc;
  /** __QUEUE_STATE_XOFF. */
  stopped: boolean;
  frozen: boolean;
  /** CPU that holds the transmit lock, -1 when none. */
  xmit_lock_owner: number;
  trans_start: number;
}

/** struct net_device. */
export class NetDevice {
  readonly oid: number;
  name: string;
  ifindex = 0;
  iflink = 0;
  /** __LINK_STATE_START and so on. */
  running = false;
  present = true;
  carrier = true;
  features = 0;
  vlan_features = 0;
  readonly stats: NetDeviceStats = {
    rx_packets: 0,
    tx_packets: 0,
    rx_bytes: 0,
    tx_bytes: 0,
    rx_errors: 0,
    tx_errors: 0,
    rx_dropped: 0,
    tx_dropped: 0,
    multicast: 0,
    collisions: 0,
  };
  netdev_ops: NetDeviceOps;
  header_ops: HeaderOps | null = null;
  flags = 0;
  gflags = 0;
  priv_flags = IFF_XMIT_DST_RELEASE;
  mtu = 1500;
  type = ARPHRD_ETHER;
  hard_header_len = ETH_HLEN;
  needed_headroom = 0;
  needed_tailroom = 0;
  addr_len = ETH_ALEN;
  dev_addr: Uint8Array = new Uint8Array(6);
  broadcast: Uint8Array = new Uint8Array(6);
  /** Link-layer multicast list: address as hex, users. */
  readonly mc_list: Map<string, number> = new Map();
  /** da_synced: addresses that the device below listens to as well. */
  readonly mc_synced: Set<string> = new Set();
  promiscuity = 0;
  allmulti = 0;
  ip_ptr: InDevice | null = null;
  tx!: NetdevQueue;
  qdisc!: Qdisc;
  tx_queue_len = 1000;
  refcnt = 1;
  reg_state: "uninitialized" | "registered" | "unregistering" | "unregistered" | "released" = "uninitialized";
  nd_net: Net;
  gso_max_size = 65536;
  gso_max_segs = 65535;
  /** __LINK_STATE_LINKWATCH_PENDING. */
  linkwatch_pending = false;
  /** Names of the counters in events, and the device name they were made of. */
  counter_names: { of?: string } & Partial<Record<keyof NetDeviceStats, string>> = {};
  /** veth's other end. */
  peer: NetDevice | null = null;
  /** vlan_dev_info: the device below and the tag. */
  /** The VLANs on this device, in order of registration. */
  readonly vlan_devices: NetDevice[] = [];
  vlan: { readonly real_dev: NetDevice; readonly vlan_id: number } | null = null;
  /** ifb: what waits for its tasklet. */
  readonly ifb_rq: SkBuff[] = [];
  /** tun: a program has the device open. */
  tfile = false;
  /** "loopback", "dummy", "veth", "ifb", "vlan", "tun", "tap". */
  kind: string;
  constructor(oid: number, name: string, kind: string, ops: NetDeviceOps, net: Net) {
    this.oid = oid;
    this.name = name;
    this.kind = kind;
    this.netdev_ops = ops;
    this.nd_net = net;
  }
}

/** struct in_ifaddr. Addresses in host order. */
export interface InIfaddr {
  ifa_dev: InDevice;
  ifa_local: number;
  ifa_address: number;
  ifa_mask: number;
  ifa_broadcast: number;
  ifa_scope: number;
  ifa_flags: number;
  ifa_prefixlen: number;
  ifa_label: string;
  /** A later kernel's IFA_F_NOPREFIXROUTE. */
  noprefixroute?: true;
}
export const IFA_F_SECONDARY = 0x01;
export const IFA_F_PERMANENT = 0x80;

/** struct ip_sf_list: a source that somebody filters in a group. */
export interface IpSfList {
  sf_inaddr: number;
  /** How many sockets exclude it [MCAST_EXCLUDE], how many include it [MCAST_INCLUDE]. */
  sf_count: [number, number];
  sf_gsresp: number;
  sf_oldin: boolean;
  sf_crcount: number;
}

/** struct ip_mc_list: a group that a device has joined. */
export interface IpMcList {
  readonly interface: InDevice;
  multiaddr: number;
  users: number;
  refcnt: number;
  loaded: number;
  /** MCAST_EXCLUDE 0 or MCAST_INCLUDE 1. */
  sfmode: number;
  sfcount: [number, number];
  sources: IpSfList[];
  /** Sources whose filter is gone, which still has to be reported. */
  tomb: IpSfList[];
  reporter: number;
  tm_running: number;
  unsolicit_count: number;
  gsquery: number;
  crcount: number;
  timer: Timer;
}

/** struct in_device. `cnf` is ipv4_devconf by sysctl name: forwarding, rp_filter, accept_local, … */
export interface InDevice {
  readonly oid: number;
  dev: NetDevice;
  refcnt: number;
  dead: boolean;
  /** ifa_list, primaries and secondaries in the kernel's order. */
  ifa_list: InIfaddr[];
  /** The same, by subnet (prefix and length in one number) and address: a device may have thousands. */
  readonly ifa_subnets: Map<number, Map<number, InIfaddr>>;
  /** The newest group is at index 0. */
  mc_list: IpMcList[];
  mr_v1_seen: number;
  mr_v2_seen: number;
  mr_maxdelay: number;
  mr_qrv: number;
  /** Groups that were left, which still has to be reported. */
  mc_tomb: IpMcList[];
  mr_gq_running: number;
  mr_gq_timer: Timer | null;
  mr_ifc_count: number;
  mr_ifc_timer: Timer | null;
  arp_parms: NeighParms;
  cnf: Ipv4Devconf;
  /** Settings that no longer follow conf/default. */
  cnf_state: Set<keyof Ipv4Devconf>;
}

/** struct ipv4_devconf, by the names of net.ipv4.conf.*. */
export interface Ipv4Devconf {
  forwarding: number;
  mc_forwarding: number;
  proxy_arp: number;
  accept_redirects: number;
  secure_redirects: number;
  send_redirects: number;
  shared_media: number;
  rp_filter: number;
  accept_source_route: number;
  bootp_relay: number;
  log_martians: number;
  tag: number;
  arp_filter: number;
  arp_announce: number;
  arp_ignore: number;
  arp_accept: number;
  arp_notify: number;
  proxy_arp_pvlan: number;
  medium_id: number;
  disable_xfrm: number;
  disable_policy: number;
  force_igmp_version: number;
  promote_secondaries: number;
  accept_local: number;
  route_localnet: number;
  src_valid_mark: number;
}

/** struct softnet_data of the one CPU. */
export interface SoftnetData extends Named {
  /** Its napi_struct. */
  readonly backlog: Named;
  /** Devices whose qdisc waits for net_tx_action. */
  output_queue: Qdisc[];
  completion_queue: SkBuff[];
  input_pkt_queue: SkBuff[];
  input_queue_head: number;
  /** The backlog NAPI is on the poll list. */
  backlog_scheduled: boolean;
  /** Its weight: net.core.dev_weight as of its last run. */
  backlog_weight: number;
  /** Columns of /proc/net/softnet_stat. */
  processed: number;
  dropped: number;
  time_squeeze: number;
}
