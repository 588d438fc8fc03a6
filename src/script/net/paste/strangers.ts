// SPDX-License-Identifier: GPL-2.0-only
/** Texts that tell of a network and cannot be read, by how they begin: what to give instead. */

interface Stranger {
  readonly what: string;
  readonly expected: string;
}

const STRANGERS: readonly (readonly [RegExp, string, string])[] = [
  [/^Chain \S+ \((?:policy|\d+ references)/, "what iptables -L prints", "what iptables-save prints"],
  [/^table (?:ip6?|inet|arp|bridge|netdev) \S+ \{/, "what nft prints", "what iptables-save prints"],
  [/^\s*network:\s*$/, "a file of netplan", "what ip addr and ip route print once it is in use"],
  [
    /^(?:DEVICE|IPADDR\d*|BOOTPROTO|ONBOOT|NAME|TYPE)=/,
    "a file ifcfg",
    "what ip addr and ip route print once it is in use",
  ],
  [
    /^\[(?:Match|Network|NetDev|connection|ipv4)\]/,
    "a file of a network manager",
    "what ip addr and ip route print once it is in use",
  ],
  [/^Windows IP Configuration/, "what Windows prints", "what ip addr and ip route print on Linux"],
  [/^(?:Internet:|Routing tables)\s*$/, "what netstat prints on a BSD", "what ip route or route -n prints"],
  [/^Address\s+HWtype\s/, "what arp prints", "what ip neigh prints"],
  [/^\S+ \([\d.]+\) at \S+/, "what arp prints", "what ip neigh prints"],
  [/^Iface\s+Destination\s+Gateway/, "/proc/net/route", "what ip route or route -n prints"],
  [/^(?:Main|Local):\s*$/, "/proc/net/fib_trie", "what ip route show table all prints"],
  [/^config \w+(?:\s|$)/, "a file of UCI", "what ip addr and ip route print once it is in use"],
];

export function strangerOf(line: string): Stranger | undefined {
  const found = STRANGERS.find(([pattern]) => pattern.test(line));
  return found === undefined ? undefined : { what: `this is ${found[1]}`, expected: found[2] };
}
