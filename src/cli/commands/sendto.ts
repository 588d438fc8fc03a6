// SPDX-License-Identifier: GPL-2.0-only
/** `nettrace sendto HOST PORT [PAYLOAD]`: one datagram, followed through the stack. */
import type { Command } from "commander";
import { jsonLine } from "../../render/json.ts";
import { plain } from "../../render/style.ts";
import { LAYERS, type Layer } from "../../trace/layer.ts";
import type { Syscall } from "../../trace/tree.ts";
import { EXIT } from "../errors.ts";
import type { Io, Sink } from "../io.ts";
import { painter, type When, wantsColour } from "../sendto/colour.ts";
import { readPayload } from "../sendto/payload.ts";
import { OPTION, parseSockopt, type Request, type SocketOption } from "../sendto/plan.ts";
import {
  callLine,
  footer,
  header,
  printGraph,
  printMoved,
  printProc,
  printVerdict,
  type Write,
} from "../sendto/print.ts";
import { type Kernel, Session } from "../sendto/session.ts";
import { parseBind, parseChoice, parseFlags, parseHost, parseName, parseNumber } from "../sendto/values.ts";
import type { Format, View } from "../sendto/view.ts";
import type { Register } from "./index.ts";

/** Options as commander hands them over. */
interface Raw {
  flags?: string;
  size?: string;
  bind?: string;
  connect?: boolean;
  listen?: boolean;
  broadcast?: boolean;
  ttl?: string;
  tos?: string;
  mark?: string;
  priority?: string;
  device?: string;
  mtuDiscover?: string;
  cork?: boolean;
  check: boolean;
  sndbuf?: string;
  recverr?: boolean;
  dontroute?: boolean;
  nonblock?: boolean;
  setsockopt: string[];
  count: string;
  kernel: string;
  seed: string;
  format: string;
  depth: string;
  only: string[];
  hide: string[];
  layer?: string;
  inline: boolean;
  args: boolean;
  why: boolean;
  hexdump?: string | true;
  counters?: string | true;
  strings: string;
  trace: string;
  output?: string;
  color: string;
}

const collect = (value: string, list: string[]): string[] => [...list, value];

export const sendto: Register = (program, io, exit) => {
  const command = program
    .command("sendto")
    .description("run one sendto(2) and show every kernel function the datagram visits")
    .usage("[options] <host> <port> [payload]")
    .argument("<host>", "an IPv4 address, or localhost")
    .argument("<port>", "0 to 65535")
    .argument("[payload]", "text; hex:616161; @FILE; - for standard input (default: empty)");
  socketOptions(command);
  viewOptions(command);
  command.action(async (host: string, port: string, payload: string | undefined, raw: Raw) => {
    exit(await run(request(host, port, payload, raw, io), view(raw), raw, io));
  });
};

function socketOptions(command: Command): void {
  command
    .optionsGroup("The call:")
    .option("-f, --flags <flags>", "MSG_MORE|MSG_DONTROUTE, with or without MSG_, or numbers")
    .option("--size <n>", "a generated payload of n bytes")
    .option("-n, --count <n>", "send n times on the same socket", "1")
    .optionsGroup("The socket:")
    .option("--bind <addr>", "bind(2) first: ADDR, :PORT or ADDR:PORT")
    .option("--connect", "connect(2) first, then send with no address")
    .option("--listen", "put a receiver at the destination")
    .option("--broadcast", "SO_BROADCAST")
    .option("--ttl <n>", "IP_TTL, 1 to 255 (-1: the default)")
    .option("--tos <n>", "IP_TOS, 0 to 255")
    .option("--mark <n>", "SO_MARK")
    .option("--priority <n>", "SO_PRIORITY")
    .option("--device <name>", "SO_BINDTODEVICE")
    .option("--mtu-discover <how>", "IP_MTU_DISCOVER: want, dont, do or probe")
    .option("--cork", "UDP_CORK: hold data back")
    .option("--no-check", "SO_NO_CHECK: no UDP checksum")
    .option("--sndbuf <n>", "SO_SNDBUF, in bytes")
    .option("--recverr", "IP_RECVERR: queue errors")
    .option("--dontroute", "SO_DONTROUTE")
    .option("--nonblock", "O_NONBLOCK")
    .option("--setsockopt <name=value>", "any other option, such as IP_TTL=5 (may be repeated)", collect, [])
    .optionsGroup("The machine:")
    .option("--kernel <release>", "el6 (2.6.32-642.6.2.el6)", "el6")
    .option("--seed <n>", "decides ephemeral port, IP ids and all else that is random", "0");
}

function viewOptions(command: Command): void {
  command
    .optionsGroup("The view:")
    .option("--format <format>", "graph, strace or json", "graph")
    .option("--depth <n>", "levels of calls: a number, all, or story (bookkeeping folded away)", "story")
    .option("--only <glob>", "only functions that match, and what they call (may be repeated)", collect, [])
    .option(
      "--hide <glob>",
      "leave out functions that match, and what they call (may be repeated)",
      collect,
      [],
    )
    .option("--layer <list>", `only these layers: ${LAYERS.join(",")}`)
    .option("--no-inline", "only what ftrace could see on the stock kernel")
    .option("--no-args", "no arguments")
    .option("--no-why", "no reasons")
    .option("--hexdump [what]", "headers (default), all frames too (all), frames only (packets), none")
    .option("--counters [which]", "moved (default), all (the /proc/net files too), none")
    .option("-s, --strings <n>", "bytes of a string in the strace lines, 0 = all", "32")
    .option("--trace <calls>", "whose graph is shown: send, or all calls", "send")
    .option("-o, --output <file>", "write to a file")
    .option("--color <when>", "auto, always or never (NO_COLOR and FORCE_COLOR are honoured)", "auto");
}

function request(host: string, port: string, payload: string | undefined, raw: Raw, io: Io): Request {
  const size = raw.size === undefined ? undefined : parseNumber("--size", raw.size, 0, 0xffffffff);
  return {
    host: parseHost(host),
    port: parseNumber("port", port, 0, 65535),
    flags: parseFlags(raw.flags ?? ""),
    count: parseNumber("--count", raw.count, 1, 1_000_000_000),
    connect: raw.connect ?? false,
    listen: raw.listen ?? false,
    nonblock: raw.nonblock ?? false,
    options: sockopts(raw),
    ...(raw.bind === undefined ? {} : { bind: parseBind(raw.bind) }),
    payload: readPayload(payload, size, io),
  };
}

const DISCOVER = [
  ["dont", 0],
  ["want", 1],
  ["do", 2],
  ["probe", 3],
] as const;

function sockopts(raw: Raw): SocketOption[] {
  const list: SocketOption[] = [];
  const number = (
    name: string,
    text: string | undefined,
    min: number,
    max: number,
    make: (v: number) => SocketOption,
  ): void => {
    if (text !== undefined) list.push(make(parseNumber(name, text, min, max)));
  };
  if (raw.broadcast) list.push(OPTION.broadcast);
  number("--ttl", raw.ttl, -1, 255, OPTION.ttl);
  number("--tos", raw.tos, 0, 255, OPTION.tos);
  number("--mark", raw.mark, 0, 0xffffffff, OPTION.mark);
  number("--priority", raw.priority, 0, 0x7fffffff, OPTION.priority);
  if (raw.device !== undefined) list.push(OPTION.device(raw.device));
  if (raw.mtuDiscover !== undefined)
    list.push(
      OPTION.mtuDiscover(
        parseName(
          "--mtu-discover",
          raw.mtuDiscover,
          DISCOVER.map(([n, v]) => [n.toUpperCase(), v]),
        ),
      ),
    );
  if (raw.cork) list.push(OPTION.cork);
  if (!raw.check) list.push(OPTION.noCheck);
  number("--sndbuf", raw.sndbuf, 0, 0x7fffffff, OPTION.sndbuf);
  if (raw.recverr) list.push(OPTION.recverr);
  if (raw.dontroute) list.push(OPTION.dontroute);
  for (const text of raw.setsockopt) list.push(parseSockopt(text, false));
  return list;
}

function view(raw: Raw): View {
  const depth =
    raw.depth === "all" || raw.depth === "story" ? raw.depth : parseNumber("--depth", raw.depth, 1, 1000);
  const layers = (raw.layer ?? "")
    .split(",")
    .filter((w) => w !== "")
    .map((w): Layer => parseChoice("--layer", w, LAYERS));
  return {
    format: parseChoice<Format>("--format", raw.format, ["graph", "strace", "json"]),
    selection: { depth, only: raw.only, hide: raw.hide, layers, inline: raw.inline },
    args: raw.args,
    why: raw.why,
    hexdump:
      raw.hexdump === undefined
        ? "headers"
        : raw.hexdump === true
          ? "all"
          : parseChoice("--hexdump", raw.hexdump, ["headers", "all", "packets", "none"] as const),
    counters:
      raw.counters === undefined
        ? "moved"
        : raw.counters === true
          ? "all"
          : parseChoice("--counters", raw.counters, ["moved", "all", "none"] as const),
    stringLimit: parseNumber("-s", raw.strings, 0, 0x7fffffff),
    everyCall: parseChoice("--trace", raw.trace, ["send", "all"] as const) === "all",
  };
}

/** Run it: the output goes to a file or to standard output as it comes. */
async function run(r: Request, v: View, raw: Raw, io: Io): Promise<number> {
  const kernel = parseChoice<Kernel>("--kernel", raw.kernel, ["el6"]);
  const seed = parseNumber("--seed", raw.seed, 0, 0xffffffff);
  const when = parseChoice<When>("--color", raw.color, ["auto", "always", "never"]);
  const session = new Session(kernel, seed, r);
  const sink: Sink | null = raw.output === undefined ? null : io.createFile(raw.output);
  const write: Write = sink === null ? (text) => io.stdout(text) : (text) => sink.write(text);
  try {
    const colour = wantsColour(when, raw.output !== undefined, io);
    if (v.format === "json") json(session, write);
    else if (v.format === "strace")
      for (const step of session.steps())
        write(`${callLine(step.tree, v, colour ? await painter(true) : plain)}\n`);
    else await graphView(session, v, await painter(colour), write);
  } finally {
    sink?.close();
  }
  return session.failed ? EXIT.errno : EXIT.ok;
}

function json(session: Session, write: Write): void {
  write(jsonLine(session.head));
  for (const step of session.steps()) {
    let text = "";
    for (const event of step.events) text += jsonLine(event);
    if (step.verdict !== null) text += jsonLine(step.verdict);
    write(text);
  }
}

async function graphView(
  session: Session,
  v: View,
  paint: Awaited<ReturnType<typeof painter>>,
  write: Write,
): Promise<void> {
  write(`${header(session.head, paint)}\n`);
  const trees: Syscall[] = [];
  let shown = 0;
  let all = 0;
  for (const step of session.steps()) {
    const { tree } = step;
    write(`${callLine(tree, v, paint)}\n`);
    trees.push(tree);
    if (!step.isSend && !v.everyCall && (tree.ret?.ret ?? 0) >= 0) continue;
    write("\n");
    const n = printGraph(tree, v, paint, write);
    shown += n.shown;
    all += n.all;
    if (step.verdict !== null) printVerdict(step.verdict, paint, write);
    write("\n");
  }
  if (v.counters !== "none") await printMoved(trees, session.before, write);
  if (v.counters === "all") printProc(session.machine, write);
  footer(shown, all, write);
}
