// SPDX-License-Identifier: GPL-2.0-only
/** Blacked-out addresses (`192.0.x.z`, `<redacted>`) and ports: others stand in for them, the same for the same. */
import { parseDottedQuad } from "../../wire/ipv4.ts";
import type { CallValue, Value } from "./value.ts";

/** Of TEST-NET-2 (RFC 5737): 254 of them, then again from the first. */
const address = (n: number): string => `198.51.100.${(n % 254) + 1}`;
const FIRST_PORT = 50_000;
const PORTS = 10_000;

export class Blacked {
  private readonly addresses = new Map<string, string>();
  private readonly ports = new Map<string, number>();

  /** A call's arguments, and what was put into them: in words. */
  through(values: readonly Value[]): { values: readonly Value[]; said: string[] } {
    const said: string[] = [];
    return { values: values.map((v) => this.value(v, said)), said };
  }

  private value(v: Value, said: string[]): Value {
    switch (v.kind) {
      case "call":
        return this.call(v, said);
      case "change":
        return { ...v, before: this.value(v.before, said), after: this.value(v.after, said) };
      case "array":
        return { ...v, items: v.items.map((item) => this.value(item, said)) };
      case "struct":
        return {
          ...v,
          fields: new Map([...v.fields].map(([name, field]) => [name, this.value(field, said)])),
        };
      default:
        return v;
    }
  }

  private call(v: CallValue, said: string[]): Value {
    const [arg] = v.args;
    const text = arg?.kind === "string" ? arg.bytes : arg?.kind === "names" ? arg.parts[0]?.text : undefined;
    if (arg === undefined || text === undefined) return v;
    if (/^inet_(?:addr|aton)$/.test(v.name) && isBlacked(text)) {
      const put = this.stand(text);
      said.push(`${put} for ${text}`);
      return { ...v, args: [{ kind: "string", bytes: put, cut: false, at: arg.at, end: arg.end }] };
    }
    if (v.name !== "htons" || arg.kind === "number") return v;
    const port = this.port(text);
    said.push(`port ${port} for ${text}`);
    return { ...v, args: [{ kind: "number", value: port, text: String(port), at: arg.at, end: arg.end }] };
  }

  private stand(text: string): string {
    const known = this.addresses.get(text) ?? address(this.addresses.size);
    this.addresses.set(text, known);
    return known;
  }

  private port(text: string): number {
    const known = this.ports.get(text) ?? FIRST_PORT + (this.ports.size % PORTS);
    this.ports.set(text, known);
    return known;
  }
}

/** No address, and no number too many either: letters, stars, angles where digits were. */
function isBlacked(text: string): boolean {
  return parseDottedQuad(text) === undefined && /[^0-9.]/.test(text);
}
