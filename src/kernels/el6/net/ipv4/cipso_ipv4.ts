// SPDX-License-Identifier: GPL-2.0-only
/** net/ipv4/cipso_ipv4.c: security labels in an IP option. No domain of interpretation is ever configured here. */
import { note, traced } from "../../../../trace/traced.ts";
import { get32 } from "../../../../wire/bytes.ts";
import type { SkBuff } from "../../include/linux/skbuff.ts";
import type { Kernel } from "../../kernel.ts";

const FILE = "net/ipv4/cipso_ipv4.c";

/** The definition of a domain of interpretation: there is none. */
export const cipso_v4_doi_search = traced(
  FILE,
  "cipso_v4_doi_search(doi)",
  (k: Kernel, doi: number): null => {
    note(k, "no NetLabel domain of interpretation with this number", { doi });
    return null;
  },
);

/** Check the option at `at`: 0, or the offset in it of what is wrong. */
export const cipso_v4_validate = traced(
  FILE,
  "cipso_v4_validate(skb, option, at)",
  (k: Kernel, _skb: SkBuff | null, option: Uint8Array, at: number): number => {
    if ((option[at + 1] as number) < 8) {
      note(k, "CIPSO option is shorter than 8 bytes");
      return 1;
    }
    cipso_v4_doi_search(k, get32(option, at + 2));
    return 2;
  },
);
