// SPDX-License-Identifier: GPL-2.0-only
/** Commands of a scenario, run on the machine: what they print, and how they end. */

import type { Config } from "../../kernels/config.ts";
import type { Machine } from "../../kernels/release.ts";
import type { Command } from "../../script/command/kinds.ts";
import { iptablesError } from "../../script/iptables/errors.ts";
import { ENODEV, ENOENT, errnoName, strerror } from "../../uapi/errno.ts";
import { type Counts, readCounts, showCounts, showSockets } from "./show/counters.ts";
import { showAddresses, showLinks } from "./show/link.ts";
import { showNeighbours, showRoute, showRoutes, showRules } from "./show/route.ts";

/** What a command printed, and 0 or -errno. */
export interface Answer {
  readonly text: string;
  readonly ret: number;
}

const ok = (text: string): Answer => ({ text, ret: 0 });

export class Commands {
  private readonly machine: Machine;
  /** Where the last nstat left off. */
  private counted: Counts = new Map();

  constructor(machine: Machine) {
    this.machine = machine;
  }

  /** Run one. Listeners are the caller's: they are no command of the machine. */
  run(command: Exclude<Command, { kind: "listen" }>): Answer {
    const m = this.machine;
    switch (command.kind) {
      case "config":
        return this.config(command);
      case "sleep":
        m.advance(command.ms);
        return ok("");
      case "route-get":
        return this.routeGet(command);
      case "route":
        return ok(showRoutes(m.dump("fib", true), command.table, command.dev));
      case "rule":
        return ok(showRules(m.dump("rules", true)));
      case "neigh":
        return ok(showNeighbours(m.dump("neigh"), command.dev));
      case "link":
      case "addr":
        return this.links(command);
      case "sysctl":
        return this.settings(command);
      case "cat":
        return this.cat(command.files.map(({ path }) => path));
      case "nstat":
        return this.nstat(command);
      case "ss":
        return ok(showSockets(m.proc("/proc/net/udp") ?? "", command));
    }
  }

  /** Changes in their order; the first that is refused ends the command. */
  private config({ changes, notes = [] }: Command & { kind: "config" }): Answer {
    let text = notes.map((n) => `# ${n.text}${n.item === undefined ? "" : `: ${n.item}`}\n`).join("");
    for (const change of changes) {
      const ret = this.machine.configure(change);
      if (ret < 0) return { text: `${text}${refusal(change, -ret)}\n`, ret };
      if (change.kind === "sysctl" && !change.key.endsWith(".flush"))
        text += `${change.key} = ${change.value}\n`;
    }
    return ok(text);
  }

  private routeGet({ query }: Command & { kind: "route-get" }): Answer {
    const nowhere = [query.iif, query.oif].find(
      (dev) => dev !== undefined && this.machine.ifindex(dev) === undefined,
    );
    if (nowhere !== undefined) return { text: `Cannot find device "${nowhere}"\n`, ret: -ENODEV };
    const route = this.machine.routeGet({ ...query, attributes: true });
    return typeof route === "number"
      ? { text: `RTNETLINK answers: ${strerror(-route)}\n`, ret: route }
      : ok(showRoute(route));
  }

  private links({ kind, dev, stats }: Command & { kind: "link" | "addr" }): Answer {
    const all = this.machine.links();
    const links = all.filter((link) => dev === undefined || link.name === dev);
    if (links.length === 0) return { text: `Device "${dev}" does not exist.\n`, ret: -ENODEV };
    return ok((kind === "link" ? showLinks : showAddresses)(links, all, stats));
  }

  private settings({ keys, quiet }: Command & { kind: "sysctl" }): Answer {
    let text = "";
    let ret = 0;
    for (const key of keys) {
      const path = `/proc/sys/${key.includes("/") ? key : key.replaceAll(".", "/")}`;
      const value = this.machine.proc(path);
      if (value === undefined) {
        text += `sysctl: cannot stat ${path}: ${strerror(ENOENT)}\n`;
        ret = -ENOENT;
      } else text += `${quiet ? "" : `${key.replaceAll("/", ".")} = `}${value}`;
    }
    return { text, ret };
  }

  private cat(paths: readonly string[]): Answer {
    let text = "";
    let ret = 0;
    for (const path of paths) {
      const content = this.machine.proc(path);
      if (content === undefined) ret = -ENOENT;
      text += content ?? `cat: ${path}: ${strerror(ENOENT)}\n`;
    }
    return { text, ret };
  }

  private nstat({ absolute, zeros, keep, patterns }: Command & { kind: "nstat" }): Answer {
    const file = (name: string): string => this.machine.proc(`/proc/net/${name}`) ?? "";
    const now = readCounts(file("snmp"), file("netstat"));
    const text = showCounts(now, absolute ? new Map() : this.counted, zeros, patterns);
    if (!keep) this.counted = now;
    return ok(text);
  }
}

/** What the real program says of a change that the kernel refuses. */
function refusal(change: Config, errno: number): string {
  const dev = "dev" in change ? change.dev : undefined;
  switch (change.kind) {
    case "sysctl": {
      const path = `/proc/sys/${change.key.replaceAll(".", "/")}`;
      return errno === ENOENT
        ? `sysctl: cannot stat ${path}: ${strerror(errno)}`
        : `sysctl: setting key "${change.key}": ${strerror(errno)}`;
    }
    case "filter":
      return `iptables: ${iptablesError(change, errnoName(errno) ?? "") ?? strerror(errno)}.`;
    default:
      return errno === ENODEV && dev !== undefined
        ? `Cannot find device "${dev}"`
        : `RTNETLINK answers: ${strerror(errno)}`;
  }
}
