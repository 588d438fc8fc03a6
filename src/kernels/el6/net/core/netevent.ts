// SPDX-License-Identifier: GPL-2.0-only
/** net/core/netevent.c: neighbours, path MTUs and redirects, told to drivers that route by themselves. None do here. */
import { traced } from "../../../../trace/traced.ts";
import type { DstEntry } from "../../include/net/dst.ts";
import type { Neighbour } from "../../include/net/neighbour.ts";
import type { Kernel } from "../../kernel.ts";

const FILE = "net/core/netevent.c";

// include/net/netevent.h
export const NETEVENT_NEIGH_UPDATE = 1;
export const NETEVENT_PMTU_UPDATE = 2;
export const NETEVENT_REDIRECT = 3;

/** Tell whoever has registered that `v` changed: nobody has. */
export const call_netevent_notifiers = traced(
  FILE,
  "call_netevent_notifiers(val, v)",
  (_k: Kernel, _val: number, _v: DstEntry | Neighbour): number => 0,
);
