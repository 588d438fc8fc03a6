// SPDX-License-Identifier: GPL-2.0-only
/** A short round over networks, the same each time. */
import { expect, test } from "vitest";
import { seeded } from "./logs.ts";
import { checkNetwork, realNetworks, wildNetwork } from "./networks.ts";

const ROUNDS = 1500;

test("networks in any state are read, or refused in one clear line", () => {
  const real = realNetworks();
  expect(real.length).toBeGreaterThan(40);
  for (let seed = 0; seed < ROUNDS; seed++) {
    const text = wildNetwork(seeded(seed), real);
    try {
      checkNetwork(text);
    } catch (error) {
      throw new Error(`seed ${seed}: ${JSON.stringify(text)}`, { cause: error });
    }
  }
}, 60_000);
