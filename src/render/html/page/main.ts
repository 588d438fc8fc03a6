// SPDX-License-Identifier: GPL-2.0-only
/** The page's script: reads the data that stand in the page, and lets a reader walk through them. */
import type { Opening, Section } from "../model.ts";
import { button, h } from "./dom.ts";
import { Timeline } from "./map.ts";
import { Player } from "./player.ts";
import { State } from "./state.ts";
import { StepView } from "./step.ts";
import { settings, Tools } from "./tools.ts";
import { Tree } from "./tree.ts";

const STEP = /^#step=(\d+)$/;

/** The system calls as they stand in the page. */
class Calls {
  readonly elements: readonly HTMLElement[] = [...document.querySelectorAll<HTMLElement>("main > .call")];
  /** Number of the first step of each. */
  private readonly firsts: readonly number[];
  private readonly buttons: readonly HTMLButtonElement[];

  constructor(enter: (n: number) => void) {
    let first = 1;
    this.firsts = this.elements.map((element) => {
      const own = first;
      first += Number(element.dataset["rows"]);
      return own;
    });
    const several = this.elements.some((element) => Number(element.dataset["send"] ?? 0) > 1);
    this.buttons = this.elements.map((element, i) => {
      const { send } = element.dataset;
      const [, name = "between the calls", ret = ""] =
        /^(\w+)\(.* = (.*?)(?: \(.*)?$/s.exec(this.line(element)) ?? [];
      const failed = element.classList.contains("failed");
      return button(
        { class: failed ? "failed" : null },
        () => enter(i),
        several && send !== undefined ? h("span", {}, `${send}. `) : "",
        name,
        h("span", {}, ret === "" ? "" : ` = ${ret}`),
      );
    });
    const nav = document.querySelector<HTMLElement>("#calls");
    if (nav === null) return;
    // Calls that went as an earlier one stand where they were made.
    const told = document.querySelectorAll<HTMLElement>("main > .call, main > .repeats");
    for (const element of told) {
      const n = this.elements.indexOf(element);
      element.hidden = n < 0;
      nav.append(this.buttons[n] ?? h("span", { class: "repeats" }, element.textContent ?? ""));
    }
    nav.hidden = this.elements.length < 2;
  }

  private line(element: HTMLElement): string {
    return element.querySelector("h2")?.textContent ?? "";
  }

  read(n: number): Section {
    return JSON.parse(this.elements[n]?.querySelector("script")?.textContent ?? "null") as Section;
  }

  /** The call that has a step, and the step's row in it. */
  find(step: number): [number: number, row: number] | null {
    const n = this.firsts.findLastIndex((first) => first <= step);
    const first = this.firsts[n] ?? 0;
    const rows = Number(this.elements[n]?.dataset["rows"] ?? 0);
    return n >= 0 && step < first + rows ? [n, step - first] : null;
  }

  show(n: number): void {
    this.elements.forEach((element, i) => {
      element.hidden = i !== n;
      const current = this.buttons[i];
      if (i === n) current?.setAttribute("aria-current", "true");
      else current?.removeAttribute("aria-current");
      if (i === n) current?.scrollIntoView({ block: "nearest", inline: "nearest" });
    });
    document.title = `nettrace: ${this.line(this.elements[n] as HTMLElement)}`;
  }
}

function start(opening: Opening): void {
  const keys = { on: true };
  const calls = new Calls((n) => state.enter(n));
  const state = new State(opening, (n) => calls.read(n));
  const { element, help } = settings(keys);
  document.querySelector(".top")?.append(element);
  state.listen((change) => {
    if (change === "section") calls.show(state.number);
  });
  const player = new Player(state);
  const tools = new Tools(state);
  layOut(state, player, tools);
  state.listen(() => {
    const first = state.line.row === opening.row && state.number === opening.open && location.hash === "";
    if (!first) history.replaceState(null, "", `#step=${state.step}`);
  });
  const follow = (): void => {
    const step = Number(STEP.exec(location.hash)?.[1] ?? 0);
    const there = calls.find(step);
    if (there !== null) state.enter(...there);
    else if (state.number < 0) state.enter(opening.open, opening.row);
  };
  window.addEventListener("hashchange", follow);
  const turn = (by: number): void => {
    if (calls.elements[state.number + by] !== undefined) state.enter(state.number + by);
  };
  const acts: Record<string, () => void> = {
    j: () => player.by(1),
    k: () => player.by(-1),
    ArrowRight: () => player.by(1),
    ArrowLeft: () => player.by(-1),
    " ": () => player.toggle(),
    d: () => player.decision(),
    b: () => tools.toggleAll(),
    "/": () => tools.input.focus(),
    "[": () => turn(-1),
    "]": () => turn(1),
    "?": help,
  };
  document.addEventListener("keydown", (event) => press(event, acts, keys.on));
  follow();
}

/** Single keys act where no other element wants them. */
function press(event: KeyboardEvent, acts: Record<string, () => void>, on: boolean): void {
  const act = acts[event.key];
  const target = event.target as HTMLElement;
  const taken =
    target.closest("input, select, dialog[open]") !== null ||
    (event.key === " " && target.closest("button, a"));
  if (
    !on ||
    act === undefined ||
    taken ||
    event.defaultPrevented ||
    event.ctrlKey ||
    event.altKey ||
    event.metaKey
  )
    return;
  event.preventDefault();
  act();
}

/** Map and controls above, the tree on the left, the step on the right; on a narrow screen one of the two. */
function layOut(state: State, player: Player, tools: Tools): void {
  const explorer = document.querySelector<HTMLElement>("#explorer");
  if (explorer === null) return;
  const step = new StepView(state).element;
  const panes = ["calls", "step"].map((pane) => {
    const text = pane === "calls" ? "Calls" : "This step";
    return button({ "data-pane": pane, "aria-pressed": "false" }, () => show(pane), text);
  });
  const show = (pane: string, scroll = true): void => {
    explorer.dataset["pane"] = pane;
    for (const b of panes) b.setAttribute("aria-pressed", String(b.dataset["pane"] === pane));
    if (scroll) explorer.scrollIntoView();
  };
  player.element.append(h("div", { class: "panes", role: "group", "aria-label": "What is shown" }, ...panes));
  const linked = STEP.test(location.hash) ? "step" : "calls";
  explorer.append(
    new Timeline(state).element,
    h("div", { class: "controls" }, player.element, tools.element),
    new Tree(state).element,
    step,
  );
  explorer.hidden = false;
  show(linked, false);
  // On a narrow screen the step may stand below what is seen.
  state.listen((change) => {
    const { top, height } = step.getBoundingClientRect();
    const asked = change === "step" || location.hash !== "";
    if (asked && height > 0 && top > innerHeight / 2) explorer.scrollIntoView();
  });
}

const data = document.querySelector("#opening")?.textContent;
if (data) start(JSON.parse(data) as Opening);
