// SPDX-License-Identifier: GPL-2.0-only
/** `expect packet lo udp dst 127.0.0.1:53 len 5`: what a frame must look like, word by word. */

import { nearest } from "../nearest.ts";
import { isDeviceName, parsePrefix, type Reader } from "../reader.ts";
import { FIELDS, FLAGS, type Packet, PROTOCOLS } from "./packet.ts";

/** Everything that must be so. */
export interface PacketPattern {
  readonly dev?: string;
  readonly tests: readonly Test[];
}

/** One property of a frame, with its words. */
interface Test {
  readonly text: string;
  readonly holds: (packet: Packet) => boolean;
}

const ADDRESSES = ["src", "dst", "who-has", "tell"] as const;
const NUMBERS = Object.keys(FIELDS);
const WORDS = [...PROTOCOLS, "in", "out", ...FLAGS, ...ADDRESSES, ...NUMBERS, "data"];

/** The pattern that the rest of a line is. The first word may be a device. */
export function parsePattern(r: Reader): PacketPattern {
  const first = r.peek();
  const dev = first !== undefined && !WORDS.includes(first) ? device(r) : undefined;
  const tests: Test[] = [];
  while (!r.done) tests.push(parseTest(r));
  return { ...(dev === undefined ? {} : { dev }), tests };
}

/** `dev NAME`, or a name alone, unless it is nearly a word of a packet and has neither a number nor a dash. */
function device(r: Reader): string {
  if (r.take("dev")) return r.device();
  const word = r.next("a device");
  const plain = /[\d-]/.test(word) || nearest(word, WORDS) === undefined;
  if (!isDeviceName(word) || !(word === "lo" || plain)) {
    throw r.unknown("a device or a packet keyword", ["lo", ...WORDS]);
  }
  return word;
}

function parseTest(r: Reader): Test {
  const word = r.next("a packet keyword");
  if (word === "in" || word === "out") return { text: word, holds: (p) => p.out === (word === "out") };
  if (PROTOCOLS.includes(word)) return { text: word, holds: (p) => p.protocols.has(word) };
  if (FLAGS.includes(word)) return { text: word, holds: (p) => p.flags.has(word) };
  if (word === "data") return data(r);
  const address = ADDRESSES.find((name) => name === word);
  if (address !== undefined) return endpoint(r, address);
  if (!NUMBERS.includes(word)) throw r.unknown("a packet keyword", WORDS);
  const value = r.number(`${word} and a number`);
  return { text: `${word} ${value}`, holds: (p) => p.numbers.get(word) === value };
}

function data(r: Reader): Test {
  const text = r.next("the payload");
  const wanted = new TextEncoder().encode(text);
  const same = (bytes: Uint8Array | undefined): boolean =>
    bytes !== undefined && bytes.length === wanted.length && bytes.every((b, i) => b === wanted[i]);
  return { text: `data ${JSON.stringify(text)}`, holds: (p) => same(p.data) };
}

/** `A`, `A/L`, `A:PORT`, `:PORT`. */
function endpoint(r: Reader, which: (typeof ADDRESSES)[number]): Test {
  const word = r.next("an address");
  const [host = "", port] = word.split(":");
  const prefix = host === "" ? { addr: 0, len: 0 } : parsePrefix(host);
  const number = port === undefined ? undefined : Number(port);
  const bad = number !== undefined && !(/^[0-9]+$/.test(port ?? "") && number <= 65_535);
  if (prefix === undefined || bad || (host === "" && port === undefined)) {
    throw r.wrong("an address: 127.0.0.1, 127.0.0.1:53 or :53");
  }
  const mask = prefix.len === 0 ? 0 : (0xffffffff << (32 - prefix.len)) >>> 0;
  const portField = which === "src" ? "sport" : "dport";
  return {
    text: `${which} ${word}`,
    holds: (p) => {
      const addr = p.addresses.get(which);
      if (addr === undefined || ((addr ^ prefix.addr) & mask) !== 0) return false;
      return number === undefined || p.numbers.get(portField) === number;
    },
  };
}

/** Does a frame match? */
export function matches(pattern: PacketPattern, packet: Packet): boolean {
  return (
    (pattern.dev === undefined || pattern.dev === packet.dev) && pattern.tests.every((t) => t.holds(packet))
  );
}
