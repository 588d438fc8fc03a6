// SPDX-License-Identifier: GPL-2.0-only
/** Steps, one after the other, by hand or by themselves. */
import { button, h, svg } from "./dom.ts";
import type { State } from "./state.ts";
import { aloud, reasonText, titleOf } from "./words.ts";

const ICONS = {
  first: "M3.5 3h1.8v10H3.5zM13 3 7 8l6 5z",
  back: "M11 3 5 8l6 5z",
  play: "M4.5 2.5v11l9-5.5z",
  pause: "M4 3h3v10H4zM9.5 3h3v10h-3z",
  forward: "M5 3l6 5-6 5z",
  decision: "M8 2.5a5.5 5.5 0 1 0 .01 0zM8 6.5a1.5 1.5 0 1 0 .01 0z",
};

/** Milliseconds that a step is shown, and those for each letter to be read. */
const SHOWN = 650;
const LETTER = 26;
const LONGEST = 6000;

function icon(name: keyof typeof ICONS): SVGElement {
  return svg("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" }, svg("path", { d: ICONS[name] }));
}

export class Player {
  readonly element: HTMLElement;
  private readonly state: State;
  private readonly toggleButton = button({ class: "play" }, () => this.toggle());
  private readonly now = h("div", { class: "playing" });
  private readonly count = h("p", { class: "count" });
  private readonly said = h("p", { class: "sr", "aria-live": "polite" });
  private readonly speed = h("select", { "aria-label": "Speed" });
  private running = false;
  private since: number | null = null;

  constructor(state: State) {
    this.state = state;
    for (const [value, text] of [
      ["0.5", "½×"],
      ["1", "1×"],
      ["2", "2×"],
      ["4", "4×"],
    ] as const)
      this.speed.append(h("option", { value, selected: value === "1" }, text));
    const at = (label: string, name: keyof typeof ICONS, press: () => void): HTMLElement =>
      button({ "aria-label": label, title: label, class: name }, press, icon(name));
    this.element = h(
      "div",
      { class: "player", role: "group", "aria-label": "Steps" },
      at("First step", "first", () => state.go(0)),
      at("Step back", "back", () => this.by(-1)),
      this.toggleButton,
      at("Step forward", "forward", () => this.by(1)),
      at("To the deciding function", "decision", () => this.decision()),
      this.count,
      this.speed,
      this.now,
      this.said,
    );
    this.label();
    state.listen(() => this.update());
  }

  /** One step on or back; playing stops. */
  by(step: number): void {
    this.stop();
    this.state.go(this.state.at + step);
  }

  /** To the reason that settled it. */
  decision(): void {
    if (this.state.section.decided >= 0) this.state.reach(this.state.section.decided);
  }

  /** Play, or stop playing. */
  toggle(): void {
    if (this.running) this.stop();
    else this.start();
  }

  private start(): void {
    if (this.state.at >= this.state.lines.length - 1) this.state.go(0);
    this.running = true;
    this.since = null;
    this.label();
    requestAnimationFrame((now) => this.frame(now));
  }

  stop(): void {
    this.running = false;
    this.label();
  }

  private label(): void {
    const label = this.running ? "Pause" : "Play";
    this.toggleButton.replaceChildren(icon(this.running ? "pause" : "play"));
    this.toggleButton.setAttribute("aria-label", label);
    this.toggleButton.title = label;
  }

  private frame(now: number): void {
    if (!this.running) return;
    this.since ??= now;
    if (now - this.since >= this.pause()) {
      this.since = now;
      this.state.go(this.state.at + 1);
      if (this.state.at >= this.state.lines.length - 1) this.stop();
    }
    requestAnimationFrame((next) => this.frame(next));
  }

  /** How long the current step stays: long enough to read its reasons. */
  private pause(): number {
    const row = this.state.section.rows[this.state.line.row];
    const letters = (row?.why ?? []).reduce((sum, reason) => sum + reasonText(reason).length, 0);
    return Math.min(LONGEST, SHOWN + letters * LETTER) / Number(this.speed.value);
  }

  private update(): void {
    const { section, line, opening } = this.state;
    const row = section.rows[line.row];
    if (row === undefined) return;
    this.count.replaceChildren(
      h("span", {}, "step "),
      h("strong", {}, String(this.state.step)),
      ` of ${opening.steps}`,
    );
    const why = row.why?.[0];
    this.now.replaceChildren(
      h("strong", {}, titleOf(section, row)),
      h("span", {}, why === undefined ? "" : reasonText(why)),
    );
    this.said.textContent = `Step ${this.state.step}: ${aloud(section, line, opening.layers)}`;
  }
}
