// SPDX-License-Identifier: GPL-2.0-only
/** What the default view folds away, and what it never does. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { USUAL } from "../../src/trace/quiet.ts";
import { EVERYTHING, type Selection, select } from "../../src/trace/select.ts";
import { eachCall, eachLeaf, type Item } from "../../src/trace/tree.ts";
import { run, stepsOf } from "../render/run.ts";

const STORY: Selection = { ...EVERYTHING, depth: "story" };

/** The last send of a command line, by default as the default view shows it. */
async function send(args: readonly string[], selection = STORY): Promise<readonly Item[]> {
  const steps = (await stepsOf("sendto", ...args)).filter(({ tree }) => /^send/.test(tree.call?.name ?? ""));
  return select(steps.at(-1)?.tree.body ?? [], selection);
}

/** What is said in it, as `function: reason`. */
function reasons(body: readonly Item[]): string[] {
  const all: string[] = [];
  eachLeaf(body, (leaf) => {
    if (leaf.ev === "note" || leaf.ev === "fate") all.push(`${leaf.fn}: ${leaf.text}`);
  });
  return all;
}

function functions(body: readonly Item[]): string[] {
  const all: string[] = [];
  eachCall(body, ({ fn }) => void all.push(fn));
  return all;
}

function counted(body: readonly Item[]): Map<string, number> {
  const sums = new Map<string, number>();
  eachLeaf(body, (leaf) => {
    if (leaf.ev === "count") sums.set(leaf.name, (sums.get(leaf.name) ?? 0) + leaf.by);
  });
  return sums;
}

const LO = ["127.0.0.1", "9999", "aaaaa"];
const LAN = ["--net", "lan", "192.0.2.9", "9", "aaaaa"];
const ASLEEP = ["--net", "lan", "192.0.2.9", "9", "--size", "1000", "--sndbuf", "1", "-n", "3"];

test("a send that sleeps: why it does, what runs meanwhile, what wakes it", async () => {
  const body = await send(ASLEEP);
  expect(reasons(body)).toContain("sock_alloc_send_pskb: the send buffer is full: wait for room");
  expect(reasons(body)).toContain("sock_wait_for_wmem: there is room again");
  const shown = functions(body);
  for (const fn of ["neigh_timer_handler", "arp_solicit", "arp_rcv", "neigh_update", "net_rx_action"])
    expect(shown).toContain(fn);
  const { out } = await run("sendto", ...ASLEEP);
  expect(out).toContain("├──── sleep, still inside this sendto ────");
  expect(out).toContain("├──── timer, still inside this sendto ────");
  expect(out).toContain("10 ms later");
  expect(out.match(/frame leaves by \w+, 42 bytes/g)).toHaveLength(1);
});

describe("no time, timer, softirq or frame is hidden", () => {
  test.each([
    LO,
    [...LO, "--listen"],
    ASLEEP,
    ["--net", "lan", "192.0.2.9", "9", "--size", "9000"],
    ["--net", "two", "10.0.0.1", "9", "x"],
    ["--net", "lan", "224.0.0.5", "9", "x"],
  ])("%s %s %s %s %s", async (...args) => {
    const kinds = (body: readonly Item[]): string[] =>
      body.flatMap((item): string[] => {
        if (item.ev === "call") return kinds(item.body);
        if (item.ev === "in") return [`in ${item.name}`, ...kinds(item.body)];
        return item.ev === "clock" || item.ev === "packet" ? [JSON.stringify(item)] : [];
      });
    const all = await send(args, EVERYTHING);
    expect(kinds(await send(args)).sort()).toEqual(kinds(all).sort());
  });

  test.each([LO, [...LO, "-n", "2"], ASLEEP, LAN])("all counters are there: %s %s %s", async (...args) => {
    expect(counted(await send(args))).toEqual(counted(await send(args, EVERYTHING)));
  });
});

test("what bookkeeping usually says is what the kernel says", () => {
  const root = fileURLToPath(new URL("../../src/kernels", import.meta.url));
  const sources = readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map((path) => readFileSync(join(root, path), "utf8"))
    .join("\n");
  for (const text of USUAL) expect(sources).toContain(`"${text}"`);
});

test("a plain send hears nothing of its bookkeeping", async () => {
  for (const args of [LO, [...LO, "--listen"], LAN]) {
    const body = await send(args);
    for (const fn of ["neigh_lookup", "skb_clone", "ip_select_ttl", "eth_type_trans", "inet_addr_type"])
      expect(functions(body)).not.toContain(fn);
  }
});
