// SPDX-License-Identifier: GPL-2.0-only
/** What `-j` and `-g` name: a verdict, REJECT, LOG, a chain. */
import type { FilterTarget } from "../../kernels/config.ts";
import type { Reader } from "../reader.ts";
import { known, LeftOut } from "./common.ts";

const VERDICTS: Readonly<Record<string, FilterTarget>> = {
  ACCEPT: { kind: "accept" },
  DROP: { kind: "drop" },
  RETURN: { kind: "return" },
};
/** Targets of other modules. */
const OTHERS = [
  ..."AUDIT CHECKSUM CLASSIFY CLUSTERIP CONNMARK CONNSECMARK CT DNAT DNPT DSCP ECN HL HMARK IDLETIMER LED".split(
    " ",
  ),
  ..."MARK MASQUERADE MIRROR NETMAP NFLOG NFQUEUE NOTRACK QUEUE RATEEST REDIRECT SAME SECMARK SET SNAT".split(
    " ",
  ),
  ..."SNPT SYNPROXY TCPMSS TCPOPTSTRIP TEE TOS TPROXY TRACE TTL ULOG".split(" "),
];
const WORDS = [...Object.keys(VERDICTS), "REJECT", "LOG"];

/** Codes of ICMP's destination unreachable, by the names that REJECT gives them. */
const REJECT_WITH: Readonly<Record<string, number>> = {
  "icmp-net-unreachable": 0,
  "net-unreach": 0,
  "icmp-host-unreachable": 1,
  "host-unreach": 1,
  "icmp-proto-unreachable": 2,
  "proto-unreach": 2,
  "icmp-port-unreachable": 3,
  "port-unreach": 3,
  "icmp-net-prohibited": 9,
  "net-prohib": 9,
  "icmp-host-prohibited": 10,
  "host-prohib": 10,
  "icmp-admin-prohibited": 13,
  "admin-prohib": 13,
};
const PORT_UNREACHABLE = 3;
const LOG_VALUES = ["--log-prefix", "--log-level"];
const LOG_BARE = [
  "--log-tcp-sequence",
  "--log-tcp-options",
  "--log-ip-options",
  "--log-uid",
  "--log-macdecode",
];

export function targetOf(r: Reader, goto: boolean, protocol: number | undefined): FilterTarget {
  const word = r.next("ACCEPT or DROP");
  if (goto) return { kind: "jump", chain: known(r, word, WORDS, "a chain"), goto };
  if (Object.hasOwn(VERDICTS, word)) return VERDICTS[word] as FilterTarget;
  if (word === "REJECT") return reject(r, protocol);
  if (word === "LOG") return log(r);
  if (!OTHERS.includes(word)) return { kind: "jump", chain: known(r, word, WORDS, "a target"), goto };
  r.note(`-j ${word} is not modelled: rule left out`);
  throw new LeftOut();
}

function reject(r: Reader, protocol: number | undefined): FilterTarget {
  if (!r.take("--reject-with")) return { kind: "reject", code: PORT_UNREACHABLE };
  const word = r.next("an ICMP error");
  if (word === "tcp-reset" || word === "tcp-rst") {
    if (protocol !== 6) throw r.wrong("an ICMP error: tcp-reset needs -p tcp");
    r.note("TCP is not simulated: rule with tcp-reset left out");
    throw new LeftOut();
  }
  if (!Object.hasOwn(REJECT_WITH, word)) throw r.unknown("an ICMP error", Object.keys(REJECT_WITH));
  return { kind: "reject", code: REJECT_WITH[word] as number };
}

function log(r: Reader): FilterTarget {
  let prefix = "";
  for (;;) {
    if (r.take(...LOG_BARE)) continue;
    if (!r.take(...LOG_VALUES)) {
      if (r.peek()?.startsWith("--log") !== true) return { kind: "log", prefix };
      r.next("a LOG option");
      throw r.unknown("a LOG option", [...LOG_VALUES, ...LOG_BARE]);
    }
    const which = r.last;
    const value = r.next(`a value for ${which}`);
    if (which === "--log-prefix") prefix = value.slice(0, 29);
  }
}
