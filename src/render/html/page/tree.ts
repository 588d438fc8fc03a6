// SPDX-License-Identifier: GPL-2.0-only
/** The call tree, as a tree for the eye, the keyboard and the ear. */
import type { Row } from "../model.ts";
import { h } from "./dom.ts";
import type { Line } from "./lines.ts";
import type { Change, State } from "./state.ts";
import { layerOf, marksOf, titleOf, wroteText } from "./words.ts";

/** So many lines are laid out only where they are seen. */
const MANY = 3000;
/** Counters named on a line; more are counted. */
const COUNTERS_SHOWN = 2;

export class Tree {
  readonly element: HTMLElement = h("div", {
    class: "tree",
    role: "tree",
    "aria-label": "Calls, in order of time",
  });
  private readonly state: State;
  private items: HTMLElement[] = [];

  constructor(state: State) {
    this.state = state;
    state.listen((change) => this.update(change));
    this.element.addEventListener("click", (event) => this.click(event));
    this.element.addEventListener("keydown", (event) => this.key(event));
  }

  private update(change: Change): void {
    const focused = this.element.contains(document.activeElement);
    if (change !== "step") this.build();
    for (const item of this.element.querySelectorAll('[aria-selected="true"]'))
      this.mark(item as HTMLElement, false);
    const current = this.items[this.state.at];
    if (current === undefined) return;
    this.mark(current, true);
    if (focused) current.focus({ preventScroll: true });
    if (change === "section") this.element.scrollTop = 0;
    if (change !== "section" || this.state.at > 0) current.scrollIntoView({ block: "nearest" });
  }

  private mark(item: HTMLElement, selected: boolean): void {
    item.setAttribute("aria-selected", String(selected));
    item.tabIndex = selected ? 0 : -1;
  }

  private build(): void {
    let layer = "";
    this.items = this.state.lines.map((line, i) => {
      const row = this.state.section.rows[line.row] as Row;
      const own = layerOf(this.state.section, row, this.state.opening.layers);
      const item = this.item(line, row, i, own, own !== layer);
      layer = own;
      return item;
    });
    const deepest = this.state.lines.reduce((max, line) => Math.max(max, line.level), 1);
    this.element.style.setProperty("--deepest", String(deepest));
    this.element.classList.toggle("many", this.items.length > MANY);
    this.element.replaceChildren(...this.items);
  }

  private item(line: Line, row: Row, index: number, layer: string, first: boolean): HTMLElement {
    const found = this.state.found.includes(line.row);
    const item = h(
      "div",
      {
        role: "treeitem",
        class: `line${row.failed ? " failed" : ""}${found ? " found" : ""}`,
        "data-at": index,
        "data-kind": row.kind,
        "data-layer": layer,
        "aria-level": line.level,
        "aria-posinset": line.place,
        "aria-setsize": line.size,
        "aria-expanded": line.open === null ? null : String(line.open),
        "aria-selected": "false",
        tabindex: -1,
      },
      h("span", { class: "layer" }, first ? layer : ""),
      h("span", { class: "twist", "aria-hidden": "true" }),
      this.text(line, row),
    );
    item.style.setProperty("--level", String(line.level - 1));
    return item;
  }

  private text(line: Line, row: Row): HTMLElement {
    const text = h("span", { class: "text" });
    if (row.kind === "context") text.append(h("span", { class: "name" }, this.contextTitle(row)));
    if (row.kind === "call") text.append(this.call(row));
    for (const [reason, facts] of row.why ?? []) {
      const said = facts.map(([name, value]) => h("span", {}, `${name} ${value}`));
      const all = said.length === 0 ? null : h("span", { class: "facts" }, ...said);
      text.append(h("span", { class: "why" }, `${reason} `, all));
    }
    if (line.open === false && row.folded !== undefined)
      text.append(h("span", { class: "folded" }, `${row.folded} calls, as before`));
    const marks = this.marks(line);
    if (marks !== null) text.append(marks);
    // What is known from here on stands beside the tree; the line itself must not be empty.
    if (text.childNodes.length === 0)
      text.append(h("span", { class: "folded" }, `back in ${titleOf(this.state.section, row)}`));
    return text;
  }

  private contextTitle(row: Row): string {
    const { name } = this.state.section;
    return name === "between the calls" ? `${row.text}` : `${row.text}, still inside this ${name}`;
  }

  private call(row: Row): HTMLElement {
    const args = row.text ?? "";
    return h(
      "span",
      { class: "callee" },
      h("span", { class: "name" }, titleOf(this.state.section, row)),
      h("span", { class: "args" }, `(${args})`),
      row.ret === undefined ? null : h("span", { class: "ret" }, `= ${row.ret}`),
    );
  }

  private marks(line: Line): HTMLElement | null {
    const { wrote, parts, frames, counters } = marksOf(this.state.section, line);
    const decided = line.row === this.state.section.decided;
    if (!decided && wrote === 0 && frames.length === 0 && counters.length === 0) return null;
    const marks = h("span", { class: "marks" });
    if (decided) marks.append(h("span", { class: "decided" }, "decided here"));
    if (wrote > 0) marks.append(h("span", { class: "wrote" }, wroteText(wrote, parts)));
    for (const frame of frames) marks.append(h("span", { class: "frame" }, frame));
    const shown = counters.length > COUNTERS_SHOWN + 1 ? counters.slice(0, COUNTERS_SHOWN) : counters;
    for (const counter of shown) marks.append(h("span", { class: "counter" }, counter));
    if (shown.length < counters.length)
      marks.append(h("span", { class: "counter" }, `${counters.length - shown.length} more`));
    return marks;
  }

  private click(event: Event): void {
    const target = event.target as HTMLElement;
    const item = target.closest<HTMLElement>("[data-at]");
    if (item === null) return;
    const at = Number(item.dataset["at"]);
    this.state.go(at);
    this.items[at]?.focus({ preventScroll: true });
    if (target.classList.contains("twist")) this.toggle(true);
  }

  private toggle(either: boolean, open = false): boolean {
    const { line } = this.state;
    if (line.open === null || (!either && line.open === open)) return false;
    this.state.toggle(line);
    return true;
  }

  /** The keys of the WAI-ARIA tree pattern. */
  private key(event: KeyboardEvent): void {
    const { state } = this;
    const { line, at } = state;
    const last = state.lines.length - 1;
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const inside = state.lines[at + 1]?.parent === at;
    const keys: Record<string, () => void> = {
      ArrowDown: () => state.go(at + 1),
      ArrowUp: () => state.go(at - 1),
      Home: () => state.go(0),
      End: () => state.go(last),
      PageDown: () => state.go(at + 10),
      PageUp: () => state.go(at - 10),
      ArrowRight: () => void (this.toggle(false, true) || !inside || state.go(at + 1)),
      ArrowLeft: () =>
        void ((inside && this.toggle(false, false)) || line.parent < 0 || state.go(line.parent)),
      Enter: () => void this.toggle(true),
    };
    const act = keys[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  }
}
