// SPDX-License-Identifier: GPL-2.0-only
/** `sysctl K=V`, `nf …` (a sliver of iptables), `ip xfrm policy add …`. */
import type { Netfilter, Sysctl, XfrmPolicy } from "../../kernels/config.ts";
import { ScriptError } from "../error.ts";
import type { Reader } from "../reader.ts";
import { isMet } from "./sysctls.ts";

/** `sysctl [-wq] KEY=VALUE …`: dots or slashes in the key, `,` for a blank in the value. */
export function parseSysctls(r: Reader): Sysctl[] {
  let ignore = false;
  while (/^-[a-zA-Z]+$|^--[a-z]+$/.test(r.peek() ?? "")) {
    const option = r.next("an option");
    if (!/^-[wqeNnb]+$/.test(option) && !SYSCTL_OPTIONS.includes(option)) {
      if (!["-p", "--load", "--system", "-a", "--all"].includes(option)) throw r.wrong("KEY=VALUE");
      r.note(`sysctl ${option}: the files are not available: left out`);
      r.rest();
      return [];
    }
    ignore ||= /^-[a-z]*e|^--ignore$/.test(option);
  }
  const made: Sysctl[] = [];
  do made.push(...parseSysctl(r));
  while (!r.done);
  return ignore ? made.map((one) => ({ ...one, ignore })) : made;
}

const SYSCTL_OPTIONS = ["--write", "--quiet", "--ignore", "--values", "--names"];

/** One setting; none where no datagram meets it, which is noted. */
export function parseSysctl(r: Reader): Sysctl[] {
  const text = r.next("KEY=VALUE");
  const m = /^([\w./:@+-]+)=(.*)$/s.exec(text);
  if (m === null) throw new ScriptError(r.column, `cannot read ${JSON.stringify(text)}`, "KEY=VALUE");
  return setting(r, m[1] as string, m[2] as string);
}

function setting(r: Reader, key: string, text: string): Sysctl[] {
  const name = key.replaceAll("/", ".");
  // The one setting whose values are parted by commas.
  const listed = name === "net.ipv4.ip_local_reserved_ports" ? text : text.replaceAll(",", " ");
  const value = listed.replaceAll("\t", " ").trim();
  if (!isMet(name)) {
    r.note("these settings do not affect datagrams: left out", name);
    return [];
  }
  return [{ kind: "sysctl", key: name, value }];
}

const CHAINS = ["input", "forward", "output"] as const;
const VERDICTS = ["accept", "drop", "drop-dst"] as const;

/** `nf input|forward|output accept|drop|drop-dst A`: a chain's policy, or one rule that drops a destination. */
export function parseNetfilter(r: Reader): Netfilter {
  const word = r.next(CHAINS.join(", "));
  const chain = CHAINS.find((c) => c === word);
  if (chain === undefined) throw r.unknown("a chain", CHAINS);
  switch (r.next(VERDICTS.join(", "))) {
    case "accept":
      return { kind: "nf", chain, verdict: "accept" };
    case "drop":
      return { kind: "nf", chain, verdict: "drop" };
    case "drop-dst":
      return { kind: "nf", chain, verdict: "drop", dst: r.address("the destination to drop") };
    default:
      throw r.unknown("a verdict", VERDICTS);
  }
}

const XFRM_WORDS = ["dir", "dst", "src", "action", "tmpl-esp"];

/** `ip xfrm policy add dir out [dst P] [src P] action block|allow [tmpl-esp A]`. */
export function parseXfrm(r: Reader): XfrmPolicy | [] {
  if (r.take("state", "monitor")) {
    r.note(`ip xfrm ${r.last} is not modelled: left out`);
    r.rest();
    return [];
  }
  for (const text of ["policy", "add"]) {
    if (r.next(text) !== text) throw r.unknown(text, [text]);
  }
  const made: { -readonly [K in keyof XfrmPolicy]?: XfrmPolicy[K] } = {};
  while (!r.done) {
    const word = r.next("an ip xfrm policy keyword");
    if (word === "dir") direction(r);
    else if (word === "dst" || word === "src") {
      const { addr, len } = r.prefix();
      made[word] = { addr, len };
    } else if (word === "action") made.action = verdict(r);
    else if (word === "tmpl-esp") made.tmplEsp = r.address("the tunnel endpoint");
    else throw r.unknown("an ip xfrm policy keyword", XFRM_WORDS);
  }
  return { ...made, kind: "xfrm-policy", action: made.action ?? "allow" };
}

function direction(r: Reader): void {
  if (r.next("out") !== "out") throw r.wrong("out (the only direction that is modelled)");
}
function verdict(r: Reader): "block" | "allow" {
  const word = r.next("block or allow");
  if (word !== "block" && word !== "allow") throw r.unknown("block or allow", ["block", "allow"]);
  return word;
}
