// SPDX-License-Identifier: GPL-2.0-only
/** The kernels that can be simulated, by name. */
import { El6Machine } from "./el6/machine.ts";
import type { Release } from "./release.ts";

/** RHEL 6.8's kernel, the one the seed note reads. */
export const El6: Release = {
  name: "el6",
  uname: "2.6.32-642.6.2.el6.x86_64",
  boot: (options) => new El6Machine(options),
};

export const RELEASES: { readonly el6: Release } = { el6: El6 };
