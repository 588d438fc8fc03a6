// SPDX-License-Identifier: GPL-2.0-only
/** `nettrace sendto HOST PORT [PAYLOAD]`: one datagram, followed through the stack. */
import { EXIT } from "../errors.ts";
import type { Io } from "../io.ts";
import { Output } from "../output.ts";
import { type RawRequest, requestOptions } from "../sendto/options.ts";
import { parseRequest } from "../sendto/request.ts";
import { type Kernel, Session } from "../sendto/session.ts";
import { parseChoice, parseNumber } from "../values.ts";
import { parseView, type RawView, viewOptions } from "../view.ts";
import type { Register } from "./index.ts";

/** Options as commander hands them over. */
interface Raw extends RawView, RawRequest {
  kernel: string;
  seed: string;
}

type Arguments = readonly [host: string, port: string, payload: string | undefined];

export const sendto: Register = (program, io, exit) => {
  const command = program
    .command("sendto")
    .description("run one sendto(2) and show every kernel function the datagram visits")
    .usage("[options] <host> <port> [payload]")
    .argument("<host>", "an IPv4 address, or localhost")
    .argument("<port>", "0 to 65535")
    .argument("[payload]", "text; hex:616161; @FILE; - for standard input (default: empty)");
  requestOptions(command);
  command
    .optionsGroup("The machine:")
    .option("--kernel <release>", "el6 (2.6.32-642.6.2.el6)", "el6")
    .option("--seed <n>", "decides ephemeral port, IP ids and all else that is random", "0");
  viewOptions(command);
  command.action(async (host: string, port: string, payload: string | undefined, raw: Raw) => {
    exit(await run([host, port, payload], raw, io));
  });
};

/** Run it: each call is written as it returns. */
async function run(args: Arguments, raw: Raw, io: Io): Promise<number> {
  const kernel = parseChoice<Kernel>("--kernel", raw.kernel, ["el6"]);
  const session = new Session(kernel, parseNumber("--seed", raw.seed, 0, 0xffffffff));
  const request = parseRequest(args, raw, session.devices, io);
  const { view, targets } = await parseView(raw, io);
  const output = new Output();
  try {
    await output.open(targets, view, io);
    output.head(session.head, session.state("before"));
    for (const step of session.steps(request)) output.step(step);
    output.end(session.state("after"));
  } finally {
    output.close();
  }
  return session.failed ? EXIT.errno : EXIT.ok;
}
