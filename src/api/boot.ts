// SPDX-License-Identifier: GPL-2.0-only
/** What a machine is booted with, and its network. */
import { memoryIo } from "../cli/memory-io.ts";
import { LO, type NamedNetwork, PRESETS, setUpNetwork } from "../cli/net.ts";
import { parseNumber } from "../cli/values.ts";
import { RELEASES } from "../kernels/index.ts";
import type { Machine as KernelMachine } from "../kernels/release.ts";
import { nearest } from "../script/nearest.ts";
import { parseNetwork } from "../script/net/parse.ts";
import { NettraceError } from "./error.ts";
import { oneOf } from "./options.ts";

/** What decides how a machine is. */
export interface BootOptions {
  /** The kernel: `el6` is RHEL 6's 2.6.32-642.6.2.el6, and what is booted where nothing is said. */
  readonly kernel?: "el6";
  /** Decides ephemeral ports, IP ids, what is lost, and all else that is random: 0 to 2³²-1, 0 where not said. */
  readonly seed?: number;
  /**
   * The network: `lo` (where not said), `lan`, `two`, or a text of several lines as `--net` reads it from a file: `ip`
   * commands, what `ip -j` printed, or what was pasted from a terminal.
   */
  readonly network?: string;
}

/** The names of these options. */
export const BOOT_OPTIONS: readonly (keyof BootOptions)[] = ["kernel", "seed", "network"];

/** The options as machines are made of them. */
export interface Boot {
  readonly kernel: keyof typeof RELEASES;
  readonly seed: number;
  /** Makes the network of a machine that has just booted, and gives the line that describes it. */
  readonly network: (machine: KernelMachine) => string;
}

/** Check the options. */
export function parseBoot({ kernel = "el6", seed = 0, network = "lo" }: BootOptions): Boot {
  const named = parseNamed(network);
  return {
    kernel: oneOf("kernel", kernel, Object.keys(RELEASES) as (keyof typeof RELEASES)[]),
    seed: parseNumber("seed", String(seed), 0, 0xffffffff),
    network: (machine) => setUpNetwork(machine, named, memoryIo()),
  };
}

function parseNamed(network: string): NamedNetwork {
  if (network === LO.name) return LO;
  if (Object.hasOwn(PRESETS, network)) {
    return { name: network, label: network, network: parseNetwork(PRESETS[network] as string) };
  }
  if (/\s/.test(network)) return { name: "network", label: "network", network: parseNetwork(network) };
  const names = Object.keys(PRESETS);
  const near = nearest(network, names);
  const hint = near === undefined ? "" : `; did you mean ${near}?`;
  throw new NettraceError(`network '${network}': expected ${names.join(", ")}, or text with commands${hint}`);
}
