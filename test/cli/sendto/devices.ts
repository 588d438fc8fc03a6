// SPDX-License-Identifier: GPL-2.0-only
/** Two devices for tests of what names them. */
import type { Devices } from "../../../src/cli/sendto/devices.ts";

const INDEX: Readonly<Record<string, number>> = { lo: 1, eth0: 2 };

export const DEVICES: Devices = { names: Object.keys(INDEX), index: (name) => INDEX[name] };
