// SPDX-License-Identifier: GPL-2.0-only
/** The packet at a step: its headers one below the other, each byte in the colour of the function that wrote it. */
import { button, h, rove } from "./dom.ts";
import { cover, partElement, type Scene, SHOWN, stripedWriters, writerOf } from "./part.ts";
import { type Bytes, bufferOf, buffersAt, bytesAt, frameAt, partsAt } from "./replay.ts";
import type { State } from "./state.ts";
import { bytes } from "./words.ts";

export class Packet {
  readonly element: HTMLElement = h("section", { class: "packet", "aria-label": "Packet" });
  private readonly state: State;
  /** The buffer that the reader has picked, and how many bytes of a part are shown. */
  private picked: number | null = null;
  private limit = SHOWN;
  private data: Bytes = { start: 0, cells: [] };

  constructor(state: State) {
    this.state = state;
    this.element.addEventListener("pointerover", (event) => this.point(event.target as HTMLElement));
    this.element.addEventListener("focusin", (event) => this.point(event.target as HTMLElement));
    this.element.addEventListener("pointerleave", () => this.point(null));
  }

  /** Show the packet of the current step. */
  show(): void {
    this.picked = null;
    this.limit = SHOWN;
    this.draw();
  }

  private draw(): void {
    const { section, line, opening } = this.state;
    const buf = this.picked ?? bufferOf(section, line.row, line.last);
    if (buf === null) {
      this.element.replaceChildren(h("p", { class: "none" }, "No packet in this call."));
      return;
    }
    this.data = bytesAt(section, buf, line.last);
    const scene: Scene = {
      section,
      layers: opening.layers,
      from: line.row,
      limit: this.limit,
      show: (limit) => this.pick(buf, limit),
      striped: stripedWriters(this.data, section),
    };
    const parts = cover(this.data, partsAt(section, buf, line.last));
    const list = h("div", { class: "parts" }, ...parts.map((part) => partElement(part, this.data, scene)));
    this.element.replaceChildren(this.head(buf), list, h("p", { class: "readout", "aria-hidden": "true" }));
    for (const fields of list.querySelectorAll<HTMLElement>(".fields")) rove(fields, "button");
  }

  private head(buf: number): HTMLElement {
    const { section, line } = this.state;
    const frame = frameAt(section, buf, line.last);
    const { cells } = this.data;
    const room = cells.filter((cell) => cell.hex === "").length;
    const size = `${bytes(cells.length - room)}${room > 0 ? `, room for ${room} more` : ""}`;
    const there = buffersAt(section, line.last);
    const tabs = there.map((b) =>
      button(
        { class: "tab", "aria-pressed": String(b === buf) },
        () => this.pick(b, SHOWN),
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

  private pick(buf: number, limit: number): void {
    this.picked = buf;
    this.limit = limit;
    this.draw();
    this.element.querySelector<HTMLElement>('.tab[aria-pressed="true"]')?.focus();
  }

  /** Light up what the pointer or the focus is on: a field and its bytes, a byte and its field. */
  private point(target: HTMLElement | null): void {
    const field = target?.closest<HTMLElement>("[data-from]") ?? null;
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
    const names = this.lightFields(from, field);
    if (readout !== null) readout.textContent = this.about(from, len, names);
  }

  private lightFields(at: number, field: HTMLElement | null): string {
    const covers = (f: HTMLElement): boolean => {
      const from = Number(f.dataset["from"]);
      return at >= from && at < from + Number(f.dataset["len"]);
    };
    const all = [...this.element.querySelectorAll<HTMLElement>("[data-from]")];
    const fields = field === null ? all.filter(covers) : [field];
    for (const f of fields) f.classList.add("lit");
    return fields.map((f) => [...f.children].map((part) => part.textContent).join(" ")).join(", ");
  }

  private about(from: number, len: number, names: string): string {
    const { section } = this.state;
    const first = from - this.data.start;
    const cell = this.data.cells[first];
    const where = len === 1 ? `byte ${first}` : `bytes ${first} to ${first + len - 1}`;
    if (cell === undefined || cell.hex === "") return `${where}: room, not written yet`;
    const step = cell.row < 0 ? "" : `, step ${section.first + cell.row}`;
    return `${where}${names === "" ? "" : `: ${names}`}. Written by ${writerOf(section, cell.by)}${step}`;
  }
}
