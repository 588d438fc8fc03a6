// SPDX-License-Identifier: GPL-2.0-only
/** Runs a changed command line on a machine of its own, in silence: nothing of it is shown but what became of its sends. */
import { FateRecorder } from "../../trace/fate-record.ts";
import type { Story } from "../../trace/story.ts";
import { UsageError } from "../errors.ts";
import type { Io } from "../io.ts";
import { loadNetwork, type NamedNetwork, setUpNetwork } from "../net.ts";
import type { Line, Runner } from "./advice.ts";
import type { Request } from "./plan.ts";
import { parseRequest } from "./request.ts";
import { type Kernel, Session } from "./session.ts";

/** What a run begins with, and the request that its command line came to. */
export interface Start {
  readonly kernel: Kernel;
  readonly seed: number;
  readonly network: NamedNetwork;
  readonly request: Request;
}

export function trials({ kernel, seed, network, request }: Start, io: Io): Runner {
  const silent: Io = Object.create(io, { stderr: { value: () => undefined } });
  return async (line) => {
    try {
      const given =
        line.net === "lan" && network.label === "" ? await loadNetwork({ net: "lan" }, silent) : network;
      const changed = await changedNetwork(given, line);
      const session = new Session(
        kernel,
        seed,
        (machine) => setUpNetwork(machine, changed, silent),
        new FateRecorder(),
      );
      const [host, port, payload] = line.args;
      // Standard input has been read: what came is sent again.
      const text = payload === "-" ? undefined : payload;
      const parsed = parseRequest([host, port, text], line.raw, session.devices, silent);
      const again = payload === "-" ? { ...parsed, payload: request.payload } : parsed;
      return storiesOf(session, again);
    } catch (error) {
      if (error instanceof UsageError) return null;
      throw error;
    }
  };
}

async function changedNetwork(given: NamedNetwork, { commands = [] }: Line): Promise<NamedNetwork> {
  if (commands.length === 0) return given;
  const { parseNetwork } = await import("../../script/net/parse.ts");
  const more = parseNetwork(commands.join("\n"));
  const network = {
    ...given.network,
    commands: [...given.network.commands, ...more.commands],
    recorded: false,
  };
  return { ...given, network };
}

/** The stories of the sends; of the set-up call that failed, if one did. What comes after the sends is not run. */
function storiesOf(session: Session, request: Request): Story[] {
  const sends: Story[] = [];
  for (const { step, isSend } of session.chapters(request)) {
    const failed = step.tree.call !== null && session.failed && sends.length === 0;
    if (step.story !== undefined && (isSend || failed)) sends.push(step.story);
    if (sends.length === request.count) break;
  }
  return sends;
}
