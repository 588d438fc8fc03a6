// SPDX-License-Identifier: GPL-2.0-only
/** Mermaid's two diagrams: what they say, and that Mermaid itself draws them. */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { chromium } from "playwright-core";
import { describe, expect, type TestContext, test } from "vitest";
import { LAYERS } from "../../src/trace/layer.ts";
import { MAIN_JOB, run, SENDS } from "./run.ts";

const diagram = async (format: string, ...argv: readonly string[]): Promise<string> =>
  (await run(...argv, "--format", format)).out;

describe("the sequence", () => {
  test("has a column for each layer, and a message where a call enters another layer", async () => {
    const lines = (await diagram("mermaid", ...MAIN_JOB)).split("\n").map((line) => line.trim());
    expect(lines.filter((l) => l.startsWith("participant"))).toEqual(LAYERS.map((l) => `participant ${l}`));
    const calls = lines.flatMap((line) => /^(\w+)->>\+(\w+): (\w+)$/.exec(line)?.slice(1, 4).join(" ") ?? []);
    expect(calls.slice(0, 4)).toEqual([
      "program socket sys_sendto",
      "socket udp udp_v4_get_port",
      "socket udp udp_sendmsg",
      "udp route ip_route_output_flow",
    ]);
    expect(calls).toContain("udp icmp icmp_send");
    expect(lines).toContain("socket-->>-program: 5");
    expect(lines.filter((l) => l === "rect rgb(247, 245, 240)")).toHaveLength(1);
  });

  test("ends each call that it begins", async () => {
    for (const argv of SENDS) {
      const open: string[] = [];
      for (const line of (await diagram("mermaid", ...argv, "--depth", "all")).split("\n")) {
        const begins = /->>\+(\w+):/.exec(line)?.[1];
        const ends = /(?:^ *deactivate (\w+)$|^ *(\w+)--(?:>>|x)-)/.exec(line);
        if (begins !== undefined) open.push(begins);
        if (ends !== null) expect(ends[1] ?? ends[2]).toBe(open.pop());
      }
      expect(open).toEqual([]);
    }
  });

  test("an error comes back as a cross; without reasons there are no notes of them", async () => {
    const far = ["sendto", "10.0.0.1", "9", "x"];
    expect(await diagram("mermaid", ...far)).toMatch(/^ +route--x-udp: -ENETUNREACH$/m);
    expect((await diagram("mermaid", ...far, "--no-why")).match(/Note over/g)).toHaveLength(1);
  });
});

describe("the graph", () => {
  test("has the functions of each layer, the calls, their number", async () => {
    const text = await diagram("mermaid-graph", ...MAIN_JOB);
    expect(text).toMatch(/^ {2}subgraph udp\n(?: {4}f\d+\["\w+"\]:::udp\n)+ {2}end$/m);
    const name = new Map([...text.matchAll(/^ {4}(f\d+)\["(\w+)"\]/gm)].map(([, id, fn]) => [id, fn]));
    const arrows = [...text.matchAll(/^ {2}(f\d+) (\S+?>)(?:\|"(.*)"\|)? (f\d+)$/gm)];
    const said = arrows.map(([, from, arrow, label, to]) => [name.get(from), arrow, name.get(to), label]);
    expect(said).toContainEqual(["dev_queue_xmit", "-.->", "net_rx_action", "softirq"]);
    expect(said).toContainEqual(["ip_output", "-->", "ip_finish_output", "×2"]);
    expect(said).toContainEqual(["sys_sendto", "-->", "sock_sendmsg", undefined]);
  });

  test("marks what failed", async () => {
    const text = await diagram("mermaid-graph", "sendto", "10.0.0.1", "9", "x");
    expect(text).toMatch(/\["fib_lookup"\]:::failed\n/);
    expect(text).toMatch(/ ==> /);
  });
});

/** Mermaid is too large to be installed with the rest: `npm install --no-save mermaid@11`. */
function mermaidScript(ctx: TestContext): string {
  try {
    const script = join(
      dirname(createRequire(import.meta.url).resolve("mermaid/package.json")),
      "dist/mermaid.min.js",
    );
    if (existsSync(script) && existsSync("/usr/bin/chromium")) return readFileSync(script, "utf8");
  } catch {
    // Not installed.
  }
  return ctx.skip("no mermaid, or no chromium, on this machine");
}

test("Mermaid draws all of them", async (ctx) => {
  const script = mermaidScript(ctx);
  const hostile = ["sendto", "127.0.0.1", "9", "x; end\n#35; <b> %%", "--depth", "all", "--trace", "all"];
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
  try {
    const page = await browser.newPage();
    await page.addScriptTag({ content: script });
    for (const argv of [...SENDS, hostile]) {
      for (const format of ["mermaid", "mermaid-graph"]) {
        const text = await diagram(format, ...argv);
        const svg = await page.evaluate(`mermaid.initialize({ startOnLoad: false, maxTextSize: 1e6 });
          mermaid.render("x", ${JSON.stringify(text)}).then((r) => r.svg)`);
        expect(svg).toMatch(/^<svg /);
      }
    }
  } finally {
    await browser.close();
  }
}, 120_000);
