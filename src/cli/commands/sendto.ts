// SPDX-License-Identifier: GPL-2.0-only
/** `nettrace sendto HOST PORT [PAYLOAD]`: one datagram, followed through the stack. */

import { RELEASES } from "../../kernels/index.ts";
import type { Step } from "../../trace/step.ts";
import { ending } from "../ending.ts";
import { EXIT, UsageError } from "../errors.ts";
import { heedless, type Io } from "../io.ts";
import { loadNetwork, MACHINE_ROWS, machineOptions, type RawNet, setUpNetwork, showNetwork } from "../net.ts";
import { defaultsOf } from "../option.ts";
import { Output } from "../output.ts";
import type { Progress } from "../run/progress.ts";
import { advise, type Line } from "../sendto/advice.ts";
import { type RawRequest, REQUEST_ROWS, requestOptions } from "../sendto/options.ts";
import { parseRequest } from "../sendto/request.ts";
import { type Kernel, Session } from "../sendto/session.ts";
import { type Start, trials } from "../sendto/trial.ts";
import { parseChoice, parseNumber, splitAddress } from "../values.ts";
import { parseView, type RawView, viewOptions, viewRows } from "../view.ts";
import type { Register } from "./register.ts";

/** Options as commander hands them over. */
interface Raw extends RawView, RawRequest, RawNet {
  kernel: string;
  seed: string;
}

type Arguments = readonly [host: string | undefined, port: string | undefined, payload: string | undefined];

export const sendto: Register = (program, io, exit) => {
  const command = program
    .command("sendto")
    .description("run one sendto(2) and show every kernel function the datagram visits")
    .usage("[options] <host> <port> [payload]\n       nettrace sendto [options] <host:port> [payload]")
    .argument("[host]", "an IPv4 address, or localhost")
    .argument("[port]", "0 to 65535, or a service such as domain; also HOST:PORT in one word")
    .argument("[payload]", "text; hex:616161; @FILE; - for standard input (default: empty)");
  requestOptions(command);
  machineOptions(command);
  viewOptions(command);
  command.action(async (...args: [...Arguments, Raw]) => {
    const [host, port, payload, raw] = args;
    exit(await run([host, port, payload], raw, io));
  });
};

/** `nettrace sendto HOST PORT [PAYLOAD]` without an option: nothing is left that a parser could do. */
export function plainSendto([host, port, payload]: readonly string[], io: Io): Promise<number> {
  const raw = defaultsOf([...REQUEST_ROWS, ...MACHINE_ROWS, ...viewRows()]);
  return run([host, port, payload], raw as unknown as Raw, io);
}

/** Adds what would have led elsewhere to the answers, each once. */
function adviserOf(
  start: Start,
  args: Line["args"],
  raw: Raw,
  io: Io,
): (step: Step, isSend: boolean) => Promise<Step> {
  const line: Line = {
    args,
    raw,
    ...(raw.net === undefined && raw.host !== true ? {} : { net: raw.net ?? "host" }),
  };
  const run = trials(start, io);
  const said = new Set<string>();
  let sends = 0;
  return async (step, isSend) => {
    if (isSend) sends++;
    const { story, verdict } = step;
    // What comes after the sends fails of them, not of a change that would be its own.
    if (story === undefined || verdict === null || sends > FAR || (!isSend && sends > 0)) return step;
    const end = `${ending(story)} ${verdict.decided?.fn}`;
    if (said.has(end)) return step;
    said.add(end);
    return { ...step, verdict: { ...verdict, change: await advise(line, story, Math.max(sends, 1), run) } };
  };
}

/** Of later sends nothing is tried: each try runs all that came before. */
const FAR = 20;

/** Fewer sends are done before anybody asks how far they are. */
const MANY = 256;

async function progressOf(name: string, io: Io): Promise<Progress> {
  const { Progress } = await import("../run/progress.ts");
  return new Progress([name], io, "sends");
}

/** Run it: each call is written as it returns. */
async function run(words: Arguments, raw: Raw, real: Io): Promise<number> {
  const io = raw.output.length > 0 ? heedless(real) : real;
  const kernel = parseChoice<Kernel>("--kernel", raw.kernel, ["el6"]);
  const seed = parseNumber("--seed", raw.seed, 0, 0xffffffff);
  if (raw.netShow === true) {
    showNetwork(RELEASES[kernel].boot({ seed }), await loadNetwork(raw, io), io);
    return EXIT.ok;
  }
  // With --net-show both may be left out, so it is not commander that asks for them.
  const [host, port, payload] = splitAddress(words);
  if (payload === "-" && raw.net === "-")
    throw new UsageError("--net -: standard input is already used for the payload");
  const network = await loadNetwork(raw, io);
  const session = new Session(kernel, seed, (machine) => setUpNetwork(machine, network, io));
  const request = parseRequest([host, port, payload], raw, session.devices, io);
  const { view, targets } = await parseView(raw, io);
  const output = new Output();
  const progress = request.count < MANY ? null : await progressOf(`sendto ${host} ${port}`, io);
  try {
    await output.open(targets, view, io);
    // The graph shows the counters that moved; only all of them are the files.
    const files = view.counters === "all" || targets.some(({ format }) => format !== "graph");
    output.head(session.head, session.state("before", files));
    const adviser = output.advises
      ? adviserOf({ kernel, seed, network, request }, [host, port, payload], raw, io)
      : null;
    progress?.expect(request.count);
    for (const { step, isSend } of session.chapters(request)) {
      output.step(adviser === null ? step : await adviser(step, isSend));
      if (isSend) progress?.step();
    }
    output.end(session.state("after", files));
    progress?.end();
    output.commit(io.stderr);
  } finally {
    progress?.end();
    output.close();
  }
  return session.failed ? EXIT.errno : EXIT.ok;
}
