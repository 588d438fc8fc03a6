// SPDX-License-Identifier: GPL-2.0-only
/** The Ethernet header (linux/if_ether.h): byte offsets and types. */
export const ETH_DEST = 0;
export const ETH_SOURCE = 6;
export const ETH_PROTO = 12;
export const ETH_P_IP = 0x0800;
export const ETH_P_ARP = 0x0806;
export const ETH_P_8021Q = 0x8100;
export const ETH_P_IPV6 = 0x86dd;
export const ETH_P_802_3 = 0x0001;
export const ETH_P_802_2 = 0x0004;
export const ETH_P_ALL = 0x0003;

/** `02:00:00:00:00:10` of six bytes. */
export function formatMac(b: Uint8Array, at = 0, len = 6): string {
  let s = "";
  for (let i = 0; i < len; i++)
    s += `${i === 0 ? "" : ":"}${(b[at + i] as number).toString(16).padStart(2, "0")}`;
  return s;
}
/** Six bytes of `02:00:00:00:00:10`, or undefined. */
export function parseMac(text: string): Uint8Array | undefined {
  if (!/^[0-9a-fA-F]{1,2}(:[0-9a-fA-F]{1,2}){5}$/.test(text)) return undefined;
  return Uint8Array.from(text.split(":"), (x) => Number.parseInt(x, 16));
}
