// SPDX-License-Identifier: GPL-2.0-only
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  alloc_page,
  alloc_skb,
  pskb_may_pull,
  pskb_trim,
  type SkBuff,
  skb_cloned,
  skb_fill_page_desc,
  skb_headlen,
  skb_reserve,
} from "../../../../../src/kernels/el6/include/linux/skbuff.ts";
import { Kernel } from "../../../../../src/kernels/el6/kernel.ts";
import {
  kfree_skb,
  pskb_expand_head,
  skb_checksum,
  skb_clone,
  skb_copy,
  skb_copy_and_csum_bits,
  skb_copy_bits,
  skb_put,
  skb_realloc_headroom,
} from "../../../../../src/kernels/el6/net/core/skbuff.ts";
import { csum_fold, csum_partial } from "../../../../../src/wire/checksum.ts";

const kernel = () => new Kernel({ u32: () => 0 }, "stock");

/** Where a packet's bytes lie: in the linear part, in pages, in further buffers behind. */
interface Shape {
  linear: Uint8Array;
  pages: Uint8Array[];
  list: Uint8Array[];
}
const piece = fc.uint8Array({ maxLength: 60 });
const shape: fc.Arbitrary<Shape> = fc.record({
  linear: piece,
  pages: fc.array(piece, { maxLength: 3 }),
  list: fc.array(piece, { maxLength: 3 }),
});

function linear(k: Kernel, bytes: Uint8Array): SkBuff {
  const skb = alloc_skb(k, 16 + bytes.length) as SkBuff;
  skb_reserve(skb, 16);
  skb.head.bytes.set(bytes, skb_put(k, skb, bytes.length));
  return skb;
}

function build(k: Kernel, { linear: head, pages, list }: Shape): SkBuff {
  const skb = linear(k, head);
  for (const [i, bytes] of pages.entries()) {
    const page = alloc_page();
    page.bytes.set(bytes, 100 * i);
    skb_fill_page_desc(skb, i, page, 100 * i, bytes.length);
    skb.len += bytes.length;
    skb.data_len += bytes.length;
  }
  let tail: SkBuff | null = null;
  for (const bytes of list) {
    const next = linear(k, bytes);
    if (tail === null) skb.head.frag_list = next;
    else tail.next = next;
    tail = next;
    skb.len += bytes.length;
    skb.data_len += bytes.length;
  }
  return skb;
}

const flat = ({ linear: head, pages, list }: Shape) =>
  Uint8Array.from([head, ...pages, ...list].flatMap((b) => [...b]));

function bytesOf(k: Kernel, skb: SkBuff): Uint8Array {
  const out = new Uint8Array(skb.len);
  expect(skb_copy_bits(k, skb, 0, out, 0, skb.len)).toBe(0);
  return out;
}

describe("a socket buffer", () => {
  test("is charged for what it holds, rounded up to a cache line, and for its header", () => {
    // Recorded: one byte to an unresolved neighbour leaves 296 in the send queue, 600 bytes leave 936.
    expect(alloc_skb(kernel(), 1 + 28 + 16 + 15)?.truesize).toBe(296);
    expect(alloc_skb(kernel(), 600 + 28 + 16 + 15)?.truesize).toBe(936);
  });

  test("gives its bytes and their sum, wherever they lie", () => {
    fc.assert(
      fc.property(shape, fc.nat(), fc.nat(), (s, a, b) => {
        const k = kernel();
        const skb = build(k, s);
        const all = flat(s);
        const from = a % (all.length + 1);
        const len = b % (all.length - from + 1);
        const want = all.slice(from, from + len);

        const out = new Uint8Array(len);
        expect(skb_copy_bits(k, skb, from, out, 0, len)).toBe(0);
        expect(out).toEqual(want);
        if (len === 0) return;
        const sum = csum_fold(csum_partial(want, 0, len, 0));
        expect(csum_fold(skb_checksum(k, skb, from, len, 0))).toBe(sum);
        out.fill(0);
        expect(csum_fold(skb_copy_and_csum_bits(k, skb, from, out, 0, len, 0))).toBe(sum);
        expect(out).toEqual(want);
      }),
    );
  });

  test("does not give more than it has", () => {
    const k = kernel();
    const skb = build(k, { linear: new Uint8Array(4), pages: [new Uint8Array(4)], list: [] });
    expect(skb_copy_bits(k, skb, 5, new Uint8Array(8), 0, 4)).toBeLessThan(0);
  });

  test("keeps its bytes when they are pulled into the linear part, cut, or moved to a bigger head", () => {
    fc.assert(
      fc.property(shape, fc.nat(), fc.nat(), (s, a, b) => {
        const k = kernel();
        const skb = build(k, s);
        const all = flat(s);
        const pull = a % (all.length + 1);
        expect(pskb_may_pull(k, skb, pull)).toBe(true);
        expect(skb_headlen(skb)).toBeGreaterThanOrEqual(pull);
        expect(bytesOf(k, skb)).toEqual(all);

        expect(pskb_expand_head(k, skb, 32, 0)).toBe(0);
        expect(bytesOf(k, skb)).toEqual(all);

        const keep = b % (all.length + 1);
        expect(pskb_trim(k, skb, keep)).toBe(0);
        expect(bytesOf(k, skb)).toEqual(all.slice(0, keep));
      }),
    );
  });

  test("shares its bytes with a clone until one of the two wants to write", () => {
    fc.assert(
      fc.property(shape, (s) => {
        const k = kernel();
        const skb = build(k, s);
        const clone = skb_clone(k, skb) as SkBuff;
        expect(clone.head).toBe(skb.head);
        expect([skb_cloned(skb), skb_cloned(clone)]).toEqual([true, true]);
        pskb_expand_head(k, clone, 0, 0);
        expect(clone.head).not.toBe(skb.head);
        expect([skb_cloned(skb), skb_cloned(clone)]).toEqual([false, false]);
        for (const frag of skb.head.frags) expect(frag.page.count).toBe(2);
        kfree_skb(k, clone);
        for (const frag of skb.head.frags) expect(frag.page.count).toBe(1);
        expect(bytesOf(k, skb)).toEqual(flat(s));
      }),
    );
  });

  test("is copied whole: private and linear, or with a bigger head", () => {
    fc.assert(
      fc.property(shape, (s) => {
        const k = kernel();
        const skb = build(k, s);
        const copy = skb_copy(k, skb) as SkBuff;
        expect(copy.data_len).toBe(0);
        expect(bytesOf(k, copy)).toEqual(flat(s));
        const roomy = skb_realloc_headroom(k, skb, 80) as SkBuff;
        expect(roomy.data).toBeGreaterThanOrEqual(80);
        expect(bytesOf(k, roomy)).toEqual(flat(s));
      }),
    );
  });
});
