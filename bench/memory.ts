// SPDX-License-Identifier: GPL-2.0-only
/** Memory over 100,000 recorded sends: it must stay flat, since a recording is cleared call by call. */
import { RELEASES } from "../src/kernels/index.ts";
import { jsonLine } from "../src/render/json.ts";
import { EXAMPLE_SEND, EXAMPLE_SETUP } from "./job.ts";

const SENDS = 100_000;
const STEPS = 5;

export function printMemory(print: (line: string) => void): void {
  const machine = RELEASES.el6.boot({ seed: 0 });
  machine.configure({ kind: "link-set", dev: "lo", up: true });
  for (const call of EXAMPLE_SETUP) machine.syscall(call);
  const rec = machine.newRecorder();
  machine.record(rec);
  print(`memory over ${SENDS} recorded sends, the first two of each hundred printed as json`);
  print("     sends    heap used   array buffers");
  for (let step = 0; step <= STEPS; step++) {
    const { heapUsed, arrayBuffers } = settled();
    const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
    print(
      `  ${String((SENDS / STEPS) * step).padStart(8)}  ${mib(heapUsed).padStart(11)} ${mib(arrayBuffers).padStart(15)}`,
    );
    if (step === STEPS) return;
    let length = 0;
    for (let i = 0; i < SENDS / STEPS; i++) {
      rec.clear();
      machine.syscall(EXAMPLE_SEND);
      if (i % 100 < 2) for (const event of rec) length += jsonLine(event).length;
    }
    if (length === 0) throw new Error("nothing was recorded");
  }
}

/** Memory after a collection where node was started with --expose-gc. */
function settled(): NodeJS.MemoryUsage {
  (globalThis as { gc?: () => void }).gc?.();
  return process.memoryUsage();
}
