// SPDX-License-Identifier: GPL-2.0-only
/** `route add|del …`, `ifconfig D …`, `echo V > /proc/sys/…`, in the words of ip and sysctl. */
import { ScriptError } from "../error.ts";
import { parseLength, parsePrefix } from "../reader.ts";
import type { Word } from "../words.ts";

/** The commands that come to the same; undefined for other programs, and for those that only ask. */
export function netToolsCommands(words: readonly Word[]): string[] | undefined {
  const [program, ...rest] = words.map((word) => word.text);
  const column = words[0]?.column ?? 1;
  if (program === "route" && isNetToolsRoute(rest)) return [route(rest, column)];
  if (program === "ifconfig" && rest.length > 1 && rest[0] !== "-a") return ifconfig(rest, column);
  return program === "echo" ? echo(rest) : undefined;
}

/** The batch word `route` of ip looks alike. */
function isNetToolsRoute([verb = "", ...rest]: readonly string[]): boolean {
  return (
    (verb === "add" || verb === "del") &&
    rest.some((w) => ["-net", "-host", "gw", "netmask", "reject", "-A", "--inet", "-4"].includes(w))
  );
}

function route([verb, ...all]: readonly string[], column: number): string {
  const words = all.filter(
    (w, i) => !["-net", "-host", "-A", "--inet", "-4"].includes(w) && all[i - 1] !== "-A",
  );
  const take = (name: string): string | undefined => {
    const at = words.indexOf(name);
    return at < 0 ? undefined : words.splice(at, 2)[1];
  };
  const [mask, gateway, metric] = [take("netmask"), take("gw"), take("metric")];
  const device = take("dev");
  const reject = words.includes("reject");
  const [target = "", last] = words.filter((w) => w !== "reject");
  const prefix = parsePrefix(target);
  const len = mask === undefined ? undefined : parseLength(mask);
  if (prefix === undefined || (mask !== undefined && len === undefined)) {
    throw new ScriptError(
      column,
      "cannot read this route",
      "route add -net 192.0.2.0 netmask 255.255.255.0 gw 192.0.2.1",
    );
  }
  const dst =
    target === "default" || prefix.sized
      ? target
      : `${target}/${len ?? (all.includes("-net") ? classOf(target) : 32)}`;
  const dev = device ?? last;
  return [
    `ip route ${verb}`,
    ...(reject ? ["unreachable"] : []),
    dst === "0.0.0.0/0" ? "default" : dst,
    ...(gateway === undefined ? [] : ["via", gateway]),
    ...(dev === undefined || reject ? [] : ["dev", dev]),
    ...(metric === undefined || metric === "0" ? [] : ["metric", metric]),
  ].join(" ");
}

/** The length of an address' class. */
function classOf(address: string): number {
  const first = Number.parseInt(address, 10);
  return first < 128 ? 8 : first < 192 ? 16 : 24;
}

/** An address makes the device come up, as SIOCSIFADDR's program does. */
function ifconfig([label = "", ...words]: readonly string[], column: number): string[] {
  const dev = label.split(":")[0] as string;
  const link: string[] = [];
  let address: string | undefined;
  const value: Record<string, string> = {};
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string;
    if (word === "up" || word === "down") link.push(word);
    else if (word === "arp" || word === "multicast" || word === "promisc") link.push(word, "on");
    else if (/^-(?:arp|multicast|promisc)$/.test(word)) link.push(word.slice(1), "off");
    else if (word === "hw") {
      link.push("address", words[i + 2] ?? "");
      i += 2;
    } else if (word === "mtu" || word === "txqueuelen") link.push(word, words[++i] ?? "");
    else if (word === "inet") continue;
    else if (["netmask", "broadcast", "pointopoint"].includes(word)) value[word] = words[++i] ?? "";
    else if (address === undefined && parsePrefix(word) !== undefined) address = word;
    else
      throw new ScriptError(
        column,
        `cannot read ${JSON.stringify(word)}`,
        "an ifconfig keyword, such as netmask or up",
      );
  }
  const made = address === undefined ? [] : [added(label, dev, address, value)];
  const up = address !== undefined && !link.includes("down") && !link.includes("up") ? ["up"] : [];
  const set = [...link, ...up];
  return set.length === 0 ? made : [`ip link set ${dev} ${set.join(" ")}`, ...made];
}

function added(label: string, dev: string, address: string, value: Readonly<Record<string, string>>): string {
  const { netmask, broadcast, pointopoint } = value;
  const [local = "", own] = address.split("/");
  const len = own ?? netmask ?? `${classOf(local)}`;
  const peer =
    pointopoint === undefined ? `${local}/${len}` : `${local} peer ${pointopoint}/${netmask ?? 32}`;
  const brd = pointopoint === undefined ? ` brd ${broadcast ?? "+"}` : "";
  return `ip addr add ${peer}${brd}${label === dev ? "" : ` label ${label}`} dev ${dev}`;
}

/** `echo 1 > /proc/sys/net/ipv4/ip_forward`. */
function echo(words: readonly string[]): string[] | undefined {
  const m = /^(.*?)\s*>\s*\/proc\/sys\/(\S+)$/.exec(words.join(" "));
  return m === null ? undefined : [`sysctl "${m[2]?.replaceAll("/", ".")}=${m[1]}"`];
}
