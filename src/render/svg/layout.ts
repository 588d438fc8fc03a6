// SPDX-License-Identifier: GPL-2.0-only
/** Where everything of one call stands: lanes by layer, bars in rows, times from left to right. */
import type { PacketEvent } from "../../trace/event.ts";
import type { Layer } from "../../trace/layer.ts";
import type { TimedCall, TimedContext, TimedItem } from "../../trace/time.ts";

/** The layers as they lie on each other: the program above, the wire below. */
export const STACK: readonly Layer[] = ["socket", "udp", "icmp", "route", "ip", "neigh", "dev", "driver"];

/** Sizes in pixels. */
export const SIZE = { bar: 16, row: 19, lanePad: 6, letter: 6.7, gap: 5 } as const;

/** A function call: a bar in the lane of its layer. */
export interface Bar {
  readonly call: TimedCall;
  readonly label: string;
  readonly x: number;
  readonly width: number;
  /** Its upper edge. */
  y: number;
  readonly row: number;
  /** The bar that called it. */
  readonly parent: Bar | null;
}

/** A frame on a device. */
export interface Sight {
  readonly packet: PacketEvent;
  readonly x: number;
  /** The bar in which it was seen. */
  readonly within: Bar | null;
}

export interface Lane {
  readonly layer: Layer;
  readonly y: number;
  readonly height: number;
}

/** A stretch of another context. */
export interface Stretch {
  readonly name: string;
  readonly x: number;
  readonly width: number;
}

export interface Layout {
  readonly bars: readonly Bar[];
  readonly lanes: readonly Lane[];
  readonly sights: readonly Sight[];
  readonly stretches: readonly Stretch[];
  readonly height: number;
}

/** Place the calls of a body; `x` says where a time is, `label` what a bar is called. */
export function layout(
  body: readonly TimedItem[],
  x: (time: number) => number,
  label: (call: TimedCall) => string,
): Layout {
  const placer = new Placer(x, label);
  placer.items(body, null);
  return placer.done();
}

class Placer {
  private readonly x: (time: number) => number;
  private readonly label: (call: TimedCall) => string;
  private readonly bars: Bar[] = [];
  private readonly sights: Sight[] = [];
  private readonly stretches: Stretch[] = [];
  /** For each lane, how far each of its rows is taken. */
  private readonly taken = new Map<Layer, number[]>();

  constructor(x: (time: number) => number, label: (call: TimedCall) => string) {
    this.x = x;
    this.label = label;
  }

  items(items: readonly TimedItem[], parent: Bar | null): void {
    for (const item of items) {
      if (item.ev === "call") this.call(item, parent);
      else if (item.ev === "in") this.context(item, parent);
      else if (item.ev === "packet") this.sights.push({ packet: item, x: this.x(item.at), within: parent });
    }
  }

  private context(context: TimedContext, parent: Bar | null): void {
    const x = this.x(context.start);
    this.stretches.push({ name: context.name, x, width: this.x(context.end) - x });
    this.items(context.body, parent);
  }

  private call(call: TimedCall, parent: Bar | null): void {
    const x = this.x(call.start);
    const width = Math.max(3, this.x(call.end) - x);
    const label = this.label(call);
    const row = this.row(call.layer, x, Math.max(width, label.length * SIZE.letter + 6), parent);
    const bar: Bar = { call, label, x, width, y: 0, row, parent };
    this.bars.push(bar);
    this.items(call.body, bar);
  }

  /** The first row of the lane with room for `width`, below all callers that lie in it. */
  private row(layer: Layer, x: number, width: number, parent: Bar | null): number {
    const rows = this.taken.get(layer) ?? [];
    this.taken.set(layer, rows);
    let above = parent;
    while (above !== null && above.call.layer !== layer) above = above.parent;
    let row = above === null ? 0 : above.row + 1;
    while ((rows[row] ?? Number.NEGATIVE_INFINITY) > x) row++;
    rows[row] = x + width + SIZE.gap;
    return row;
  }

  done(): Layout {
    const lanes: Lane[] = [];
    let y = 0;
    for (const layer of STACK) {
      const rows = this.taken.get(layer);
      if (rows === undefined) continue;
      const height = rows.length * SIZE.row + SIZE.lanePad * 2;
      for (const bar of this.bars) {
        if (bar.call.layer === layer) bar.y = y + SIZE.lanePad + bar.row * SIZE.row + 1;
      }
      lanes.push({ layer, y, height });
      y += height + 4;
    }
    const { bars, sights, stretches } = this;
    return { bars, lanes, sights, stretches, height: y };
  }
}
