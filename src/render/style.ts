// SPDX-License-Identifier: GPL-2.0-only
/** What a piece of text is for; cli/ decides what colour that is, and whether there is any. */
export type Role =
  | "layer:socket"
  | "layer:udp"
  | "layer:route"
  | "layer:ip"
  | "layer:neigh"
  | "layer:dev"
  | "layer:driver"
  | "layer:icmp"
  | "name"
  | "why"
  | "quiet"
  | "fail"
  | "good"
  | "wait"
  | "number"
  | "fold"
  | "head"
  | "hex";

/** Dress a piece of text. */
export type Paint = (role: Role, text: string) => string;

/** No colour at all: pipes, files, tests. */
export const plain: Paint = (_role, text) => text;
