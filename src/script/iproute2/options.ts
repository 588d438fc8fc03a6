// SPDX-License-Identifier: GPL-2.0-only
/** Options of `ip` that stand before its object. */
import { ScriptError } from "../error.ts";
import type { Reader } from "../reader.ts";

/** What changes only the look of an answer, or nothing. */
const QUIET = [
  ..."-4 -o -oneline -d -details -r -resolve -N -Numeric -h -human -human-readable -iec -a -all".split(" "),
  ..."-c -color -j -json -p -pretty -br -brief -t -timestamp -ts -tshort -echo -force -batch-force -M".split(
    " ",
  ),
];

/** Take them. Was `-s` among them? Throws for another family, or another network namespace. */
export function takeIpOptions(r: Reader): boolean {
  let stats = false;
  for (let word = r.peek(); word?.startsWith("-") === true; word = r.peek()) {
    r.next("an option");
    if (["-s", "-ss", "-stats", "-statistics"].includes(word)) stats = true;
    else if (word === "-f" || word === "-family") family(r);
    else if (word === "-n" || word === "-netns" || word === "-b" || word === "-batch") {
      const expected = word.startsWith("-n")
        ? "a command that configures this machine's network"
        : "the commands themselves";
      throw new ScriptError(r.column, `${word} is not modelled`, expected);
    } else if (word === "-l" || word === "-loops" || word === "-rc" || word === "-rcvbuf") r.next("a number");
    else if (!QUIET.includes(word) && !/^-color=/.test(word))
      throw r.unknown("an ip option", ["-4", "-s", "-f"]);
  }
  return stats;
}

function family(r: Reader): void {
  if (r.next("inet") !== "inet") throw r.unknown("inet, the only family that is modelled", ["inet"]);
}
