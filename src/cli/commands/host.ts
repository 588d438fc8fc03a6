// SPDX-License-Identifier: GPL-2.0-only
/** `nettrace host`: the network of this Linux host as a file for --net. */
import { RELEASES } from "../../kernels/index.ts";
import { EXIT } from "../errors.ts";
import type { Io } from "../io.ts";
import { refusal } from "../net.ts";
import { printable } from "../printable.ts";
import type { Register } from "./register.ts";

export const host: Register = (program, io, exit) => {
  program
    .command("host")
    .description("write the network of this Linux host, read with ip(8), as a file for --net")
    .action(async () => {
      await run(io);
      exit(EXIT.ok);
    });
};

/** Every command is tried: what el6 refuses is there as a comment. */
async function run(io: Io): Promise<void> {
  const { hostNetwork } = await import("../host.ts");
  const network = hostNetwork(io);
  const machine = RELEASES.el6.boot({ seed: 0 });
  let text = "# The network of this host, as nettrace host found it: nettrace sendto --net FILE …\n";
  for (const note of network.notes) text += `# ${printable(note.text)}\n`;
  for (const command of network.commands) {
    const problem = refusal(machine, command);
    text += problem === undefined ? `${command.text}\n` : `# el6 refuses this, ${problem}: ${command.text}\n`;
  }
  io.stdout(text);
}
