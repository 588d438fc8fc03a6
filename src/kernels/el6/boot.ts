// SPDX-License-Identifier: GPL-2.0-only
/** A fresh machine: the initcalls of the network code, in the kernel's order. lo is there, down and unconfigured. */
import type { BootOptions } from "../release.ts";
import { Kernel, type Net, type Randomness } from "./kernel.ts";

/** splitmix32: small, fast, and every seed gives another row. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return (z ^ (z >>> 16)) >>> 0;
  };
}

/** Every random choice of the machine: the caller's, where it makes one, else the seed's. */
function randomness({ seed, choose }: BootOptions): Randomness {
  const next = generator(seed);
  return { u32: (what) => choose?.(what) ?? next() };
}

export function boot(options: BootOptions): Kernel {
  const k = new Kernel(randomness(options));
  return k;
}
