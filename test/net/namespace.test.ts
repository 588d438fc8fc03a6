// SPDX-License-Identifier: GPL-2.0-only
/**
 * Random networks, in a namespace of the kernel that runs us and in the simulator: what every kernel since el6 says alike
 * must be alike, `ip route get` (dev, via, src, errno) and the errno of sendto(2).
 * Then the same of a machine that is made of what `ip -j` prints of the namespace. NETTRACE_NET_SEED=N begins with another network.
 */
import { expect, test } from "vitest";
import { randomNetwork } from "./random-network.ts";
import { type Answers, ask, obstacle } from "./real-network.ts";
import { simulate, simulateRecorded } from "./simulated-network.ts";

const FIRST = Number(process.env["NETTRACE_NET_SEED"] ?? 1);
const COUNT = Number(process.env["NETTRACE_NET_COUNT"] ?? 30);
const why = obstacle();

test.for(Array.from({ length: COUNT }, (_, i) => FIRST + i))("random network %i", (seed, ctx) => {
  if (why !== undefined) ctx.skip(why);
  const network = randomNetwork(seed);
  const [real, simulated] = [ask(network), simulate(network)];
  expect(simulated.commands, network.commands.join("\n")).toEqual(real.commands);
  const said = (a: Omit<Answers, "commands">): string[] =>
    network.questions.map((q, i) => {
      // Which errno a route from somebody else's address gets has changed: only that it is refused has not.
      const stranger = a.sends[i] === "EADDRNOTAVAIL" && /^E/.test(a.routes[i] as string);
      return `${JSON.stringify(q)} ${stranger ? "refused" : a.routes[i]}, sendto ${a.sends[i]}`;
    });
  expect(said(simulated), network.commands.join("\n")).toEqual(said(real));
  const recorded = simulateRecorded(real.recorded, network.questions);
  expect(recorded.refused).toEqual([]);
  expect(said(recorded), real.recorded).toEqual(said(real));
});
