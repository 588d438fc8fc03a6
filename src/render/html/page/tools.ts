// SPDX-License-Identifier: GPL-2.0-only
/** What to see: layers, bookkeeping, a search; and the page's own settings: colours, keys. */
import { button, h } from "./dom.ts";
import { lineOf } from "./lines.ts";
import { LANES } from "./map.ts";
import type { State } from "./state.ts";

const KEYS = [
  ["j k", "next, previous step; also → and ←"],
  ["space", "play, pause"],
  ["d", "to the deciding function"],
  ["/", "search; Enter: next match, Shift+Enter: previous, Esc: close"],
  ["b", "show or hide bookkeeping"],
  ["[ ]", "previous, next system call"],
  ["?", "this list"],
  ["↑ ↓ ← →", "in the call tree: move, collapse, expand; Home, End, Page Up, Page Down"],
] as const;

/** Search field, layers, bookkeeping. */
export class Tools {
  readonly element: HTMLElement;
  readonly input = h("input", {
    type: "search",
    placeholder: "search",
    "aria-label": "Search calls and reasons",
  });
  private readonly state: State;
  private readonly hits = h("output", { class: "hits" });
  private readonly bookkeeping: HTMLInputElement;
  private readonly chips: readonly HTMLButtonElement[];

  constructor(state: State) {
    this.state = state;
    this.bookkeeping = h("input", { type: "checkbox", role: "switch" });
    this.bookkeeping.addEventListener("change", () =>
      state.choose({ all: this.bookkeeping.checked, toggled: new Set() }),
    );
    this.chips = LANES.map((layer) => {
      const i = state.opening.layers.indexOf(layer);
      return button({ class: "chip", "data-layer": layer, "data-index": i }, () => this.layer(i), layer);
    });
    this.input.addEventListener("input", () => this.search());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.element = h(
      "div",
      { class: "tools" },
      h("div", { class: "find", role: "search" }, this.input, this.hits),
      h("div", { class: "chips", role: "group", "aria-label": "Only these layers" }, ...this.chips),
      h("label", { class: "switch" }, this.bookkeeping, h("span", {}, "bookkeeping")),
    );
    state.listen(() => this.update());
  }

  /** Show or hide the bookkeeping. */
  toggleAll(): void {
    this.state.choose({ all: !this.state.view.all, toggled: new Set() });
  }

  private layer(index: number): void {
    const layers = new Set(this.state.view.layers);
    if (!layers.delete(index)) layers.add(index);
    this.state.choose({ layers });
  }

  private search(): void {
    this.state.search(this.input.value);
    const [hit] = this.state.found;
    if (hit !== undefined) this.state.go(lineOf(this.state.lines, hit));
  }

  /** To the hit after (or before) the current row, round and round. */
  private hit(step: number): void {
    const { found, line } = this.state;
    const next =
      step > 0
        ? (found.find((r) => r > line.row) ?? found[0])
        : (found.findLast((r) => r < line.row) ?? found.at(-1));
    if (next !== undefined) this.state.go(lineOf(this.state.lines, next));
  }

  private key(event: KeyboardEvent): void {
    if (event.key === "Enter") this.hit(event.shiftKey ? -1 : 1);
    if (event.key !== "Escape") return;
    this.input.value = "";
    this.search();
    this.input.blur();
  }

  private update(): void {
    const { found, query, view, line } = this.state;
    this.bookkeeping.checked = view.all;
    for (const chip of this.chips)
      chip.setAttribute("aria-pressed", String(view.layers.has(Number(chip.dataset["index"]))));
    const at = found.indexOf(line.row) + 1;
    const count = `${at > 0 ? `${at} of ` : ""}${found.length}`;
    this.hits.textContent = query.trim() === "" ? "" : found.length === 0 ? "none" : count;
  }
}

/** The page's own buttons: colours, keys. `keys.on` tells whether single keys act. */
export function settings(keys: { on: boolean }): { element: HTMLElement; help: () => void } {
  const dialog = h("dialog", { class: "help", "aria-label": "Keys" });
  const box = h("input", { type: "checkbox", checked: true });
  box.addEventListener("change", () => {
    keys.on = box.checked;
  });
  dialog.append(
    h("h2", {}, "Keys"),
    h(
      "dl",
      {},
      ...KEYS.map(([key, text]) =>
        h("div", {}, h("dt", {}, ...key.split(" ").map((k) => h("kbd", {}, k))), h("dd", {}, text)),
      ),
    ),
    h("label", {}, box, " single-key shortcuts"),
    button({}, () => dialog.close(), "Close"),
  );
  const help = (): void => dialog.showModal();
  const dark = button({ "aria-label": "Dark colours" }, () => colours(dark), "◐");
  const root = document.documentElement;
  const now = window.matchMedia("(prefers-color-scheme: dark)").matches;
  dark.setAttribute("aria-pressed", String(now));
  root.dataset["scheme"] = "system";
  return {
    element: h("div", { class: "settings" }, dark, button({ "aria-label": "Keys" }, help, "?"), dialog),
    help,
  };
}

function colours(switched: HTMLButtonElement): void {
  const dark = switched.getAttribute("aria-pressed") !== "true";
  switched.setAttribute("aria-pressed", String(dark));
  document.documentElement.dataset["scheme"] = dark ? "dark" : "light";
}
