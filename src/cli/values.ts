// SPDX-License-Identifier: GPL-2.0-only
/** What people type for hosts, ports, numbers and flags, read strictly: anything else is one clear line. */

import { nearest } from "../script/nearest.ts";
import { SERVICE_NAMES, serviceOf } from "../uapi/services.ts";
import { MSG_FLAGS } from "../uapi/socket.ts";
import { numberOf, type Xlat } from "../uapi/xlat.ts";
import { UsageError } from "./errors.ts";

/** An IPv4 address as inet_aton(3) takes it (`127.1`, `0x7f000001`), or `localhost`; host order. */
export function parseHost(text: string): number {
  if (text === "localhost") return 0x7f000001;
  const addr = inetAton(text);
  if (addr !== undefined) return addr;
  throw new UsageError(
    `host '${text}': expected an IPv4 address such as 127.0.0.1, or localhost (names are not looked up on the network)`,
  );
}

/** A part of an address: 0xhex, 0octal or decimal. */
const PART = /^(?:0[xX]([0-9a-fA-F]+)|(0[0-7]*)|([1-9][0-9]*))$/;

/** inet_aton(3): one to four parts, each decimal, 0octal or 0xhex; the last fills what is left. */
export function inetAton(text: string): number | undefined {
  const parts = text.split(".");
  if (parts.length > 4) return undefined;
  const values: number[] = [];
  for (const part of parts) {
    const [, hex, octal, decimal] = PART.exec(part) ?? [];
    const digits = hex ?? octal ?? decimal;
    if (digits === undefined) return undefined;
    values.push(Number.parseInt(digits, hex !== undefined ? 16 : octal !== undefined ? 8 : 10));
  }
  const last = values.pop() as number;
  if (values.some((v) => v > 255) || last >= 256 ** (4 - values.length)) return undefined;
  return values.reduce((sum, v, i) => sum + v * 256 ** (3 - i), 0) + last;
}

/** A whole number within bounds; `what` names it in the error, `or` what else would do. Decimal or 0xhex. */
export function parseNumber(what: string, text: string, min: number, max: number, or = ""): number {
  const v = /^(-?[0-9]+|0[xX][0-9a-fA-F]+)$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isInteger(v) && v >= min && v <= max) return v;
  throw new UsageError(`${what} '${text}': expected a number from ${min} to ${max}${or}`);
}

/** A port: its number, or the name of a service such as `domain`; `what` begins an error. */
export function parsePort(what: string, text: string): number {
  const known = serviceOf(text.toLowerCase());
  if (known !== undefined) return known;
  if (!/^[a-z][\w-]*$/i.test(text)) return parseNumber(what, text, 0, 65535);
  const near = nearest(text, SERVICE_NAMES);
  const hint = near === undefined ? "" : `; did you mean ${near}?`;
  throw new UsageError(
    `${what} '${text}': expected a number from 0 to 65535, or a service such as domain${hint}`,
  );
}

/** Host and port in two words, or in one: `HOST PORT [PAYLOAD]`, `HOST:PORT [PAYLOAD]`. Throws UsageError. */
export function splitAddress([first, second, third]: readonly (string | undefined)[]): readonly [
  host: string,
  port: string,
  payload: string | undefined,
] {
  if (first === undefined) throw new UsageError("missing required argument 'host'");
  const colon = first.indexOf(":");
  if (colon > 0 && colon === first.lastIndexOf(":")) {
    if (third === undefined) return [first.slice(0, colon), first.slice(colon + 1), second];
    throw new UsageError(
      `'${first}' already has a port, and '${second}' is another: expected HOST:PORT, or HOST and PORT`,
    );
  }
  if (second === undefined) throw new UsageError("missing required argument 'port'");
  return [first, second, third];
}

/** `[addr][:port]` of --bind. */
export function parseBind(text: string): { addr: number; port: number } {
  const colon = text.lastIndexOf(":");
  const host = colon < 0 ? text : text.slice(0, colon);
  const port = colon < 0 ? "" : text.slice(colon + 1);
  if (text === "" || (colon >= 0 && port === "")) {
    throw new UsageError(`--bind '${text}': expected ADDR, :PORT or ADDR:PORT`);
  }
  return {
    addr: host === "" ? 0 : parseHost(host),
    port: port === "" ? 0 : parsePort("--bind port", port),
  };
}

/** `MSG_MORE|DONTROUTE,0x40`: names with or without MSG_, numbers, joined by `|` or `,`. */
export function parseFlags(text: string): number {
  if (text === "") return 0;
  let flags = 0;
  for (const word of text.split(/[|,]/)) flags |= parseFlag(word.trim(), text);
  return flags >>> 0;
}

function parseFlag(word: string, text: string): number {
  if (/^([0-9]+|0[xX][0-9a-fA-F]+)$/.test(word)) {
    const v = Number(word);
    if (v <= 0xffffffff) return v;
  }
  const upper = word.toUpperCase();
  const v = numberOf(MSG_FLAGS, upper.startsWith("MSG_") ? upper : `MSG_${upper}`);
  if (v !== undefined) return v;
  const names = MSG_FLAGS.map(([n]) => n);
  const near = nearest(upper.startsWith("MSG_") ? upper : `MSG_${upper}`, names);
  throw new UsageError(
    `--flags '${text}': '${word}' is not a MSG_* flag of el6${near === undefined ? "" : `; did you mean ${near}?`}`,
  );
}

/** A name of a table, or the nearest match in the error. */
export function parseName(what: string, text: string, table: Xlat): number {
  const v = numberOf(table, text.toUpperCase());
  if (v !== undefined) return v;
  const near = nearest(
    text.toUpperCase(),
    table.map(([n]) => n),
  );
  throw new UsageError(`${what} '${text}' is unknown${near === undefined ? "" : `; did you mean ${near}?`}`);
}

/** One of a few words. */
export function parseChoice<T extends string>(what: string, text: string, choices: readonly T[]): T {
  const found = choices.find((c) => c === text);
  if (found !== undefined) return found;
  const near = nearest(text, choices);
  throw new UsageError(
    `${what} '${text}': expected ${choices.join(", ")}${near === undefined ? "" : `; did you mean ${near}?`}`,
  );
}
