// SPDX-License-Identifier: GPL-2.0-only
/** The current step: what is called, why it turned, what it changed. */
import { moverText } from "../../../trace/counter.ts";
import type { Reason, Row } from "../model.ts";
import { button, h } from "./dom.ts";
import { pathTo } from "./lines.ts";
import { Packet } from "./packet.ts";
import { countersAt, knownAt, moversOf } from "./replay.ts";
import type { State } from "./state.ts";
import { layerOf, titleOf } from "./words.ts";

/** Calls named in the way to a step. */
const LINKS = 6;

export class StepView {
  readonly element: HTMLElement = h("article", { class: "step", "aria-label": "This step" });
  private readonly state: State;
  private readonly packet: Packet;
  private readonly head = h("div", { class: "now" });
  private readonly below = h("div", { class: "below" });

  constructor(state: State) {
    this.state = state;
    this.packet = new Packet(state);
    this.element.append(this.head, this.packet.element, this.below);
    state.listen(() => this.update());
  }

  private update(): void {
    const { section, line } = this.state;
    const row = section.rows[line.row];
    if (row === undefined) return;
    this.head.replaceChildren(this.title(row), ...this.reasons(row));
    this.packet.show();
    this.below.replaceChildren(this.known(), this.counters());
    this.element.scrollTop = 0;
  }

  private title(row: Row): HTMLElement {
    const { section, opening } = this.state;
    const layer = layerOf(section, row, opening.layers);
    const file = section.fns[row.fn]?.[1];
    return h(
      "header",
      { "data-layer": layer },
      this.path(),
      h("h2", {}, titleOf(section, row)),
      h(
        "p",
        { class: "where" },
        layer === "" ? null : h("span", { class: "tag" }, layer),
        file === undefined ? null : h("span", { class: "file" }, file),
        row.inline ? h("span", { class: "file" }, "inlined by the compiler") : null,
        row.kind === "after" ? h("span", { class: "file" }, this.after(row)) : null,
      ),
      row.kind === "call" ? this.signature(row) : null,
    );
  }

  /** What came back before this happened. */
  private after(row: Row): string {
    const { section, line } = this.state;
    const inside = section.rows.findLast(
      (r, i) => i < line.row && r.depth === row.depth && r.kind !== "after",
    );
    return inside === undefined ? "" : `after ${titleOf(section, inside)} returned`;
  }

  /** The calls around this one, each a way there; of many, the first and the last few. */
  private path(): HTMLElement {
    const { section, line } = this.state;
    const link = (i: number): HTMLElement =>
      button({}, () => this.state.reach(i), titleOf(section, section.rows[i] as Row));
    const path = pathTo(section.rows, line.row);
    const nav = h("nav", { class: "path", "aria-label": "Called from" });
    const all = (): void => nav.replaceChildren(...path.map(link));
    if (path.length <= LINKS) all();
    else {
      const [first = 0, ...rest] = path;
      const hidden = path.length - LINKS;
      const more = button({ "aria-label": `${hidden} more` }, all, "…");
      nav.append(link(first), more, ...rest.slice(-(LINKS - 1)).map(link));
    }
    return nav;
  }

  private signature(row: Row): HTMLElement {
    const pairs = (row.args ?? []).map(([name, value]) =>
      h("div", {}, h("dt", {}, name), h("dd", {}, value)),
    );
    const ret =
      row.ret === undefined
        ? null
        : h(
            "div",
            { class: row.failed ? "returns failed" : "returns" },
            h("dt", {}, "returns"),
            h("dd", {}, row.ret),
          );
    return h("dl", { class: "args" }, ...pairs, ret);
  }

  private reasons(row: Row): HTMLElement[] {
    return (row.why ?? []).map(([text, facts]: Reason) =>
      h(
        "p",
        { class: "reason" },
        `${text} `,
        ...facts.map(([name, value]) =>
          h("span", { class: "fact" }, h("span", { class: "key" }, name), ` ${value}`),
        ),
      ),
    );
  }

  /** What is known of sockets, packets, routes, neighbours. */
  private known(): HTMLElement {
    const { section, line } = this.state;
    const cards: HTMLElement[] = [];
    for (const [title, list] of knownAt(section, line.last)) {
      const isNew = (row: number): boolean => row >= line.row;
      if (list.some((k) => k.value === "freed" && !isNew(k.row))) continue;
      const rows = list.map(({ label, value, row }) =>
        h("div", { class: isNew(row) ? "new" : null }, h("dt", {}, label), h("dd", {}, value)),
      );
      cards.push(h("section", { class: "card" }, h("h4", {}, title), h("dl", {}, ...rows)));
    }
    const none = cards.length > 0 ? null : h("p", { class: "none" }, "Nothing yet.");
    return h(
      "section",
      { class: "known" },
      h("h3", {}, "What is known now"),
      none,
      h("div", { class: "cards" }, ...cards),
    );
  }

  private counters(): HTMLElement {
    const { section, line } = this.state;
    const rows = countersAt(section, line.last).map((counter) => {
      const isNew = counter.moves.some((move) => move.row >= line.row);
      const who = moversOf(counter).map(([fn, times, by]) =>
        moverText(section.fns[fn]?.[0] ?? "", times, by),
      );
      return h(
        "tr",
        { class: isNew ? "new" : null },
        h("th", { scope: "row" }, counter.name),
        h("td", { class: "number" }, String(counter.before)),
        h("td", { class: "number" }, String(counter.now)),
        h("td", { class: "who" }, who.join(", ")),
      );
    });
    const heads = ["counter", "before", "now", "moved by"].map((text) => h("th", { scope: "col" }, text));
    return h(
      "section",
      { class: "counters" },
      h("h3", {}, "Counters"),
      rows.length === 0
        ? h("p", { class: "none" }, "No counter has moved yet.")
        : h("table", {}, h("thead", {}, h("tr", {}, ...heads)), h("tbody", {}, ...rows)),
    );
  }
}
