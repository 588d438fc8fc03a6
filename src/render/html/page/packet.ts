// SPDX-License-Identifier: GPL-2.0-only
/** The packet at a step: its headers one below the other, each byte in the colour of the function that wrote it. */
import type { Part } from "../model.ts";
import { button, bytes, h, rove } from "./dom.ts";
import { type Bytes, bufferOf, buffersAt, bytesAt, type Cell, frameAt, partsAt } from "./replay.ts";
import type { State } from "./state.ts";

/** Bytes of a part that are shown at first. */
const SHOWN = 120;
/** Characters of data that are shown as text. */
const TEXT = 48;
const CALLER = -1;

export class Packet {
  readonly element: HTMLElement = h("section", { class: "packet", "aria-label": "Packet" });
  private readonly state: State;
  /** The buffer that the reader has picked, and parts that he wants to see whole. */
  private picked: number | null = null;
  private whole = false;

  constructor(state: State) {
    this.state = state;
    this.element.addEventListener("pointerover", (event) => this.point(event.target as HTMLElement));
    this.element.addEventListener("focusin", (event) => this.point(event.target as HTMLElement));
    this.element.addEventListener("pointerleave", () => this.point(null));
  }

  /** Show the packet of the current step. */
  show(): void {
    this.picked = null;
    this.whole = false;
    this.draw();
  }

  private draw(): void {
    const { section, line } = this.state;
    const there = buffersAt(section, line.last);
    const buf = this.picked ?? bufferOf(section, line.row, line.last);
    if (buf === null) {
      this.element.replaceChildren(h("p", { class: "none" }, "No packet in this call."));
      return;
    }
    const data = bytesAt(section, buf, line.last);
    const parts = cover(data, partsAt(section, buf, line.last));
    const list = h("div", { class: "parts" }, ...parts.map((part) => this.part(part, data)));
    this.element.replaceChildren(
      this.head(buf, there, data),
      list,
      h("p", { class: "readout", "aria-hidden": "true" }),
    );
    for (const fields of list.querySelectorAll<HTMLElement>(".fields")) rove(fields, "button");
  }

  private head(buf: number, there: readonly number[], data: Bytes): HTMLElement {
    const { section, line } = this.state;
    const frame = frameAt(section, buf, line.last);
    const written = data.cells.filter((cell) => cell.hex !== "").length;
    const room = data.cells.length - written;
    const size = `${bytes(written)}${room > 0 ? `, room for ${room} more` : ""}`;
    const tabs = there.map((b) =>
      button(
        { class: "tab", "aria-pressed": String(b === buf) },
        () => this.pick(b),
        section.buffers[b] ?? "",
      ),
    );
    return h(
      "header",
      {},
      h("h3", {}, section.buffers[buf] ?? ""),
      h("p", { class: "size" }, frame === null ? size : frame.text),
      there.length > 1 ? h("div", { class: "tabs", role: "group", "aria-label": "Packets" }, ...tabs) : null,
    );
  }

  private pick(buf: number): void {
    this.picked = buf;
    this.draw();
    this.element.querySelector<HTMLElement>('.tab[aria-pressed="true"]')?.focus();
  }

  private part(part: Part, data: Bytes): HTMLElement {
    const cells = data.cells.slice(part.at - data.start, part.at - data.start + part.len);
    const shown = this.whole || cells.length <= SHOWN ? cells : cells.slice(0, SHOWN);
    const more = cells.length - shown.length;
    const isNew = cells.some((cell) => this.isNew(cell));
    return h(
      "section",
      { class: `part${part.name === "room" ? " room" : ""}${isNew ? " new" : ""}` },
      h("h4", {}, part.name, h("span", {}, ` ${bytes(part.len)}`)),
      this.writers(cells),
      h(
        "div",
        { class: "bytes", role: "img", "aria-label": spoken(part, cells) },
        ...shown.map((cell, i) => this.cell(part, cell, i)),
      ),
      more === 0 ? null : button({ class: "more" }, () => this.showAll(), `show ${bytes(more)} more`),
      this.fields(part, cells),
    );
  }

  private showAll(): void {
    this.whole = true;
    this.draw();
  }

  private isNew(cell: Cell): boolean {
    return cell.hex !== "" && cell.row >= this.state.line.row;
  }

  private cell(part: Part, cell: Cell, index: number): HTMLElement {
    const at = part.at + index;
    const ends = part.fields.some(([, from, len]) => from + len === at + 1);
    const name = `cell${cell.hex === "" ? " empty" : ""}${this.isNew(cell) ? " new" : ""}${ends ? " ends" : ""}`;
    return h(
      "span",
      { class: name, "data-by": this.colour(cell), "data-byte": at },
      cell.hex === "" ? "" : cell.hex,
    );
  }

  /** Whose colour a byte has: that of the writer's layer. */
  private colour(cell: Cell): string {
    if (cell.hex === "") return "room";
    if (cell.by < 0) return cell.by === CALLER ? "caller" : "untold";
    return this.state.opening.layers[this.state.section.fns[cell.by]?.[2] ?? -1] ?? "untold";
  }

  private writers(cells: readonly Cell[]): HTMLElement | null {
    const found = new Map<number, Cell>();
    for (const cell of cells) if (cell.hex !== "" && !found.has(cell.by)) found.set(cell.by, cell);
    if (found.size === 0) return null;
    const list = [...found].map(([by, cell]) =>
      h("span", { class: "writer", "data-by": this.colour(cell) }, this.writer(by)),
    );
    return h("p", { class: "writers" }, "by ", ...list);
  }

  private writer(by: number): string {
    if (by >= 0) return this.state.section.fns[by]?.[0] ?? "";
    return by === CALLER ? "the caller" : "a function that the trace does not name";
  }

  private fields(part: Part, cells: readonly Cell[]): HTMLElement | null {
    const list = part.fields.map(([name, at, len, value]) =>
      h(
        "button",
        {
          type: "button",
          class: "field",
          "data-from": at,
          "data-len": len,
          "aria-label": `${name} ${value}, ${bytes(len)}`,
        },
        h("span", { class: "key" }, name),
        h("span", { class: "value" }, value),
      ),
    );
    if (list.length > 0)
      return h(
        "div",
        { class: "fields", role: "group", "aria-label": `Fields of the ${part.name}` },
        ...list,
      );
    const text = part.name === "room" ? "" : printable(cells);
    return text === "" ? null : h("p", { class: "astext" }, text);
  }

  /** Light up what the pointer or the focus is on: a field and its bytes, a byte and its field. */
  private point(target: HTMLElement | null): void {
    const field = target?.closest<HTMLElement>("[data-from]");
    const byte = target?.closest<HTMLElement>("[data-byte]");
    const from = Number(field?.dataset["from"] ?? byte?.dataset["byte"] ?? -1);
    const len = Number(field?.dataset["len"] ?? 1);
    const readout = this.element.querySelector(".readout");
    for (const lit of this.element.querySelectorAll(".lit")) lit.classList.remove("lit");
    if (readout !== null) readout.textContent = "";
    if (from < 0) return;
    for (const cell of this.element.querySelectorAll<HTMLElement>("[data-byte]")) {
      const at = Number(cell.dataset["byte"]);
      cell.classList.toggle("lit", at >= from && at < from + len);
    }
    const names = this.lightFields(from, len, field ?? null);
    if (readout !== null) readout.textContent = this.about(from, len, names);
  }

  private lightFields(from: number, len: number, field: HTMLElement | null): string {
    const fields = [...this.element.querySelectorAll<HTMLElement>("[data-from]")].filter((f) => {
      const [at, size] = [Number(f.dataset["from"]), Number(f.dataset["len"])];
      return field === null ? at < from + len && from < at + size : f === field;
    });
    for (const f of fields) f.classList.add("lit");
    return fields.map((f) => f.textContent.replace(f.firstElementChild?.textContent ?? "", "$& ")).join(", ");
  }

  private about(from: number, len: number, names: string): string {
    const { section, line } = this.state;
    const buf = this.picked ?? bufferOf(section, line.row, line.last) ?? 0;
    const data = bytesAt(section, buf, line.last);
    const cell = data.cells[from - data.start];
    const where =
      len === 1
        ? `byte ${from - data.start}`
        : `bytes ${from - data.start} to ${from - data.start + len - 1}`;
    if (cell === undefined || cell.hex === "") return `${where}: room, nobody has written here yet`;
    const step = cell.row < 0 ? "" : `, step ${section.first + cell.row}`;
    return `${where}${names === "" ? "" : `: ${names}`}. Written by ${this.writer(cell.by)}${step}`;
  }
}

/** The parts, and the stretches between them. */
function cover(data: Bytes, parts: readonly Part[]): Part[] {
  const out: Part[] = [];
  const end = data.start + data.cells.length;
  const rest = (from: number, to: number): void => {
    for (let at = from; at < to; ) {
      const empty = data.cells[at - data.start]?.hex === "";
      let next = at;
      while (next < to && (data.cells[next - data.start]?.hex === "") === empty) next++;
      out.push({ buf: -1, at, len: next - at, name: empty ? "room" : "data", fields: [] });
      at = next;
    }
  };
  let at = data.start;
  for (const part of parts) {
    rest(at, part.at);
    out.push(part);
    at = part.at + part.len;
  }
  rest(at, end);
  return out;
}

function spoken(part: Part, cells: readonly Cell[]): string {
  if (part.name === "room") return `room for ${bytes(part.len)}`;
  const some = cells.slice(0, 32).map((cell) => cell.hex);
  return `${part.name}, ${bytes(part.len)}: ${some.join(" ")}${cells.length > 32 ? " and so on" : ""}`;
}

/** Data as text; a byte that is no letter or sign is a dot. Empty where no byte is one. */
function printable(cells: readonly Cell[]): string {
  const codes = cells.slice(0, TEXT).map((cell) => Number.parseInt(cell.hex, 16));
  const text = codes.map((c) => (c >= 0x20 && c < 0x7f ? String.fromCharCode(c) : "·")).join("");
  return /[^·]/.test(text) ? `“${text}”${cells.length > TEXT ? "…" : ""}` : "";
}
