// SPDX-License-Identifier: GPL-2.0-only
/** What iptables says where the kernel, or its own library, refuses a command (libiptc of 1.4.7). */
import type { Filter } from "../../kernels/config.ts";

type Said = { readonly [errno: string]: string };

const NO_RULE = "Bad rule (does a matching rule exist in that chain?)";

const BY_COMMAND: { readonly [K in Filter["op"]]?: Said } = {
  "new-chain": { EEXIST: "Chain already exists" },
  "rename-chain": { EEXIST: "Chain already exists" },
  "delete-chain": {
    EMLINK: "Can't delete chain with references left",
    ENOTEMPTY: "Chain is not empty",
    EINVAL: "Can't delete built-in chain",
  },
  insert: { E2BIG: "Index of insertion too big", ELOOP: "Loop found in table" },
  append: { ELOOP: "Loop found in table" },
  replace: { E2BIG: "Index of replacement too big" },
  "delete-number": { E2BIG: "Index of deletion too big" },
  delete: { ENOENT: NO_RULE },
  check: { ENOENT: NO_RULE },
  policy: { ENOENT: "Bad built-in chain name" },
};

/** In its words; undefined where strerror says it. */
export function iptablesError({ op }: Filter, errno: string): string | undefined {
  return BY_COMMAND[op]?.[errno] ?? (errno === "ENOENT" ? "No chain/target/match by that name" : undefined);
}
