// SPDX-License-Identifier: GPL-2.0-only
/** Bars, the lines that lead to them, lanes and frames, as SVG. */
import { countText } from "../../trace/counter.ts";
import { isReason } from "../../trace/event.ts";
import { show, showFacts, showReturn } from "../../trace/show.ts";
import type { TimedCall } from "../../trace/time.ts";
import { headersOf, type LinkType } from "../../wire/fields.ts";
import { fromHex } from "../../wire/hexdump.ts";
import { escapeXml } from "../xml.ts";
import { type Bar, type Lane, SIZE, type Sight } from "./layout.ts";

/** A number of pixels, to a tenth. */
export function px(n: number): string {
  return Number.isFinite(n) ? String(Math.round(n * 10) / 10) : "0";
}

/** How a bar is marked beside its layer's colour. */
export interface Marks {
  readonly failed: ReadonlySet<TimedCall>;
  readonly decided: TimedCall | null;
}

/** The ground of a lane, and its name at the left. */
export function lane({ layer, y, height }: Lane, left: number, right: number): string {
  return (
    `<g class="${layer}"><rect class="lane" x="${px(left)}" y="${px(y)}" width="${px(right - left)}" height="${px(height)}" rx="4"/>` +
    `<text class="sans" x="${px(left - 10)}" y="${px(y + 17)}" text-anchor="end">${layer}</text></g>`
  );
}

/** The line from a caller in another lane down or up to its callee. */
export function lead({ call, x, y, parent }: Bar): string {
  if (parent === null || parent.call.layer === call.layer) return "";
  const below = parent.y < y;
  const from = below ? parent.y + SIZE.bar : parent.y;
  return `<g class="${call.layer}"><line class="lead" x1="${px(x)}" y1="${px(from)}" x2="${px(x)}" y2="${px(below ? y : y + SIZE.bar)}"/></g>`;
}

/** The bar of a call with its name, and all that is known of it as a tooltip. */
export function bar({ call, label, x, width, y }: Bar, marks: Marks): string {
  const group = `call ${call.layer}${marks.failed.has(call) ? " fail" : ""}`;
  const look = `bar${call.inline ? " inline" : ""}${marks.decided === call ? " decided" : ""}`;
  return (
    `<g class="${group}"><title>${escapeXml(tooltip(call))}</title>` +
    `<rect class="${look}" x="${px(x)}" y="${px(y)}" width="${px(width)}" height="${SIZE.bar}" rx="2.5"/>` +
    `<text x="${px(x + 3.5)}" y="${px(y + 11.6)}">${escapeXml(label)}</text></g>\n`
  );
}

function tooltip(call: TimedCall): string {
  const args = Object.entries(call.args)
    .filter(([, value]) => value !== "…")
    .map(([name, value]) => `${name}=${show(name, value, call.fn)}`);
  const ret = call.returned
    ? call.ret === undefined
      ? ""
      : ` = ${showReturn(call.fn, call.ret)}`
    : " …never returned";
  const lines = [`${call.fn}(${args.join(", ")})${ret}`, `${call.file} · ${call.end - call.start} ns`];
  for (const item of call.body) {
    if (isReason(item)) {
      lines.push(item.facts === undefined ? item.text : `${item.text}: ${showFacts(item.facts, call.fn)}`);
    } else if (item.ev === "count") lines.push(`↑ ${countText(item)}`);
  }
  return lines.join("\n");
}

/** Sizes of a frame's picture. */
export const CHIP = { width: 112, height: 26, bytes: 7 } as const;

/** A frame: which way on which device, how long, and its headers in proportion. */
export function chip({ packet, x }: Sight, y: number): string {
  const bytes = fromHex(packet.hex);
  const way = packet.type === 4 ? "out by" : "in on";
  const label = `${way} ${packet.dev}, ${bytes.length} bytes`;
  return (
    `<g><text class="sans soft" x="${px(x)}" y="${px(y + 11)}">${escapeXml(label)}</text>` +
    segments(bytes, packet.link)
      .map(([name, from, to]) => {
        const at = x + (from / Math.max(1, bytes.length)) * CHIP.width;
        const width = ((to - from) / Math.max(1, bytes.length)) * CHIP.width;
        return (
          `<g class="${SEGMENT[name] ?? "payload"}"><rect class="seg" x="${px(at)}" y="${px(y + 16)}" width="${px(Math.max(0, width - 0.8))}" height="${CHIP.bytes}" rx="1">` +
          `<title>${name}, ${to - from} bytes</title></rect></g>`
        );
      })
      .join("") +
    "</g>\n"
  );
}

/** Which layer's colour a header has. */
const SEGMENT: Readonly<Record<string, string>> = {
  ethernet: "dev",
  arp: "neigh",
  ip: "ip",
  udp: "udp",
  icmp: "icmp",
};

/** The headers and what follows them: name, first byte, the byte behind. */
function segments(frame: Uint8Array, link: LinkType): [string, number, number][] {
  const out: [string, number, number][] = [];
  let at = 0;
  for (const [name, fields] of headersOf(frame, link)) {
    const end = Math.min(frame.length, Math.max(at, ...fields.map((f) => f.at + f.len)));
    if (end > at) out.push([name, at, end]);
    at = end;
  }
  if (at < frame.length) out.push(["payload", at, frame.length]);
  return out;
}
