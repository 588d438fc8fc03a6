// SPDX-License-Identifier: GPL-2.0-only
/** A line of commands as a shell would take it apart, and as `ip -batch` has them, without the program's name. */
import { parseIpv6 } from "../../../wire/ipv6.ts";
import { ScriptError, unknownWord } from "../../error.ts";
import { takeIpOptions } from "../../iproute2/options.ts";
import { PROGRAMS, readConfig } from "../../iproute2.ts";
import { quoted } from "../../quoted.ts";
import { Reader, type ReaderNote } from "../../reader.ts";
import { shellWords, type Word } from "../../words.ts";
import { netToolsCommands } from "../net-tools.ts";
import type { NetCommand } from "../network.ts";
import { commandsOf, type ShellCommand } from "./shell.ts";

/** Objects of `ip`, which may be abbreviated. */
const OBJECTS = ["link", "address", "route", "rule", "neighbour", "neighbor", "tuntap", "xfrm"];
const SHOW = ["show", "list", "lst", "ls", "sh", "s", "l", "get", "g", "save"];
/** Programs whose answers may follow, and which change nothing. */
const ASKING = [
  ..."ifconfig route netstat iptables-save ip6tables-save arp cat uname hostname hostnamectl ss ping traceroute tracepath mtr dig nslookup host nmcli nft ls date tcpdump curl dmesg lspci lsmod whoami id w uptime resolvectl networkctl".split(
    " ",
  ),
];
/** What scripts do besides. */
const OTHERS = [
  ..."modprobe rmmod set exit true sleep systemctl service ethtool brctl vconfig ifup ifdown dhclient wg wpa_supplicant".split(
    " ",
  ),
  ..."ip6tables iptables-restore ip6tables-restore iptables-apply netfilter-persistent ebtables arptables firewall-cmd ufw mkdir mount export cd".split(
    " ",
  ),
];

/** One command: what it changes, or that it asks, or that it is of no use here. */
export type Told =
  | {
      readonly kind: "change";
      readonly text: string;
      readonly changes: NetCommand["changes"];
      readonly notes: readonly ReaderNote[];
      readonly column: number;
    }
  | {
      readonly kind: "question";
      readonly words: readonly string[];
      readonly piped: boolean;
      readonly where: string;
      readonly ipv6: boolean;
    }
  | { readonly kind: "note"; readonly text: string; readonly item?: string; readonly column: number };

/** Is the first word one of a program that we know something of? */
export function isProgram(text: string): boolean {
  return known(text) || ASKING.includes(text) || OTHERS.includes(text) || text === "echo";
}

const known = (text: string): boolean => (PROGRAMS as readonly string[]).includes(text);

/** The commands of a line; `chains`: those of iptables so far. Throws `ScriptError`. */
export function tellCommands(line: string, chains: Set<string>): Told[] {
  return commandsOf(line).flatMap((command) => tell(command, line, chains));
}

function tell({ words, piped, where }: ShellCommand, line: string, chains: Set<string>): Told[] {
  const [first] = words;
  if (first === undefined) return [];
  for (const word of words) refuseControl(word);
  const translated = netToolsCommands(words);
  if (translated !== undefined)
    return translated.flatMap((text) => change(shellWords(text), text, chains, first.column));
  const named = withProgram(words);
  const texts = named.map((w) => w.text);
  const ipv6 = isIpv6(named);
  if (isQuestion(texts)) return [{ kind: "question", words: texts, piped, where, ipv6 }];
  if (ipv6) return [{ kind: "note", text: "IPv6 is not modelled: left out", column: first.column }];
  if (where !== "") {
    const text = `this is done in ${where}, which is another network: left out`;
    return [{ kind: "note", text, column: first.column }];
  }
  const text = first.text.replace(/^(ip6?tables)-(?:legacy|nft)$/, "$1");
  if (text === "echo" || text === "true" || text === "sleep" || text === "exit") return [];
  if (!known(named[0]?.text ?? "")) {
    return [{ kind: "note", text: "not needed, left out", item: text, column: first.column }];
  }
  return change(named, line, chains, first.column);
}

function change(words: readonly Word[], line: string, chains: Set<string>, column: number): Told[] {
  for (const { text, column: at, quoted: isQuoted } of words) {
    const name = isQuoted === true ? undefined : /\$\{?([A-Za-z_]\w*)/.exec(text)?.[1];
    if (name !== undefined)
      throw new ScriptError(at, `the value of $${name} is not here`, "the value itself");
  }
  const r = new Reader(words, line.trimEnd().length + 1, chains);
  const changes = readConfig(r);
  const text = words.map((w) => quoted(w.text)).join(" ");
  return [{ kind: "change", text, changes, notes: r.notes, column }];
}

/** The program's name put in front where it is left out. */
function withProgram(all: readonly Word[]): readonly Word[] {
  const [head, ...rest] = all as [Word, ...Word[]];
  const first = { ...head, text: head.text.replace(/^(ip6?tables)-(?:legacy|nft)$/, "$1") };
  const words = [first, ...rest];
  if (isProgram(first.text) && first.text !== "route") return words;
  if (first.text === "route" && (words[1] === undefined || /^-/.test(words[1].text))) return words;
  if (OBJECTS.some((o) => o.startsWith(first.text)) || /^-(?:[46]|f|family)$/.test(first.text)) {
    return [{ text: "ip", column: first.column, bare: true }, ...words];
  }
  if (first.text === "qdisc") return [{ text: "tc", column: first.column, bare: true }, ...words];
  if (SHELL.test(first.text))
    throw new ScriptError(
      first.column,
      `this is a shell's ${JSON.stringify(first.text)}`,
      "the commands that are run, such as ip link",
    );
  throw unknownWord(first.column, first.text, "a command such as ip link", [
    ...PROGRAMS,
    ...OBJECTS,
    "qdisc",
  ]);
}

/** Loops, conditions and variables are not followed. */
const SHELL = /^(?:for|while|until|if|elif|else|case|function|then|do|done|fi|esac|\[{1,2}|\w+=.*)$/;

function isQuestion([program = "", ...words]: readonly string[]): boolean {
  if (ASKING.includes(program)) return true;
  if (program === "iptables" || program === "ip6tables")
    return words.some((w) => /^-[nvx]*[LS][nvx]*$/.test(w) || w === "--list" || w === "--list-rules");
  if (program === "sysctl") {
    const plain = words.filter((w) => !w.startsWith("-"));
    return (
      words.includes("-a") ||
      words.includes("--all") ||
      (plain.length > 0 && plain.every((w) => !w.includes("=")))
    );
  }
  if (program === "tc") return words.includes("show") || words.includes("ls");
  return program === "ip" && asks(words);
}

/** `ip [-4 -s …] OBJECT [show …]`. */
function asks(words: readonly string[]): boolean {
  const r = new Reader(
    words.map((text) => ({ text, column: 1, bare: true })),
    1,
  );
  if (words.includes("-V") || words.includes("help")) return true;
  try {
    takeIpOptions(r);
  } catch {
    return false;
  }
  const object = r.peek() ?? "";
  if (object === "monitor" || object === "maddress" || object === "maddr") return true;
  if (object === "" || !OBJECTS.some((o) => o.startsWith(object))) return false;
  r.next("an object");
  const verb = r.peek();
  if (verb === undefined || SHOW.includes(verb)) return true;
  // `ip addr eth0`, `ip route default` are no commands of ip, but `ip -br addr up` is none that changes anything.
  return verb === "dev" || verb === "up";
}

/** Does this ask something that is none of the network's, or of a file? */
export function isOther([program = ""]: readonly string[]): boolean {
  return (
    ASKING.includes(program) && !/^(?:ifconfig|route|netstat|iptables-save|ip6tables-save|arp)$/.test(program)
  );
}

/** Does this ask for the way to one address? */
export function isGet([program, ...words]: readonly string[]): boolean {
  const object = words.findIndex((word) => word.length > 0 && !word.startsWith("-"));
  return (
    program === "ip" &&
    object >= 0 &&
    "route".startsWith(words[object] as string) &&
    words[object + 1] === "get"
  );
}

/** The table that `ip route show table T` asks for, or `iptables -t T -S`. */
export function askedTable(words: readonly string[]): string | undefined {
  const option = words.findIndex((w) => w === "-t" || w === "--table");
  if (words[0] === "iptables" && option > 0) return words[option + 1];
  if (words[0] !== "ip" || !words.some((w) => w.length > 1 && "route".startsWith(w))) return undefined;
  const vrf = words.indexOf("vrf");
  if (vrf > 0) return words[vrf + 1];
  const at = words.indexOf("table");
  const table = at < 0 ? undefined : words[at + 1];
  return table === "all" || table === "main" || table === "cache" ? undefined : table;
}

function refuseControl({ text, column }: Word): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (!/[\x00-\x1f\x7f-\x9f]/.test(text)) return;
  throw new ScriptError(
    column,
    `cannot read ${JSON.stringify(text.slice(0, 40))}`,
    "text without control characters",
  );
}

function isIpv6([program, ...words]: readonly Word[]): boolean {
  if (program?.text === "sysctl")
    return words.length > 0 && words.some(({ text }) => /^net[./]ipv6[./]/.test(text));
  if (/^ip6tables/.test(program?.text ?? "")) return true;
  return words.some(
    ({ text }) =>
      text === "-6" ||
      text === "inet6" ||
      (text.includes(":") && parseIpv6(text.replace(/\/\d+$/, "")) !== undefined),
  );
}
