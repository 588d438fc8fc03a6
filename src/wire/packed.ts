// SPDX-License-Identifier: GPL-2.0-only
/** Little-endian numbers and texts one after the other, in a buffer that grows. */

export class Packed {
  private bytes: Uint8Array<ArrayBuffer> = new Uint8Array(256);
  private view = new DataView(this.bytes.buffer);
  private n = 0;

  get length(): number {
    return this.n;
  }

  private room(size: number): number {
    if (this.n + size > this.bytes.length) {
      const bigger = new Uint8Array(Math.max(this.bytes.length * 2, this.n + size));
      bigger.set(this.bytes);
      this.bytes = bigger;
      this.view = new DataView(bigger.buffer);
    }
    this.n += size;
    return this.n - size;
  }

  u8(v: number): this {
    const at = this.room(1); // which may put another view in its place
    this.view.setUint8(at, v);
    return this;
  }

  u16(v: number): this {
    const at = this.room(2);
    this.view.setUint16(at, v, true);
    return this;
  }

  u32(v: number): this {
    const at = this.room(4);
    this.view.setUint32(at, v, true);
    return this;
  }

  /** A whole number below 2^53. */
  u64(v: number): this {
    return this.halves(Math.floor(v / 0x1_0000_0000), v % 0x1_0000_0000);
  }

  /** 64 bits as their upper and their lower half. */
  halves(high: number, low: number): this {
    return this.u32(low).u32(high);
  }

  raw(bytes: Uint8Array): this {
    const at = this.room(bytes.length);
    this.bytes.set(bytes, at);
    return this;
  }

  /** UTF-8, without an end. */
  text(text: string): this {
    return this.raw(new TextEncoder().encode(text));
  }

  /** Zeros up to the next multiple of `size`. */
  align(size: number): this {
    const rest = this.n % size;
    if (rest > 0) this.room(size - rest);
    return this;
  }

  /** What has been written; the buffer begins anew. */
  take(): Uint8Array {
    const bytes = this.bytes.slice(0, this.n);
    this.bytes.fill(0, 0, this.n);
    this.n = 0;
    return bytes;
  }
}
