// SPDX-License-Identifier: GPL-2.0-only
/** A network namespace of the kernel that runs us: made, asked, thrown away. */
import { spawnSync } from "node:child_process";
import type { Question, RandomNetwork } from "./random-network.ts";

/** What a kernel says to all this; an errno's name where it refuses. */
export interface Answers {
  /** For each command: was it taken? */
  readonly commands: readonly boolean[];
  /** For each question: `dev v0 src 10.0.0.1 via …`, or the errno. */
  readonly routes: readonly string[];
  /** For each question: `ok` or the errno of sendto. */
  readonly sends: readonly string[];
}

/** Why namespaces cannot be used here, or undefined. */
export function obstacle(): string | undefined {
  if (spawnSync("ip", ["-V"]).status !== 0) return "no iproute2 on this machine";
  const made = spawnSync("unshare", ["-rn", "ip", "link", "add", "v0", "type", "veth", "peer", "name", "p0"]);
  return made.status === 0 ? undefined : "no network namespaces on this machine (or not allowed)";
}

/** Sends a byte to each destination, one after the other, and prints what became of it, a line each. */
const SENDER = `
const dgram = require("node:dgram");
const send = ({ dst, src }) => new Promise((done) => {
  const socket = dgram.createSocket("udp4");
  const end = (error) => { socket.close(); done(error ? error.code : "ok"); };
  socket.once("error", end);
  socket.bind(0, src, () => socket.send("x", 9, dst, end));
});
(async () => {
  for (const question of JSON.parse(process.argv[1])) process.stdout.write((question.oif ? "-" : await send(question)) + "\\n");
})();
`;

const SCRIPT = `
ip link set lo up
ip -batch - -force <<'EOF' 2>&1
$COMMANDS
EOF
echo ===
ip -batch - -force <<'EOF' 2>&1
$QUESTIONS
EOF
echo ===
ip -j -d addr
ip -j route show table all
ip -j rule
echo ===
"$NODE" -e "$SENDER" -- "$SENDS"
`;

/** Make the network, ask, send; and what `ip -j` prints of it. */
export function ask(network: RandomNetwork): Answers & { readonly recorded: string } {
  const script = SCRIPT.replace("$COMMANDS", network.commands.join("\n")).replace(
    "$QUESTIONS",
    network.questions.map(routeGet).join("\n"),
  );
  const env = {
    ...process.env,
    LC_ALL: "C",
    NODE: process.execPath,
    SENDER,
    SENDS: JSON.stringify(network.questions),
  };
  const { stdout } = spawnSync("unshare", ["-rn", "sh", "-c", script], { env, encoding: "utf8" });
  const [set = "", got = "", recorded = "", sent = ""] = stdout.split("===\n");
  const refused = failures(set);
  return {
    commands: network.commands.map((_, i) => !refused.has(i + 1)),
    routes: answers(got, network.questions),
    sends: sent.trim().split("\n"),
    recorded,
  };
}

function routeGet({ dst, src, oif }: Question): string {
  return `route get ${dst}${src === undefined ? "" : ` from ${src}`}${oif === undefined ? "" : ` oif ${oif}`}`;
}

/** The kernel's error texts. */
const ERRNOS: Readonly<Record<string, string>> = {
  "Network is unreachable": "ENETUNREACH",
  "No route to host": "EHOSTUNREACH",
  "Permission denied": "EACCES",
  "Invalid argument": "EINVAL",
  "No such device": "ENODEV",
  "Cannot assign requested address": "EADDRNOTAVAIL",
  "Network is down": "ENETDOWN",
};

/** Numbers of the lines that failed, with the errno. */
function failures(text: string): Map<number, string> {
  const found = new Map<number, string>();
  for (const [, why = "", line] of text.matchAll(
    /^(?:RTNETLINK answers|Error): (.*)\n(?:.*\n)*?Command failed -:(\d+)/gm,
  )) {
    found.set(Number(line), ERRNOS[why] ?? why);
  }
  return found;
}

function answers(text: string, questions: readonly Question[]): string[] {
  const failed = failures(text);
  const routes = text.split("\n").filter((line) => / (?:dev|uid) /.test(line));
  return questions.map((q, i) => failed.get(i + 1) ?? words(q, routes.shift() ?? ""));
}

/**
 * What is the same on every kernel: dev, via, src. A gateway that is the destination itself is not always said, and
 * what goes to one of a device's further addresses comes from the first one on later kernels.
 */
export function words({ dst }: Question, route: string): string {
  const value = (name: string): string => new RegExp(`\\b${name} (\\S+)`).exec(route)?.[1] ?? "-";
  const via = value("via");
  const dev = value("dev");
  return `dev ${dev} via ${via === dst ? "-" : via} src ${dev === "lo" ? "-" : value("src")}`;
}
