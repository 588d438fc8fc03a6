// SPDX-License-Identifier: GPL-2.0-only
/** `iptables-save` and `iptables -S`; `sysctl -a` and /etc/sysctl.conf. */
import type { Line } from "./entry.ts";
import type { Found, Section } from "./section.ts";

const TABLE = /^\*(\w+)\s*$/;
const CHAIN = /^:(\S+)\s+(ACCEPT|DROP|-)(?:\s+\[\d+:\d+\])?\s*$/;
const RULE = /^(?:\[\d+:\d+\]\s+)?(-[APNIFX]\s.*)$/;

export class IptablesSave implements Section {
  readonly what = "what iptables-save prints";
  private table = "filter";

  begins({ text }: Line): boolean {
    return TABLE.test(text) || RULE.test(text);
  }

  reset(): void {
    this.table = "filter";
  }

  take(line: Line, found: Found): boolean {
    const text = line.text.trim();
    const table = TABLE.exec(text);
    const chain = CHAIN.exec(text);
    const rule = RULE.exec(text);
    if (table !== null) this.table = table[1] as string;
    else if (text === "COMMIT") this.table = "filter";
    else if (chain !== null || rule !== null) this.command(chain, rule, line, found);
    else return false;
    return true;
  }

  private command(
    chain: RegExpExecArray | null,
    rule: RegExpExecArray | null,
    line: Line,
    found: Found,
  ): void {
    if (this.table !== "filter") {
      if (rule !== null) found.note(line, `table ${this.table} is not modelled: its rules are left out`);
    } else if (chain === null) found.command(`iptables ${withTarget(rule?.[1] ?? "")}`, line);
    else if (chain[2] === "-") found.command(`iptables -N ${chain[1]}`, line);
    else found.command(`iptables -P ${chain[1]} ${chain[2]}`, line);
  }
}

/** A rule may be there to count, and decide nothing. */
function withTarget(rule: string): string {
  return /^-[AI]\s/.test(rule) && !/\s(?:-j|-g|--jump|--goto)\s/.test(rule) ? `${rule} -c 0 0` : rule;
}

const SETTING =
  /^\s*-?((?:net|kernel|vm|fs|dev|abi|debug|user|crypto|sunrpc)[./][\w./:@+-]+)\s*=\s*(.*?)\s*$/;

export class SysctlText implements Section {
  readonly what = "what sysctl -a prints";

  begins({ text }: Line): boolean {
    return SETTING.test(text);
  }

  reset(): void {}

  take(line: Line, found: Found): boolean {
    const m = SETTING.exec(line.text);
    if (m === null) return /^sysctl: /.test(line.text) || /^\s*;/.test(line.text);
    const [, key = "", text = ""] = m;
    const value = text.replace(/\s+/g, " ");
    found.command(
      `sysctl ${key}=${/[^\w.,:/+-]/.test(value) ? `"${value.replace(/["\\]/g, "\\$&")}"` : value}`,
      line,
    );
    return true;
  }
}
