// SPDX-License-Identifier: GPL-2.0-only
/** Medians and their spread. */

/** Middle value of a sample. */
export function median(sample: readonly number[]): number {
  return quantile(sample, 0.5);
}

/** Linear-interpolated quantile, `q` from 0 to 1. */
export function quantile(sample: readonly number[], q: number): number {
  const s = [...sample].sort((a, b) => a - b);
  const at = (s.length - 1) * q;
  const low = s[Math.floor(at)] as number;
  const high = s[Math.ceil(at)] as number;
  return low + (high - low) * (at - Math.floor(at));
}

/** `1.21 (1.17 to 1.26)`: median and quartiles. */
export function spread(sample: readonly number[], digits = 2): string {
  const f = (v: number): string => v.toFixed(digits);
  return `${f(median(sample))} (${f(quantile(sample, 0.25))} to ${f(quantile(sample, 0.75))})`;
}
