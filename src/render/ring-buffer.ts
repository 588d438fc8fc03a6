// SPDX-License-Identifier: GPL-2.0-only
/** Pages of the kernel's trace ring buffer (kernel/trace/ring_buffer.c): what a trace.dat holds of a CPU. */
import { Packed } from "../wire/packed.ts";

export const PAGE_SIZE = 4096;
/** A page begins with its time and how many bytes of it are used. */
const HEADER_SIZE = 16;
/** Longer events say their length in a word of their own. */
const LARGEST_SMALL = 28 * 4;
/** An event tells its time as what has passed since the one before, in so many bits. */
const DELTA_BITS = 27;
/** RINGBUF_TYPE_TIME_EXTEND: an event of two words, the second of which has the delta's upper bits. */
const TIME_EXTEND = 30;

const WIDE = 2 ** DELTA_BITS;
const EXTEND_SIZE = 8;

/** Events go in in order of time; pages come out. */
export class RingBuffer {
  readonly pages: Uint8Array[] = [];
  private readonly page = new Packed();
  private start = 0;
  private last = 0;

  /** Add an event of at most a page. Its data is padded to words. */
  add(at: number, data: Uint8Array): void {
    const words = Math.ceil(data.length / 4);
    const isSmall = words * 4 <= LARGEST_SMALL;
    const size = (isSmall ? 4 : 8) + words * 4;
    const isFull = HEADER_SIZE + this.page.length + EXTEND_SIZE + size > PAGE_SIZE;
    if (isFull || at - this.last >= WIDE * 2 ** 32) this.flush();
    if (this.page.length === 0) {
      this.start = at;
      this.last = at;
    }
    const delta = this.extended(at - this.last);
    this.last = at;
    this.page.u32(((delta << 5) | (isSmall ? words : 0)) >>> 0);
    if (!isSmall) this.page.u32(data.length + 4);
    this.page.raw(data).align(4);
  }

  /** What the next event has to tell of the time that has passed: what is longer, an event of its own tells. */
  private extended(delta: number): number {
    if (delta < WIDE) return delta;
    this.page.u32((((delta % WIDE) << 5) | TIME_EXTEND) >>> 0).u32(Math.floor(delta / WIDE));
    return 0;
  }

  /** End the page that is being filled. */
  flush(): void {
    if (this.page.length === 0) return;
    const data = this.page.take();
    const page = new Packed().u64(this.start).u64(data.length).raw(data).align(PAGE_SIZE);
    this.pages.push(page.take());
  }
}
