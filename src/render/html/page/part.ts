// SPDX-License-Identifier: GPL-2.0-only
/** One header of a packet, or its data: bytes in their writers' colours, fields by name. */
import type { Part, Section } from "../model.ts";
import { button, h } from "./dom.ts";
import type { Bytes, Cell } from "./replay.ts";
import { bytes } from "./words.ts";

/** Bytes of a part that are shown at first, and how many times as many on request. */
export const SHOWN = 120;
const MORE = 16;
/** Characters of data that are shown as text. */
const TEXT = 48;
/** Bytes that are read aloud. */
const SPOKEN = 32;
const CALLER = -1;

/** What a part needs to know of where the reader is. */
export interface Scene {
  readonly section: Section;
  readonly layers: readonly string[];
  /** Bytes of this row and later ones are new. */
  readonly from: number;
  /** So many bytes of a part are shown; what to do when a reader wants more. */
  readonly limit: number;
  readonly show: (limit: number) => void;
  /** Writers in whose layer's colour another one writes, too: theirs is striped. */
  readonly striped: ReadonlySet<number>;
}

/** Of several writers of one layer all but the first. */
export function stripedWriters(data: Bytes, section: Section): Set<number> {
  const writers = [...new Set(data.cells.filter((c) => c.hex !== "" && c.by >= 0).map((c) => c.by))];
  const layer = (by: number): number | undefined => section.fns[by]?.[2];
  return new Set(writers.filter((by, i) => writers.slice(0, i).some((other) => layer(other) === layer(by))));
}

/** Who wrote a byte, by name. */
export function writerOf(section: Section, by: number): string {
  if (by >= 0) return section.fns[by]?.[0] ?? "";
  return by === CALLER ? "the caller" : "an unnamed function";
}

/** The parts, and the stretches between them. */
export function cover(data: Bytes, parts: readonly Part[]): Part[] {
  const out: Part[] = [];
  const isRoom = (at: number): boolean => data.cells[at - data.start]?.hex === "";
  const rest = (from: number, to: number): void => {
    for (let at = from; at < to; ) {
      let next = at;
      while (next < to && isRoom(next) === isRoom(at)) next++;
      out.push({ buf: -1, at, len: next - at, name: isRoom(at) ? "room" : "data", fields: [] });
      at = next;
    }
  };
  let at = data.start;
  for (const part of parts) {
    rest(at, part.at);
    out.push(part);
    at = part.at + part.len;
  }
  rest(at, data.start + data.cells.length);
  return out;
}

/** The element of a part. */
export function partElement(part: Part, data: Bytes, scene: Scene): HTMLElement {
  const cells = data.cells.slice(part.at - data.start, part.at - data.start + part.len);
  const shown = cells.slice(0, scene.limit);
  const more = Math.min(cells.length, scene.limit * MORE) - shown.length;
  const label = spoken(part, cells);
  return h(
    "section",
    {
      class: `part${part.name === "room" ? " room" : ""}${cells.some((c) => isNew(c, scene)) ? " new" : ""}`,
    },
    h("div", { class: "about" }, h("h4", {}, part.name), writers(part, cells, scene)),
    h(
      "div",
      { class: "data" },
      h(
        "div",
        { class: "bytes", role: "img", "aria-label": label },
        ...shown.map((c, i) => cell(part, c, i, scene)),
      ),
      more === 0
        ? null
        : button({ class: "more" }, () => scene.show(scene.limit * MORE), `show ${more} more`),
      fields(part, cells),
    ),
  );
}

function isNew(cell: Cell, scene: Scene): boolean {
  return cell.hex !== "" && cell.row >= scene.from;
}

function cell(part: Part, cell: Cell, index: number, scene: Scene): HTMLElement {
  const at = part.at + index;
  const ends = part.fields.some(([, from, len]) => from + len === at + 1);
  const name = `cell${cell.hex === "" ? " empty" : ""}${isNew(cell, scene) ? " new" : ""}${ends ? " ends" : ""}${scene.striped.has(cell.by) ? " striped" : ""}`;
  return h("span", { class: name, "data-by": colour(cell, scene), "data-byte": at }, cell.hex);
}

/** Whose colour a byte has: that of the writer's layer. */
function colour(cell: Cell, { section, layers }: Scene): string {
  if (cell.hex === "") return "room";
  if (cell.by < 0) return cell.by === CALLER ? "caller" : "untold";
  return layers[section.fns[cell.by]?.[2] ?? -1] ?? "untold";
}

function writers(part: Part, cells: readonly Cell[], scene: Scene): HTMLElement {
  const found = new Map<number, Cell>();
  for (const cell of cells) if (cell.hex !== "" && !found.has(cell.by)) found.set(cell.by, cell);
  const list = [...found].map(([by, cell]) =>
    h(
      "span",
      { class: `writer${scene.striped.has(by) ? " striped" : ""}`, "data-by": colour(cell, scene) },
      writerOf(scene.section, by),
    ),
  );
  return h("p", { class: "writers" }, `${bytes(part.len)}${list.length === 0 ? "" : " by "}`, ...list);
}

function fields(part: Part, cells: readonly Cell[]): HTMLElement | null {
  if (part.fields.length === 0) {
    const text = part.name === "room" ? "" : printable(cells);
    return text === "" ? null : h("p", { class: "astext" }, text);
  }
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
  return h("div", { class: "fields", role: "group", "aria-label": `Fields of the ${part.name}` }, ...list);
}

function spoken(part: Part, cells: readonly Cell[]): string {
  if (part.name === "room") return `room for ${bytes(part.len)}`;
  const some = cells.slice(0, SPOKEN).map((cell) => cell.hex);
  return `${part.name}, ${bytes(part.len)}: ${some.join(" ")}${cells.length > SPOKEN ? " and so on" : ""}`;
}

/** Data as text; a byte that is no letter or sign is a dot. Empty where no byte is one. */
function printable(cells: readonly Cell[]): string {
  const codes = cells.slice(0, TEXT).map((cell) => Number.parseInt(cell.hex, 16));
  const text = codes.map((c) => (c >= 0x20 && c < 0x7f ? String.fromCharCode(c) : "·")).join("");
  return /[^·]/.test(text) ? `“${text}”${cells.length > TEXT ? "…" : ""}` : "";
}
