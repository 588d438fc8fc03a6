// SPDX-License-Identifier: GPL-2.0-only
/** The way through the stack at one glance: a lane for each layer, a mark for each line of the tree. */
import type { Row } from "../model.ts";
import { h, svg } from "./dom.ts";
import type { Change, State } from "./state.ts";
import { layerOf, titleOf } from "./words.ts";

/** Lanes from the caller down to the wire. */
export const LANES: readonly string[] = ["socket", "udp", "icmp", "route", "ip", "neigh", "dev", "driver"];
const LANE = 10;
const BAR = 6;
const HEIGHT = LANES.length * LANE;

export class Timeline {
  readonly element: HTMLElement;
  private readonly state: State;
  private readonly plot = svg("svg", { class: "plot", "aria-hidden": "true" });
  private readonly cursor = svg("rect", { class: "cursor", y: 0, height: HEIGHT });
  private readonly hint = h("p", { class: "hint", "aria-hidden": "true" });
  private readonly range = h("input", { type: "range", min: 1, max: 1, "aria-label": "Step" });

  constructor(state: State) {
    this.state = state;
    const lanes = LANES.map((lane) => h("span", { "data-layer": lane }, lane));
    this.element = h(
      "div",
      { class: "timeline" },
      h("div", { class: "lanes", "aria-hidden": "true" }, ...lanes),
      h("div", { class: "field" }, this.plot, this.range, this.hint),
    );
    this.range.addEventListener("input", () => state.go(Number(this.range.value) - 1));
    this.pointer();
    new ResizeObserver(() => this.draw()).observe(this.plot);
    state.listen((change) => this.update(change));
  }

  private pointer(): void {
    const at = (event: PointerEvent): number =>
      Math.floor((event.offsetX / Math.max(1, this.plot.clientWidth)) * this.state.lines.length);
    this.plot.addEventListener("pointerdown", (event) => {
      this.plot.setPointerCapture(event.pointerId);
      this.state.go(at(event));
    });
    this.plot.addEventListener("pointermove", (event) => {
      if (event.buttons === 1) this.state.go(at(event));
      this.point(at(event));
    });
    this.plot.addEventListener("pointerleave", () => this.point(-1));
  }

  private point(at: number): void {
    const line = this.state.lines[at];
    const { section } = this.state;
    this.hint.textContent =
      line === undefined
        ? ""
        : `${section.first + line.row}  ${titleOf(section, section.rows[line.row] as Row)}`;
  }

  private update(change: Change): void {
    if (change !== "step") this.draw();
    const { lines, at, section, line } = this.state;
    const width = this.plot.clientWidth / Math.max(1, lines.length);
    this.cursor.setAttribute("x", String(at * width));
    this.cursor.setAttribute("width", String(Math.max(2, width)));
    this.range.max = String(lines.length);
    this.range.value = String(at + 1);
    const row = section.rows[line.row];
    const name = row === undefined ? "" : titleOf(section, row);
    this.range.setAttribute("aria-valuetext", `step ${this.state.step}, ${name}`);
  }

  private draw(): void {
    const { lines, section } = this.state;
    if (lines.length === 0 || this.plot.clientWidth === 0) return;
    const total = this.plot.clientWidth;
    this.plot.setAttribute("viewBox", `0 0 ${total} ${HEIGHT}`);
    this.plot.setAttribute("height", String(HEIGHT));
    const width = total / lines.length;
    this.plot.replaceChildren(
      ...this.stretches(width),
      ...this.bars(width),
      this.way(width),
      ...this.frames(width),
      this.cursor,
    );
    const decided = lines.findIndex((line) => line.row === section.decided);
    if (decided >= 0) {
      const y = (this.lane(decided) + 0.5) * LANE;
      this.plot.append(svg("circle", { class: "decided", cx: (decided + 0.5) * width, cy: y, r: LANE / 2 }));
    }
  }

  private lane(at: number): number {
    const { section, lines, opening } = this.state;
    const row = section.rows[lines[at]?.row ?? -1];
    return row === undefined ? -1 : LANES.indexOf(layerOf(section, row, opening.layers));
  }

  /** A path for each lane, in two strengths: lines that say something, and those that do not. */
  private bars(width: number): SVGElement[] {
    const { section, lines } = this.state;
    const bar = Math.max(1, width - (width > 4 ? 1 : 0));
    const paths = new Map<string, string>();
    lines.forEach((line, i) => {
      const lane = this.lane(i);
      const row = section.rows[line.row];
      if (lane < 0 || row === undefined) return;
      const key = `${lane} ${row.why === undefined && row.writes === undefined ? "faint" : "strong"}`;
      const y = lane * LANE + (LANE - BAR) / 2;
      paths.set(
        key,
        `${paths.get(key) ?? ""}M${(i * width).toFixed(2)} ${y}h${bar.toFixed(2)}v${BAR}h-${bar.toFixed(2)}z`,
      );
    });
    return [...paths].map(([key, d]) => {
      const [lane, strength] = key.split(" ");
      return svg("path", { class: `bar ${strength}`, "data-layer": LANES[Number(lane)] ?? "", d });
    });
  }

  /** The line from mark to mark. */
  private way(width: number): SVGElement {
    let last = -1;
    let d = "";
    this.state.lines.forEach((_, i) => {
      const lane = this.lane(i);
      if (lane < 0) return;
      const x = ((i + 0.5) * width).toFixed(2);
      if (last < 0) d += `M${x} ${(lane + 0.5) * LANE}`;
      else if (lane !== last) d += `L${x} ${(last + 0.5) * LANE}V${(lane + 0.5) * LANE}`;
      last = lane;
    });
    return svg("path", { class: "way", d });
  }

  /** Other contexts: softirqs, timers. */
  private stretches(width: number): SVGElement[] {
    const { section, lines } = this.state;
    return lines.flatMap((line, i) => {
      const row = section.rows[line.row];
      if (row?.kind !== "context") return [];
      let end = i + 1;
      while ((lines[end]?.level ?? 0) > line.level) end++;
      const x = i * width;
      return [
        svg("rect", { class: "context", x, y: 0, width: (end - i) * width, height: HEIGHT }),
        svg("text", { class: "context", x: x + 4, y: HEIGHT - 3 }, row.text ?? ""),
      ];
    });
  }

  private frames(width: number): SVGElement[] {
    const { section, lines } = this.state;
    return lines.flatMap((line, i) =>
      section.rows
        .slice(line.row, line.last + 1)
        .flatMap((row) => row.frames ?? [])
        .map(({ out }) => {
          const x = ((i + 0.5) * width).toFixed(2);
          const tip = out ? HEIGHT - 1 : HEIGHT - 7;
          const base = out ? HEIGHT - 7 : HEIGHT - 1;
          return svg("path", { class: "frame", d: `M${x} ${tip}l-3.5 ${base - tip}h7z` });
        }),
    );
  }
}
