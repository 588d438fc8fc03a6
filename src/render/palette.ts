// SPDX-License-Identifier: GPL-2.0-only
/** The colours of pictures: one hue a layer, dark enough to read on white, and a tint of it for areas. */
import type { Layer } from "../trace/layer.ts";

export interface Hue {
  readonly ink: string;
  readonly tint: string;
}

export const HUES: Readonly<Record<Layer, Hue>> = {
  socket: { ink: "#6a48ad", tint: "#f1ecf9" },
  udp: { ink: "#ad2f66", tint: "#fbebf2" },
  route: { ink: "#7a5800", tint: "#f7f0dd" },
  ip: { ink: "#1f5f99", tint: "#e7f0f8" },
  neigh: { ink: "#2c7039", tint: "#e7f3e9" },
  dev: { ink: "#0b6a6e", tint: "#e2f2f2" },
  driver: { ink: "#4c5867", tint: "#ebeef1" },
  icmp: { ink: "#a8451a", tint: "#faece4" },
};

/** What failed. */
export const FAIL: Hue = { ink: "#b3261e", tint: "#fde8e6" };
