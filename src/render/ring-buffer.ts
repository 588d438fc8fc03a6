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
    if (HEADER_SIZE + this.page.length + size > PAGE_SIZE || at - this.last >= 2 ** DELTA_BITS) this.flush();
    if (this.page.length === 0) {
      this.start = at;
      this.last = at;
    }
    const delta = at - this.last;
    this.last = at;
    this.page.u32(((delta << 5) | (isSmall ? words : 0)) >>> 0);
    if (!isSmall) this.page.u32(data.length + 4);
    this.page.raw(data).align(4);
  }

  /** End the page that is being filled. */
  flush(): void {
    if (this.page.length === 0) return;
    const data = this.page.take();
    const page = new Packed().u64(this.start).u64(data.length).raw(data).align(PAGE_SIZE);
    this.pages.push(page.take());
  }
}
