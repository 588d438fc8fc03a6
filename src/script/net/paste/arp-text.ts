// SPDX-License-Identifier: GPL-2.0-only
/** `arp`, `arp -n`, `arp -a` of net-tools, and /proc/net/arp. */
import { parseMac } from "../../../wire/ethernet.ts";
import { type Line, QUAD, wordsOf } from "./entry.ts";
import type { Found, Section } from "./section.ts";

/** `gw (192.0.2.1) at 02:00:00:00:00:01 [ether] on eth0`; the BSDs write other things behind the address. */
const LIST = /^\S+ \(([\d.]+)\) at (\S+)(?: \[\w+\])?((?: +PERM| +PUP)*) +on (\S+)\s*$/;
const HEADS = /^Address\s+HWtype\s|^IP address\s+HW type\s/;
/** ATF_PERM, of /proc/net/arp's flags. */
const PERM = 4;

export class ArpText implements Section {
  readonly what = "output of arp";
  private inTable = false;

  begins({ text }: Line): boolean {
    return HEADS.test(text) || LIST.test(text);
  }

  reset(): void {
    this.inTable = false;
  }

  take(line: Line, found: Found): boolean {
    const { text } = line;
    if (HEADS.test(text)) {
      this.inTable = true;
      return true;
    }
    const m = LIST.exec(text);
    if (m !== null) {
      const [, dst = "", lladdr = "", flags = "", dev = ""] = m;
      this.entry(dst, lladdr, flags.includes("PERM"), dev, line, found);
      return true;
    }
    return this.inTable && this.row(line, found);
  }

  private row(line: Line, found: Found): boolean {
    const words = wordsOf(line.text);
    const [dst = "", , third = "", fourth = ""] = words;
    const dev = words.at(-1) ?? "";
    if (/^Entries:/.test(line.text)) return true;
    if (words.length < 3) return false;
    if (!QUAD.test(dst)) {
      found.note(line, `neighbour ${dst} is a host name of unknown address: use arp -n`);
      return true;
    }
    const lladdr = [third, fourth].find((word) => parseMac(word) !== undefined) ?? "";
    const flags = third.startsWith("0x") ? Number(third) & PERM : words.includes("CM");
    this.entry(dst, lladdr, Boolean(flags), dev, line, found);
    return true;
  }

  private entry(
    dst: string,
    lladdr: string,
    permanent: boolean,
    dev: string,
    line: Line,
    found: Found,
  ): void {
    const known = parseMac(lladdr) !== undefined && lladdr !== "00:00:00:00:00:00";
    const state = [known ? (permanent ? "PERMANENT" : "STALE") : "INCOMPLETE"];
    found.neighbour({ dst, dev, ...(known ? { lladdr } : {}), state }, line);
  }
}
