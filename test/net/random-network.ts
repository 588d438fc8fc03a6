// SPDX-License-Identifier: GPL-2.0-only
/** Random networks in the words of `ip -batch`, and questions about them, all from one number. */
import { formatIpv4 } from "../../src/wire/ipv4.ts";

/** A network, and destinations (with the source, the device or neither) to ask for. */
export interface RandomNetwork {
  readonly commands: readonly string[];
  readonly questions: readonly Question[];
}

export interface Question {
  readonly dst: string;
  readonly src?: string;
  readonly oif?: string;
}

/** Numbers from a seed (mulberry32). */
class Dice {
  private state: number;
  constructor(seed: number) {
    this.state = seed;
  }
  below(n: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % n;
  }
  chance(percent: number): boolean {
    return this.below(100) < percent;
  }
  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }
  some(least: number, most: number): number[] {
    return Array.from({ length: least + this.below(most - least + 1) }, (_, i) => i);
  }
}

/** No subnet's zero host is an address here: later kernels no longer take it for a broadcast. */
const LENGTHS = [8, 16, 24, 24, 31, 32];
/** Few networks, so that they meet. */
const NETS = [10, 10, 10, 172, 192].map((a, i) => (a << 24) | (i << 16));

export function randomNetwork(seed: number): RandomNetwork {
  const d = new Dice(seed);
  const commands: string[] = [];
  const devices: string[] = [];
  const up: string[] = [];
  const own: string[] = [];
  const gateways: [string, string][] = [];
  for (const i of d.some(1, 3)) {
    const dev = `v${i}`;
    devices.push(dev);
    commands.push(`link add ${dev} type veth peer name p${i}`);
    commands.push(`link set p${i} up`);
    if (d.chance(92)) {
      commands.push(`link set ${dev} up`);
      up.push(dev);
    }
    for (const _ of d.some(0, 3)) {
      const [addr, len] = [host(d), d.of(LENGTHS)];
      commands.push(`addr add ${addr}/${len}${d.chance(50) ? " brd +" : ""}${scope(d)} dev ${dev}`);
      own.push(addr);
      if (len < 31) gateways.push([near(d, addr, len), dev]);
    }
  }
  for (const _ of d.some(0, 12)) commands.push(route(d, devices, own, gateways));
  for (const i of d.some(0, 5)) commands.push(rule(d, devices, own, 100 + i * 10));
  const questions = d.some(30, 30).map((): Question => {
    const dst =
      d.chance(15) && own.length > 0
        ? d.of(own)
        : d.chance(20) && gateways.length > 0
          ? d.of(gateways)[0]
          : host(d);
    if (d.chance(20) && own.length > 0) return { dst, src: d.of(own) };
    // Later kernels refuse a device that is down.
    if (d.chance(10) && up.length > 0) return { dst, oif: d.of(up) };
    return { dst };
  });
  return { commands, questions };
}

const host = (d: Dice): string => formatIpv4((d.of(NETS) | (d.below(3) << 8) | (1 + d.below(254))) >>> 0);

function prefix(d: Dice): string {
  if (d.chance(15)) return "default";
  const len = d.of([8, 12, 16, 20, 24, 24, 28, 32]);
  const addr = d.of(NETS) | (d.below(3) << 8) | d.below(256);
  return `${formatIpv4((addr & (-1 << (32 - len))) >>> 0)}/${len}`;
}

/** Another address of the subnet, neither its first nor its last. */
function near(d: Dice, addr: string, len: number): string {
  const v = addr.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - len);
  return formatIpv4(v - (v % size) + 1 + d.below(Math.min(size - 2, 250)));
}

function scope(d: Dice): string {
  return d.chance(15) ? ` scope ${d.of(["link", "host", "global"])}` : "";
}

function table(d: Dice): string {
  return d.chance(30) ? ` table ${d.of(["100", "200", "default"])}` : "";
}

function route(
  d: Dice,
  devices: readonly string[],
  own: readonly string[],
  gateways: readonly [string, string][],
): string {
  const metric = d.chance(30) ? ` metric ${1 + d.below(4)}` : "";
  const tail = `${table(d)}${metric}`;
  if (d.chance(25))
    return `route add ${d.of(["blackhole", "unreachable", "prohibit", "throw"])} ${prefix(d)}${tail}`;
  const src = d.chance(20) && own.length > 0 ? ` src ${d.of(own)}` : "";
  if (d.chance(40) || gateways.length === 0)
    return `route add ${prefix(d)} dev ${d.of(devices)}${src}${tail}`;
  // Whether a gateway is reachable later kernels ask the route's own table first: it is in main, or its device is said.
  if (d.chance(40)) {
    const [via, dev] = d.of(gateways);
    return `route add ${prefix(d)} via ${via} dev ${dev}${src}${tail}`;
  }
  const via = d.chance(70) ? d.of(gateways)[0] : host(d);
  return `route add ${prefix(d)} via ${via}${src}${metric}`;
}

function rule(d: Dice, devices: readonly string[], own: readonly string[], pref: number): string {
  const from = d.chance(50)
    ? ` from ${d.chance(50) && own.length > 0 ? d.of(own) : prefix(d).replace("default", "all")}`
    : "";
  const to = d.chance(40) ? ` to ${prefix(d).replace("default", "10.0.0.0/8")}` : "";
  const iif = d.chance(10) ? ` iif ${d.of([...devices, "lo"])}` : "";
  const what = d.chance(70)
    ? `lookup ${d.of(["100", "200", "main", "300"])}`
    : d.of(["unreachable", "prohibit", "blackhole", "nop", "goto 32766"]);
  return `rule add pref ${pref}${d.chance(10) ? " not" : ""}${from === "" && to === "" ? " from all" : from}${to}${iif} ${what}`;
}
