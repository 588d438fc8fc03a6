// SPDX-License-Identifier: GPL-2.0-only
/** Commands as plain values: those that change the machine, those that print what it is like, those that wait. */
import type { Config } from "../../kernels/config.ts";
import type { RouteQuery } from "../../kernels/release.ts";

export type Command =
  | {
      readonly kind: "config";
      readonly changes: readonly Config[];
      /** What is left out of it, or means less here. */
      readonly notes?: readonly { readonly text: string; readonly item?: string }[];
    }
  | { readonly kind: "sleep"; readonly ms: number }
  /** A program outside the log takes what comes to an address, and says nothing. */
  | { readonly kind: "listen"; readonly addr: number; readonly port: number }
  | Query;

/** What a command asks a machine: the answer is printed as the real program prints it. */
type Query =
  | { readonly kind: "link"; readonly stats: boolean; readonly dev?: string }
  | { readonly kind: "addr"; readonly stats: boolean; readonly dev?: string }
  | { readonly kind: "route"; readonly table?: number | "all"; readonly dev?: string }
  | { readonly kind: "route-get"; readonly query: RouteQuery }
  | { readonly kind: "rule" }
  | { readonly kind: "neigh"; readonly dev?: string }
  /** The kernel's settings by key; `quiet`: the values alone (-n). */
  | { readonly kind: "sysctl"; readonly keys: readonly string[]; readonly quiet: boolean }
  | { readonly kind: "cat"; readonly files: readonly { readonly path: string; readonly column: number }[] }
  | {
      readonly kind: "nstat";
      /** -a: since boot, not since the nstat before. */
      readonly absolute: boolean;
      /** -z: those that are zero too. */
      readonly zeros: boolean;
      /** -s: the next one counts from the same start. */
      readonly keep: boolean;
      readonly patterns: readonly string[];
    }
  | { readonly kind: "ss"; readonly all: boolean; readonly listening: boolean; readonly header: boolean };
