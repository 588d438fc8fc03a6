// SPDX-License-Identifier: GPL-2.0-only
/** The glossary of CONTRIBUTING.md, "Words", as far as a machine can hold it: over every text in the source that a user can read. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseAst } from "rolldown/parseAst";
import { describe, expect, test } from "vitest";

const SRC = fileURLToPath(new URL("../src", import.meta.url));

/** What is not written, and what is written in its place. */
const INSTEAD: readonly (readonly [RegExp, string])[] = [
  [/\b(?:is|are) no (?!longer\b|match\b)[a-z]/i, "is not a …, are not …"],
  [/\bno JSON\b/, "not JSON"],
  [/\b(?:no|some|every)body\b/i, "the actor: the sender, a process, the multicast routing daemon"],
  [/\bhand(?:s|ed)? (?:on|over)\b/, "pass"],
  [/\b(?:leads?|goes) (?:nowhere|back|out)\b/, "the route, the reverse route"],
  [/\ball the same\b/, "anyway"],
  [/\bstands? (?:for|in|behind|beside|there)\b/, "is, follows, contains"],
  [/\bask(?:s|ed)? the (?:routing )?tables?\b/, "look up the routing tables"],
  [/\btaken to be\b/, "assumed to be"],
  [/\b(?:cut|cuts) (?:short|off|to)\b/, "truncate, limit"],
  [/\bspeaks? IPv?4?\b|\bIPv4 is off\b/, "IPv4 is disabled on this device"],
  [/\bhardware header\b|\bready-made\b/, "link-layer header, header cache"],
  [/\bthrown? away\b|\bdiscard/, "dropped"],
  [/\b(?:word|value|option) of (?:ip|tc|iptables|nstat|ss)\b/, "an ip rule keyword, an iptables option"],
  [/\berror's name\b/, "errno name"],
  [/\bwhat (?:ip|route|iptables|sysctl|ifconfig|arp|trace-cmd)\b.*\bprints?\b/, "output of …"],
  [/\bneighbors?\b|\bbehavior|\bhonor|\bfavor|\bmodeled\b/, "British spelling, as in the kernel's neighbour"],
  [/\bfolders?\b/, "directory"],
  [/\bblanks\b/, "spaces"],
  [/\bshorter than an? struct\b/, "shorter than struct …"],
  [/\bout-of-band\b/, "MSG_OOB"],
  [/\b(?:checksum is wrong|wrong checksum)\b/, "bad checksum"],
  [/\bpolicy (?:lets|forbids|refuses|allows)\b/, "blocked by IPsec policy"],
  [/\balready$/, "already before the verb: is already a member"],
  [/\bcaller's (?:memory|buffer)\b/, "user space"],
  [/\bfor ever\b/, "indefinitely"],
  [/\bof (?:its|their) own\b/, "its, private, separate"],
  [/\bin consequence\b/, "that follow from it"],
  [/\b(?:is|does|do|are|has|have|was|ca|wo)n['’]t\b/, "the words in full"],
  [/\bone's\b|\bwhatever it is\b/, "a plain noun"],
];

/** Texts that may break a rule: the motto, and what iptables itself says. */
const EXCEPT: ReadonlySet<string> = new Set([
  "Can't delete built-in chain",
  "Can't delete chain with references left",
  "strace for a kernel you don't have: follow a sendto(2) through a simulated Linux stack",
]);

/** Texts of the kernel: reasons, fates, refusals, drops. */
const REASONS: ReadonlySet<string> = new Set(["note", "fate", "drop", "refuse", "drop_all", "no_way_in"]);

interface Text {
  readonly place: string;
  readonly text: string;
  /** The function that it is an argument of. */
  readonly call: string;
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly [key: string]: unknown;
}

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && typeof (value as Node).type === "string";

const calleeOf = ({ callee }: Node): string => {
  if (!isNode(callee)) return "";
  const property = callee["property"];
  return String(callee["name"] ?? (isNode(property) ? property["name"] : "") ?? "");
};

/** All strings and templates of a source; a template's holes are `…`. */
function textsOf(path: string): Text[] {
  const source = readFileSync(`${SRC}/${path}`, "utf8");
  const found: Text[] = [];
  const add = (node: Node, text: string, call: string): void => {
    const line = source.slice(0, node.start).split("\n").length;
    found.push({ place: `src/${path}:${line}`, text, call });
  };
  const walk = (node: unknown, call: string): void => {
    if (Array.isArray(node)) for (const each of node) walk(each, call);
    if (!isNode(node)) return;
    if (/^TS(?!As|NonNull|Satisfies)|^Import/.test(node.type)) return;
    if (/^Export/.test(node.type) && isNode(node["source"])) return;
    if (node.type === "Literal" && typeof node["value"] === "string") {
      add(node, node["value"], call);
      return;
    }
    if (node.type === "TemplateLiteral") {
      const quasis = node["quasis"] as { value: { cooked: string | null; raw: string } }[];
      add(node, quasis.map(({ value }) => value.cooked ?? value.raw).join("…"), call);
      walk(node["expressions"], call);
      return;
    }
    const of = node.type === "CallExpression" ? calleeOf(node) : call;
    for (const [key, value] of Object.entries(node)) {
      if (key === "key" && node["computed"] !== true) continue;
      walk(value, of);
    }
  };
  walk(parseAst(source, { lang: "ts" }).body, "");
  return found;
}

const TEXTS: readonly Text[] = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts"))
  .sort()
  .flatMap(textsOf);

/** Texts that a person reads: more than one word. */
const READ = TEXTS.filter(({ text }) => / /.test(text) && !EXCEPT.has(text));
const SAID = READ.filter(({ call, place }) => REASONS.has(call) && place.startsWith("src/kernels"));

const told = ({ place, text }: Text, instead: string): string =>
  `${place}: ${JSON.stringify(text)}: write ${instead}`;

describe("the words of texts that users read", () => {
  test("are found at all", () => {
    expect(READ.length).toBeGreaterThan(3000);
    expect(SAID.length).toBeGreaterThan(1000);
  });

  test("one phrase for one thing", () => {
    const wrong = READ.flatMap((each) =>
      INSTEAD.filter(([not]) => not.test(each.text)).map(([, instead]) => told(each, instead)),
    );
    expect(wrong).toEqual([]);
  });

  test("a reason is a phrase without a full stop", () => {
    const wrong = SAID.filter(({ text }) => /\.$|\. [A-Z]/.test(text));
    expect(
      wrong.map((each) => told(each, "a lower-case phrase, and what follows from it behind a colon")),
    ).toEqual([]);
  });

  test("a reason begins in lower case, or with a name", () => {
    const wrong = SAID.filter(
      ({ text }) => /^[A-Z][a-z]+ (?!\w*[A-Z])/.test(text) && !/^Ethernet/.test(text),
    );
    expect(wrong.map((each) => told(each, "it in lower case"))).toEqual([]);
  });

  test("a capability that is missing is told as such", () => {
    const wrong = SAID.filter(({ text }) => /\bCAP_/.test(text) && !/^not permitted/.test(text));
    expect(wrong.map((each) => told(each, "not permitted: … needs CAP_…"))).toEqual([]);
  });

  test("what is not modelled is told by its name", () => {
    const wrong = SAID.filter(({ text }) => /not modelled/.test(text) && !/^not modelled[:,]/.test(text));
    expect(wrong.map((each) => told(each, "not modelled: …"))).toEqual([]);
  });

  test("no device, no neighbour, no route: by which key", () => {
    const wrong = SAID.filter(({ text }) =>
      /\bno such (?:device|neighbour|route|rule|descriptor)\b/.test(text),
    );
    expect(wrong.map((each) => told(each, "no … with this …"))).toEqual([]);
  });

  test("a packet that waits says so first", () => {
    const waits = TEXTS.filter(
      ({ call, text, place }) => call === "fate" && text === "waiting" && place.startsWith("src/kernels"),
    );
    expect(waits.length).toBeGreaterThan(5);
  });
});
