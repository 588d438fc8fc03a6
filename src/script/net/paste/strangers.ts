// SPDX-License-Identifier: GPL-2.0-only
/** Texts that tell of a network and cannot be read, by how they begin: what to give instead. */

export interface Stranger {
  readonly what: string;
  readonly expected: string;
}

const IN_USE = "output of ip addr and ip route once it is applied";
const ON_LINUX = "output of ip addr and ip route on Linux";
const RULES = "output of iptables-save";
const SOCKETS = "the output of ip addr and ip route";
const STATE = "output of ip addr and ip route";

type Row = readonly [looks: RegExp, what: string, expected: string];

const FIREWALLS: readonly Row[] = [
  [/^\s*Chain \S+ \((?:policy|\d+ references)/, "output of iptables -L", RULES],
  [/^\s*table (?:(?:ip6?|inet|arp|bridge|netdev) )?\S+ \{|^\s*\{"nftables":/, "output of nft", RULES],
  [/^(?:add|flush|delete) (?:table|chain|rule) (?:ip6?|inet) |^flush ruleset/, "an nft script", RULES],
  [/^Status: (?:active|inactive)\s*$|^Profile: \S/, "output of ufw", RULES],
  [
    /^\S+(?: \((?:default, )?active\))\s*$|^ {2}target: (?:default|ACCEPT|DROP)/,
    "output of firewall-cmd",
    RULES,
  ],
  [/^Bridge table: /, "output of ebtables", RULES],
  [/^(?:Pkt|num) +pkts /, "output of iptables -L", RULES],
];

const MANAGERS: readonly Row[] = [
  [/^\s*network:\s*(?:$|\{)|^\s*(?:ethernets|renderer): ?/, "a netplan file", IN_USE],
  [
    /^\[(?:Match|Network|NetDev|Link|Address|Route|RoutingPolicyRule|connection|ipv4|ipv6|ethernet|wifi|802-\S+)\]/,
    "a NetworkManager or systemd-networkd file",
    IN_USE,
  ],
  [/^\[(?:Interface|Peer)\]/, "a WireGuard file", IN_USE],
  [/^interface: \S+\s*$|^ {2}public key: /, "output of wg", STATE],
  [/^config \w+(?:\s|$)|^network\.\w+(?:\.\w+)?=/, "a UCI file", IN_USE],
  [
    /^(?:GENERAL\.[A-Z]+|connection\.id|IP4\.ADDRESS\[1\]):|^(?:DEVICE|NAME|STATE|PERMISSION)\s{2,}[A-Z]|^\S+: (?:connected|disconnected|unmanaged|connecting)(?: |$)/,
    "output of nmcli",
    STATE,
  ],
  [/^IDX LINK\s+TYPE|^● \d+: \S+/, "output of networkctl", STATE],
  [/^set interfaces |^set protocols static /, "a router's configuration", ON_LINUX],
  [/^lease \{|^\s*fixed-address /, "a dhclient lease", STATE],
  [/^#cloud-config|^\s*- type: physical/, "a cloud-init file", IN_USE],
];

const OTHER_SYSTEMS: readonly Row[] = [
  [
    /^Windows[ -]IP[ -]|^(?:Configuration|Configuraci.n) IP|^\s*(?:Ethernet|Wireless LAN|Unknown|Tunnel) adapter |^=+\s*Interface List|^Interface List|^(?:IPv[46] )?Route Table|^Active Routes:|^Network Destination\s+Netmask|^\s*ifIndex\s+DestinationPrefix|^Interface: [\d.]+ --- 0x/,
    "output of a Windows tool",
    ON_LINUX,
  ],
  [
    /^(?:Internet6?:|Routing tables|Routing Table: IPv4)|^Destination\s+Gateway\s+Flags\s|^\s+route to: /,
    "output of netstat or route on a BSD or on macOS",
    "output of ip route or route -n on Linux",
  ],
  [
    /^Codes: K - kernel|^[A-Z][>*]{0,2}\s+\d+\.\d+\.\d+\.\d+\/\d+ (?:\[\d+\/\d+\] via|is directly)/,
    "a router's routing table",
    ON_LINUX,
  ],
  [/^(?:Codes: L - local|Gateway of last resort)/, "output of a Cisco router", ON_LINUX],
  [
    /^\s*(?:interface (?:\S*Ethernet|Vlan|Loopback|Port-channel)\S*|ip address [\d.]+ [\d.]+)\s*$/i,
    "a router's configuration",
    ON_LINUX,
  ],
  [/^ip route [\d.]+ 255\.|^ip route [\d.]+ 0\.0\.0\.0 /, "a router's configuration", ON_LINUX],
  [/^Flags: [XDA] - /, "output of a MikroTik", ON_LINUX],
  [
    /^(?:kern|hw|machdep|vfs|security|compat|p1003_1b|user|net|vm|debug|kstat)\.[\w.%-]+: /,
    "output of sysctl on a BSD or on macOS",
    "output of sysctl -a on Linux",
  ],
  [/^\s*\S+ \([\d.]+\) at \S+/, "output of arp on another system", "output of ip neigh on Linux"],
  [/^BIRD [\d.]+ ready|^Table \w+:\s*$/, "output of birdc", STATE],
];

const LISTS: readonly Row[] = [
  [/^Kernel IP routing cache/, "the routing cache", "output of ip route or route -n"],
  [/^Iface\s+Destination\s+Gateway/, "/proc/net/route", "output of ip route or route -n"],
  [/^(?:Main|Local):\s*$|^Id \d+:\s*$/, "/proc/net/fib_trie", "output of ip route show table all"],
  [/^Inter-\|\s+Receive/, "/proc/net/dev", STATE],
  [/^Kernel Interface table|^Name\s+Mtu\s|^Iface\s+MTU\s/, "output of netstat -i", STATE],
  [/^Active (?:Internet|UNIX)|^Proto\s+Recv-Q|^Netid\s+State|^State\s+Recv-Q/, "a socket list", SOCKETS],
  [/^\s*sl\s+local_address/, "/proc/net/udp", SOCKETS],
  [/^(?:Ip|TcpExt|IpExt|Icmp|Udp):(?:\s|$)/, "counters", STATE],
  [
    /^(?:Settings|(?:Ring|Channel|Coalesce|Pause) parameters|Features) for \S+:|^driver: \S+$/,
    "output of ethtool",
    STATE,
  ],
  [/^\S+\s+(?:IEEE 802\.11|no wireless extensions)/, "output of iwconfig", STATE],
  [/^bridge name\s+bridge id/, "output of brctl", STATE],
  [/^\s*\*-network/, "output of lshw", STATE],
  [/^(?:traceroute|PING|tracepath) /, "output of ping or traceroute", STATE],
  [/^\d\d:\d\d:\d\d\.\d+ (?:IP6?|ARP)\b|^tcpdump: /, "output of tcpdump", STATE],
  [/^\s*(?:nameserver|search|domain) \S+/, "a hosts file", STATE],
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
  what: "this is output of ifconfig on a BSD or on macOS",
  expected: "output of ip addr or ifconfig on Linux",
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
