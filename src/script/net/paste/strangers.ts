// SPDX-License-Identifier: GPL-2.0-only
/** Texts that tell of a network and cannot be read, by how they begin: what to give instead. */

export interface Stranger {
  readonly what: string;
  readonly expected: string;
}

const IN_USE = "what ip addr and ip route print once it is in use";
const ON_LINUX = "what ip addr and ip route print on Linux";
const RULES = "what iptables-save prints";
const SOCKETS = "sockets come with the calls; of the network, what ip addr and ip route print";
const STATE = "what ip addr and ip route print";

type Row = readonly [looks: RegExp, what: string, expected: string];

const FIREWALLS: readonly Row[] = [
  [/^\s*Chain \S+ \((?:policy|\d+ references)/, "what iptables -L prints", RULES],
  [/^\s*table (?:(?:ip6?|inet|arp|bridge|netdev) )?\S+ \{|^\s*\{"nftables":/, "what nft prints", RULES],
  [/^(?:add|flush|delete) (?:table|chain|rule) (?:ip6?|inet) |^flush ruleset/, "a script of nft", RULES],
  [/^Status: (?:active|inactive)\s*$|^Profile: \S/, "what ufw prints", RULES],
  [
    /^\S+(?: \((?:default, )?active\))\s*$|^ {2}target: (?:default|ACCEPT|DROP)/,
    "what firewall-cmd prints",
    RULES,
  ],
  [/^Bridge table: /, "what ebtables prints", RULES],
  [/^(?:Pkt|num) +pkts /, "what iptables -L prints", RULES],
];

const MANAGERS: readonly Row[] = [
  [/^\s*network:\s*(?:$|\{)|^\s*(?:ethernets|renderer): ?/, "a file of netplan", IN_USE],
  [
    /^\[(?:Match|Network|NetDev|Link|Address|Route|RoutingPolicyRule|connection|ipv4|ipv6|ethernet|wifi|802-\S+)\]/,
    "a file of a network manager",
    IN_USE,
  ],
  [/^\[(?:Interface|Peer)\]/, "a file of WireGuard", IN_USE],
  [/^interface: \S+\s*$|^ {2}public key: /, "what wg prints", STATE],
  [/^config \w+(?:\s|$)|^network\.\w+(?:\.\w+)?=/, "a file of UCI", IN_USE],
  [
    /^(?:GENERAL\.[A-Z]+|connection\.id|IP4\.ADDRESS\[1\]):|^(?:DEVICE|NAME|STATE|PERMISSION)\s{2,}[A-Z]|^\S+: (?:connected|disconnected|unmanaged|connecting)(?: |$)/,
    "what nmcli prints",
    STATE,
  ],
  [/^IDX LINK\s+TYPE|^● \d+: \S+/, "what networkctl prints", STATE],
  [/^set interfaces |^set protocols static /, "a router's configuration", ON_LINUX],
  [/^lease \{|^\s*fixed-address /, "a lease of dhclient", STATE],
  [/^#cloud-config|^\s*- type: physical/, "a file of cloud-init", IN_USE],
];

const OTHER_SYSTEMS: readonly Row[] = [
  [
    /^Windows[ -]IP[ -]|^(?:Configuration|Configuraci.n) IP|^\s*(?:Ethernet|Wireless LAN|Unknown|Tunnel) adapter |^=+\s*Interface List|^Interface List|^(?:IPv[46] )?Route Table|^Active Routes:|^Network Destination\s+Netmask|^\s*ifIndex\s+DestinationPrefix|^Interface: [\d.]+ --- 0x/,
    "what Windows prints",
    ON_LINUX,
  ],
  [
    /^(?:Internet6?:|Routing tables|Routing Table: IPv4)|^Destination\s+Gateway\s+Flags\s|^\s+route to: /,
    "what netstat or route prints on a BSD or on macOS",
    "what ip route or route -n prints on Linux",
  ],
  [
    /^Codes: K - kernel|^[A-Z][>*]{0,2}\s+\d+\.\d+\.\d+\.\d+\/\d+ (?:\[\d+\/\d+\] via|is directly)/,
    "a router's table",
    ON_LINUX,
  ],
  [/^(?:Codes: L - local|Gateway of last resort)/, "what a Cisco router prints", ON_LINUX],
  [
    /^\s*(?:interface (?:\S*Ethernet|Vlan|Loopback|Port-channel)\S*|ip address [\d.]+ [\d.]+)\s*$/i,
    "a router's configuration",
    ON_LINUX,
  ],
  [/^ip route [\d.]+ 255\.|^ip route [\d.]+ 0\.0\.0\.0 /, "a router's configuration", ON_LINUX],
  [/^Flags: [XDA] - /, "what a MikroTik prints", ON_LINUX],
  [
    /^(?:kern|hw|machdep|vfs|security|compat|p1003_1b|user|net|vm|debug|kstat)\.[\w.%-]+: /,
    "what sysctl prints on a BSD or on macOS",
    "what sysctl -a prints on Linux",
  ],
  [/^\s*\S+ \([\d.]+\) at \S+/, "what arp prints on another system", "what ip neigh prints on Linux"],
  [/^BIRD [\d.]+ ready|^Table \w+:\s*$/, "what birdc prints", STATE],
];

const LISTS: readonly Row[] = [
  [/^Kernel IP routing cache/, "the routing cache", "what ip route or route -n prints"],
  [/^Iface\s+Destination\s+Gateway/, "/proc/net/route", "what ip route or route -n prints"],
  [/^(?:Main|Local):\s*$|^Id \d+:\s*$/, "/proc/net/fib_trie", "what ip route show table all prints"],
  [/^Inter-\|\s+Receive/, "/proc/net/dev", STATE],
  [/^Kernel Interface table|^Name\s+Mtu\s|^Iface\s+MTU\s/, "what netstat -i prints", STATE],
  [/^Active (?:Internet|UNIX)|^Proto\s+Recv-Q|^Netid\s+State|^State\s+Recv-Q/, "a list of sockets", SOCKETS],
  [/^\s*sl\s+local_address/, "/proc/net/udp", SOCKETS],
  [/^(?:Ip|TcpExt|IpExt|Icmp|Udp):(?:\s|$)/, "counters", STATE],
  [
    /^(?:Settings|(?:Ring|Channel|Coalesce|Pause) parameters|Features) for \S+:|^driver: \S+$/,
    "what ethtool prints",
    STATE,
  ],
  [/^\S+\s+(?:IEEE 802\.11|no wireless extensions)/, "what iwconfig prints", STATE],
  [/^bridge name\s+bridge id/, "what brctl prints", STATE],
  [/^\s*\*-network/, "what lshw prints", STATE],
  [/^(?:traceroute|PING|tracepath) /, "what ping or traceroute prints", STATE],
  [/^\d\d:\d\d:\d\d\.\d+ (?:IP6?|ARP)\b|^tcpdump: /, "what tcpdump prints", STATE],
  [/^\s*(?:nameserver|search|domain) \S+/, "a file of names", STATE],
];

const STRANGERS: readonly Row[] = [...FIREWALLS, ...MANAGERS, ...OTHER_SYSTEMS, ...LISTS];

export function strangerOf(line: string): Stranger | undefined {
  const found = STRANGERS.find(([pattern]) => pattern.test(line));
  return found === undefined ? undefined : { what: `this is ${found[1]}`, expected: found[2] };
}

/** `ifconfig` of the BSDs and of macOS: flags and masks are written in other ways there. */
const BSD =
  /^\S+: flags=[0-9a-f]+<[^>]*\b(?:SIMPLEX|SMART|IPv4|IPv6|GROUPRT)\b|^\S+: flags=[0-9a-f]+<[^>]*> metric \d+ mtu |^\s+inet [\d.]+(?:\/\d+)?(?: --> [\d.]+)? netmask 0?x?[0-9a-f]{8}\b/m;

export const BSD_IFCONFIG: Stranger = {
  what: "this is what ifconfig prints on a BSD or on macOS",
  expected: "what ip addr or ifconfig prints on Linux",
};

/** Is there any of that? */
export function isBsd(text: string): boolean {
  return BSD.test(text);
}

/** What a program says that could not do what it was told. */
const FAILURE =
  /^(?:ip: )?(?:RTNETLINK (?:answers|error)|SIOC\w+|ioctl\b[^:]*): (.*)$|^((?:Cannot (?:find|open|send|talk)|Error: |Device ".*" does not|Device "|Failed to |Command line is not|Object ".*" is unknown|Dump (?:was|terminated)).*)$|^(?:ip6?tables(?: v[\d.]+[^:]*|-\w+)?|sysctl|route|ifconfig|ip|tc|error|iptables-restore[^:]*): ((?!\d).*)$|^\S*(?:bash|sh|zsh|ash): .*: (.*)$|^(Try `\S+ -h' or .*|Usage: .*|See .* for details)$|^.*: (command not found|Operation not permitted|Permission denied|No such file or directory|No such device)$/;

/** What went wrong, in the program's words; undefined for what is no such line. */
export function failureOf(text: string): string | undefined {
  const m = FAILURE.exec(text.trim());
  return m === null ? undefined : (m[1] ?? m[2] ?? m[3] ?? m[4] ?? m[5] ?? m[6] ?? "").slice(0, 80);
}
