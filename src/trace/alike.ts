// SPDX-License-Identifier: GPL-2.0-only
/**
 * Did two system calls go alike? A call as text, without what counts up from one to the next: numbers of objects and of
 * packets, IP ids with the checksums over them, references and times of use.
 */
import type { Plain } from "./plain.ts";
import type { Item } from "./tree.ts";

/** Arguments and facts that count up. */
const RUNNING: ReadonlySet<string> = new Set(["id", "__refcnt", "__use", "lastuse", "time"]);

/** Calls that went alike have the same text. */
export function likeness(body: readonly Item[]): string {
  const out: string[] = [];
  const names = new Map<string, number>();
  const plain = (value: Plain): Plain => {
    if (typeof value === "string") return /^[a-z_]+#\d+$/.test(value) ? renamed(value, names) : value;
    if (Array.isArray(value)) return value.map(plain);
    return typeof value === "object" && value !== null ? fields(value as { [key: string]: Plain }) : value;
  };
  const fields = (record: { readonly [key: string]: Plain }): { [key: string]: Plain } =>
    Object.fromEntries(
      Object.entries(record).map(([key, value]) => [key, RUNNING.has(key) ? "~" : plain(value)]),
    );
  const visit = (items: readonly Item[]): void => {
    for (const item of items) {
      if (item.ev === "call") {
        const { fn, args, ret, returned } = item;
        out.push(JSON.stringify([fn, fields(args), returned, ret === undefined ? null : plain(ret)]));
        visit(item.body);
        out.push("}");
      } else if (item.ev === "in") {
        out.push(item.name);
        visit(item.body);
        out.push("}");
      } else out.push(JSON.stringify(leaf(item)));
    }
  };
  const leaf = (item: Exclude<Item, { ev: "call" | "in" }>): Plain[] => {
    switch (item.ev) {
      case "note":
        return [item.fn, item.text, fields(item.facts ?? {})];
      case "fate": {
        const { packet = "", about = "", socket = "" } = item;
        const who = [packet, about, socket].map(plain);
        const what = [item.fate, item.text, item.reason ?? "", item.errno ?? 0];
        return [item.fn, ...what, ...who, fields(item.facts ?? {})];
      }
      case "dump":
        return [item.label, item.at, masked(item.label, item.hex)];
      case "packet":
        return [item.dev, item.type, item.status, ...maskedFrame(item.hex, item.link)];
      case "count":
        return [item.fn, item.name, item.by];
      case "clock":
        return [item.ms];
    }
  };
  visit(body);
  return out.join("\n");
}

/** An object by the order in which it turns up. */
function renamed(value: string, names: Map<string, number>): string {
  const n = names.get(value) ?? names.size;
  names.set(value, n);
  return `${value.slice(0, value.indexOf("#"))}#${n}`;
}

/** Digits of an IP header without its id and checksum, bytes `[4, 6)` and `[10, 12)` from `at`. */
function maskIp(hex: string, at: number): string {
  const [id, check] = [at + 8, at + 20];
  return `${hex.slice(0, id)}~~~~${hex.slice(id + 4, check)}~~~~${hex.slice(check + 4)}`;
}

/** An ICMP message without its checksum; an error quotes an IP header. */
function maskIcmp(hex: string, at: number): string {
  const bare = `${hex.slice(0, at + 4)}~~~~${hex.slice(at + 8)}`;
  return hex.startsWith("45", at + 16) ? maskIp(bare, at + 16) : bare;
}

function masked(label: string, hex: string): string {
  if (label === "ip header") return maskIp(hex, 0);
  return label === "icmp message" ? maskIcmp(hex, 0) : hex;
}

/** Digits of an Ethernet header's type field, and of the whole header. */
const TYPE = 24;
const ETHERNET = 28;

function maskedFrame(hex: string, link: "raw" | undefined): string[] {
  const at = link === "raw" ? 0 : ETHERNET;
  if (link !== "raw" && !hex.startsWith("0800", TYPE)) return [hex];
  const size = Number.parseInt(hex.charAt(at + 1), 16) * 8;
  const isIcmp = hex.startsWith("01", at + 18);
  return [maskIp(isIcmp ? maskIcmp(hex, at + size) : hex, at)];
}
