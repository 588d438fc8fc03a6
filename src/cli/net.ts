// SPDX-License-Identifier: GPL-2.0-only
/** --net and its kin: the network that a simulated machine is given before anything runs. */
import type { Command } from "commander";
import lan from "../../examples/net/lan.net";
import lo from "../../examples/net/lo.net";
import two from "../../examples/net/two.net";
import type { Machine } from "../kernels/release.ts";
import { LineError } from "../script/error.ts";
import { iptablesError } from "../script/iptables/errors.ts";
import { nearest } from "../script/nearest.ts";
import type { NetCommand, NetNote, Network } from "../script/net/network.ts";
import { Notes } from "../script/net/notes.ts";
import { errnoName, strerror } from "../uapi/errno.ts";
import { formatIpv4 } from "../wire/ipv4.ts";
import { UsageError } from "./errors.ts";
import type { Io } from "./io.ts";
import { addOptions, type OptionRow } from "./option.ts";
import { printable } from "./printable.ts";

/** Networks for people who have no file: those of examples/net. */
export const PRESETS: Readonly<Record<string, string>> = { lo, lan, two };

/** The options as commander hands them over. */
export interface RawNet {
  /** What cannot be read of it is an error. */
  strict?: boolean;
  net?: string;
  host?: boolean;
  netShow?: boolean;
}

export const MACHINE_ROWS: readonly OptionRow[] = [
  { flags: "--kernel <release>", help: "el6 (2.6.32-642.6.2.el6)", words: ["el6"], fallback: "el6" },
  {
    flags: "--seed <n>",
    help: "seed for ephemeral ports, IP ids, packet loss and everything else random",
    fallback: "0",
  },
  {
    flags: "--net <file>",
    help: `the network: ${Object.keys(PRESETS).join(", ")}, or a file of ip commands or ip -j output, also pasted from a terminal`,
    words: Object.keys(PRESETS),
    kind: "file",
  },
  { flags: "--host", help: "the network of this Linux host, read with ip(8)" },
  { flags: "--net-show", help: "print the network as commands, send nothing" },
];

/** Add the options that choose the machine and its network to a command. */
export function machineOptions(command: Command): void {
  addOptions(command, "The machine:", MACHINE_ROWS);
}

/** A network, and what it is called. */
export interface NamedNetwork {
  /** In messages: a file, or where else it comes from. */
  readonly name: string;
  /** In the header of a trace; empty for the default. */
  readonly label: string;
  readonly network: Network;
}

/** What examples/net/lo.net says: a run that asks for no other network reads none, and loads no reader. */
export const LO: NamedNetwork = {
  name: "lo",
  label: "",
  network: {
    commands: [
      { text: "ip link set lo up", changes: [{ kind: "link-set", dev: "lo", up: true }], place: () => null },
    ],
    notes: [],
    recorded: false,
  },
};

/** Files are small: what is bigger was given by mistake. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Find and read the network that was asked for. Throws UsageError. */
export async function loadNetwork(raw: RawNet, io: Io): Promise<NamedNetwork> {
  if (raw.host === true) {
    if (raw.net !== undefined) throw new UsageError(`--host and --net ${raw.net}: expected only one of them`);
    const { hostNetwork } = await import("./host.ts");
    return { name: "this host", label: "this host", network: hostNetwork(io) };
  }
  const given = raw.net ?? "lo";
  if (given === LO.name) return LO;
  if (Object.hasOwn(PRESETS, given)) {
    return { name: given, label: given, network: await parse(given, PRESETS[given] as string) };
  }
  const name = given === "-" ? "<stdin>" : given;
  return { name, label: printable(name), network: await parse(name, read(given, io), raw.strict) };
}

function read(file: string, io: Io): string {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (const piece of chunks(file, io)) {
    pieces.push(piece);
    length += piece.length;
    if (length > MAX_BYTES)
      throw new UsageError(`--net ${file}: expected a network of less than ${MAX_BYTES} bytes`);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(pieces));
  } catch {
    throw new UsageError(`--net ${file}: expected UTF-8 text`);
  }
}

/** The bytes of a file, or of standard input; one that is not there may be a preset's name mistyped. */
function* chunks(file: string, io: Io): Generator<Uint8Array> {
  try {
    yield* io.chunks(file === "-" ? undefined : file);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const names = Object.keys(PRESETS);
    const near = nearest(file, names);
    const hint = near === undefined ? "" : `; did you mean ${near}?`;
    const place = file.includes("/") ? "" : `, and no network has that name (${names.join(", ")})`;
    throw new UsageError(`--net: ${error.message}${place}${hint}`);
  }
}

async function parse(name: string, text: string, strict = false): Promise<Network> {
  const { parseNetwork } = await import("../script/net/parse.ts");
  try {
    return parseNetwork(text, strict);
  } catch (error) {
    if (error instanceof LineError) throw new UsageError(error.at(name));
    throw error;
  }
}

/** Make the machine's network so, say what could not be done, and give the line that describes it in a trace's header. */
export function setUpNetwork(machine: Machine, named: NamedNetwork, io: Io): string {
  apply(machine, named, io);
  return networkLine(machine, named);
}

/** The network as a file that --net reads: what the machine takes of it; the rest is said. */
export function showNetwork(machine: Machine, named: NamedNetwork, io: Io): void {
  for (const { text } of apply(machine, named, io)) io.stdout(`${text}\n`);
}

/** The commands that the machine takes. */
function apply(machine: Machine, { name, network }: NamedNetwork, io: Io): NetCommand[] {
  const say = (item: NetNote, text: string): void =>
    io.stderr(`nettrace: ${printable(at(name, item) + text)}\n`);
  for (const note of network.notes) say(note, note.text);
  const refused = new Notes();
  const taken: NetCommand[] = [];
  for (const command of network.commands) {
    const problem = refusal(machine, command);
    if (problem === undefined) {
      taken.push(command);
      continue;
    }
    const { text } = command;
    // Commands that somebody wrote are wrong; another kernel may well have what el6 refuses.
    if (!network.recorded) throw new UsageError(`${at(name, command)}'${text}' is refused: ${problem}`);
    const [change] = command.changes;
    if (change?.kind === "sysctl")
      refused.add(`settings refused: ${problem}; left out`, command.place, change.key);
    else {
      const alone = `'${text}' is refused: ${problem}; left out`;
      refused.add(`commands refused: ${problem}; left out`, command.place, `'${text}'`, alone);
    }
  }
  for (const note of refused.list()) say(note, note.text);
  return taken;
}

/** Run one command. What is returned is why the kernel refuses it. */
export function refusal(machine: Machine, command: NetCommand): string | undefined {
  for (const change of command.changes) {
    const ret = machine.configure(change);
    if (ret >= 0) continue;
    const errno = errnoName(-ret) ?? `${-ret}`;
    const said = change.kind === "filter" ? iptablesError(change, errno) : undefined;
    return `${errno} (${said ?? strerror(-ret)})`;
  }
  return undefined;
}

/** `FILE:LINE:COLUMN: `, for editors; what is in no file has no place. */
function at(name: string, { place }: Pick<NetNote, "place">): string {
  const found = place();
  return found === null ? `${name}: ` : `${name}:${found.line}:${found.column}: `;
}

/** The network as a file that --net reads, with what a machine may refuse of it. */
export function networkText({ network }: NamedNetwork): string {
  return network.commands.map(({ text }) => `${text}\n`).join("");
}

/** Devices that a header has room for. */
const SHOWN = 4;

/** `lan: lo 127.0.0.1/8, eth0 192.0.2.10/24, lan0`, as the machine has it. */
function networkLine(machine: Machine, { label }: NamedNetwork): string {
  const links = machine.links();
  const devices = links.slice(0, SHOWN).map(({ name, addresses }) => {
    const [first, ...others] = addresses.map((a) => `${formatIpv4(a.local)}/${a.prefixlen}`);
    const more = others.length === 0 ? "" : ` +${others.length}`;
    return printable(first === undefined ? name : `${name} ${first}${more}`);
  });
  const rest = links.length > SHOWN ? ` and ${links.length - SHOWN} more` : "";
  return `${label === "" ? "" : `${label}: `}${devices.join(", ")}${rest}`;
}
