// SPDX-License-Identifier: GPL-2.0-only
/** include/linux/inetdevice.h: how the settings of a device and those of `all` combine. */
import { dev_net, type InDevice, type InIfaddr, type Ipv4Devconf } from "./netdevice.ts";

/** The device's own setting. */
export function IN_DEV_CONF_GET(in_dev: InDevice, attr: keyof Ipv4Devconf): number {
  return in_dev.cnf[attr];
}
/** On where both `all` and the device say so. */
export function IN_DEV_ANDCONF(in_dev: InDevice, attr: keyof Ipv4Devconf): boolean {
  return dev_net(in_dev.dev).devconf_all[attr] !== 0 && in_dev.cnf[attr] !== 0;
}
/** On where `all` or the device says so. */
export function IN_DEV_ORCONF(in_dev: InDevice, attr: keyof Ipv4Devconf): boolean {
  return dev_net(in_dev.dev).devconf_all[attr] !== 0 || in_dev.cnf[attr] !== 0;
}
/** The larger of both. */
export function IN_DEV_MAXCONF(in_dev: InDevice, attr: keyof Ipv4Devconf): number {
  return Math.max(dev_net(in_dev.dev).devconf_all[attr], in_dev.cnf[attr]);
}

export function IN_DEV_FORWARD(in_dev: InDevice): boolean {
  return in_dev.cnf.forwarding !== 0;
}
export function IN_DEV_MFORWARD(in_dev: InDevice): boolean {
  return IN_DEV_ANDCONF(in_dev, "mc_forwarding");
}
export function IN_DEV_RPFILTER(in_dev: InDevice): number {
  return IN_DEV_MAXCONF(in_dev, "rp_filter");
}
export function IN_DEV_SRC_VMARK(in_dev: InDevice): boolean {
  return IN_DEV_ORCONF(in_dev, "src_valid_mark");
}
export function IN_DEV_SOURCE_ROUTE(in_dev: InDevice): boolean {
  return IN_DEV_ANDCONF(in_dev, "accept_source_route");
}
export function IN_DEV_ACCEPT_LOCAL(in_dev: InDevice): boolean {
  return IN_DEV_ORCONF(in_dev, "accept_local");
}
export function IN_DEV_LOG_MARTIANS(in_dev: InDevice): boolean {
  return IN_DEV_ORCONF(in_dev, "log_martians");
}
export function IN_DEV_PROXY_ARP(in_dev: InDevice): boolean {
  return IN_DEV_ORCONF(in_dev, "proxy_arp");
}
export function IN_DEV_PROXY_ARP_PVLAN(in_dev: InDevice): boolean {
  return in_dev.cnf.proxy_arp_pvlan !== 0;
}
export function IN_DEV_BOOTP_RELAY(in_dev: InDevice): boolean {
  return IN_DEV_ANDCONF(in_dev, "bootp_relay");
}
export function IN_DEV_SHARED_MEDIA(in_dev: InDevice): boolean {
  return IN_DEV_ORCONF(in_dev, "shared_media");
}
export function IN_DEV_TX_REDIRECTS(in_dev: InDevice): boolean {
  return IN_DEV_ORCONF(in_dev, "send_redirects");
}
export function IN_DEV_SEC_REDIRECTS(in_dev: InDevice): boolean {
  return IN_DEV_ORCONF(in_dev, "secure_redirects");
}
export function IN_DEV_MEDIUM_ID(in_dev: InDevice): number {
  return in_dev.cnf.medium_id;
}
export function IN_DEV_PROMOTE_SECONDARIES(in_dev: InDevice): boolean {
  return IN_DEV_ORCONF(in_dev, "promote_secondaries");
}
export function IN_DEV_ROUTE_LOCALNET(in_dev: InDevice): boolean {
  return IN_DEV_ORCONF(in_dev, "route_localnet");
}
/** A router needs the consent of both, a host that of either. */
export function IN_DEV_RX_REDIRECTS(in_dev: InDevice): boolean {
  return IN_DEV_FORWARD(in_dev)
    ? IN_DEV_ANDCONF(in_dev, "accept_redirects")
    : IN_DEV_ORCONF(in_dev, "accept_redirects");
}
export function IN_DEV_ARPFILTER(in_dev: InDevice): boolean {
  return IN_DEV_ORCONF(in_dev, "arp_filter");
}
export function IN_DEV_ARP_ANNOUNCE(in_dev: InDevice): number {
  return IN_DEV_MAXCONF(in_dev, "arp_announce");
}
export function IN_DEV_ARP_IGNORE(in_dev: InDevice): number {
  return IN_DEV_MAXCONF(in_dev, "arp_ignore");
}
export function IN_DEV_ARP_NOTIFY(in_dev: InDevice): number {
  return IN_DEV_MAXCONF(in_dev, "arp_notify");
}

/** The network mask of a prefix length. */
export function inet_make_mask(logmask: number): number {
  return logmask === 0 ? 0 : (0xffffffff << (32 - logmask)) >>> 0;
}
/** Is `addr` in the subnet of this interface address? */
export function inet_ifa_match(addr: number, ifa: InIfaddr): boolean {
  return ((addr ^ ifa.ifa_address) & ifa.ifa_mask) === 0;
}
