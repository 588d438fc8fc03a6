// SPDX-License-Identifier: GPL-2.0-only
/** --net: presets, files, standard input, what a machine refuses; --net-show; --wait. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { main } from "../../src/cli/main.ts";
import { type MemoryOptions, memoryIo } from "../../src/cli/memory-io.ts";

async function run(args: readonly string[], options: MemoryOptions = {}) {
  const io = memoryIo(options);
  const status = await main(["sendto", ...args], io);
  return { status, out: io.out, err: io.err };
}

const EXAMPLES = fileURLToPath(new URL("../../examples/net/", import.meta.url));
const presets = readdirSync(EXAMPLES).map((name) => name.replace(/\.net$/, ""));

describe("presets", () => {
  test("are the files of examples/net", () => {
    expect(presets.sort()).toEqual(["lan", "lo", "two"]);
  });

  test.each(presets)("%s: the file and its commands make the same machine", async (name) => {
    const file = readFileSync(`${EXAMPLES}${name}.net`, "utf8");
    const shown = await run(["--net", name, "--net-show"]);
    expect(shown).toMatchObject({ status: 0, err: "" });
    const send = ["127.0.0.1", "9", "x", "--format", "json"];
    const preset = await run(["--net", name, ...send]);
    const trace = (out: string): string => out.slice(out.indexOf("\n"));
    for (const text of [file, shown.out]) {
      const again = await run(["--net", "a.net", ...send], { files: { "a.net": text } });
      expect(again.status).toBe(0);
      expect(trace(again.out)).toBe(trace(preset.out));
    }
  });

  test("lo is what there is without --net", async () => {
    const args = ["127.0.0.1", "9", "x", "--format", "json"];
    expect(await run(["--net", "lo", ...args])).toEqual(await run(args));
  });

  test("lan: the gateway answers ARP, and then the datagram goes", async () => {
    const { out } = await run(["--net", "lan", "8.8.8.8", "53", "hi", "--wait", "10"]);
    expect(out).toContain("· lan: lo 127.0.0.1/8, eth0 192.0.2.10/24 ·");
    const told = [
      "op 1 request",
      "ARP reply from a host on the wire: addr=192.0.2.1 lladdr=02:00:c0:00:02:01",
      "frame leaves by eth0, 44 bytes (14 ethernet + 20 ip + 8 udp + 2 data)",
    ];
    for (const [i, text] of told.entries()) {
      expect(out.indexOf(text, i === 0 ? 0 : out.indexOf(told[i - 1] as string))).toBeGreaterThan(0);
    }
  });

  test("two: the mark and the address choose the interface, a rule forbids a network", async () => {
    const left = async (...args: string[]): Promise<string | undefined> =>
      /frame leaves by (\w+)/.exec((await run(["--net", "two", ...args])).out)?.[1];
    expect(await left("8.8.8.8", "53")).toBe("eth0");
    expect(await left("8.8.8.8", "53", "--mark", "1")).toBe("eth1");
    expect(await left("8.8.8.8", "53", "--bind", "198.51.100.10")).toBe("eth1");
    const { status, out } = await run(["--net", "two", "203.0.113.9", "53"]);
    expect(status).toBe(1);
    expect(out).toContain("= -1 EACCES");
  });
});

describe("files", () => {
  test("commands, and what ip -j printed, also from standard input", async () => {
    const json = '[{"dst":"default","gateway":"192.0.2.1","dev":"eth0","flags":[]},';
    const stdin = `${json}{"dst":"192.0.2.0/24","dev":"eth0","protocol":"kernel","scope":"link","prefsrc":"192.0.2.9","flags":[]}]`;
    const { out, err, status } = await run(["--net", "-", "8.8.8.8", "53"], { stdin });
    expect(status).toBe(0);
    expect(out).toContain("· <stdin>: lo 127.0.0.1/8, eth0 192.0.2.9/24 ·");
    expect(err).toBe(
      "nettrace: <stdin>:1:2: eth0 is not described: assumed to be a dummy device that is up\n",
    );
  });

  test("what el6 refuses is an error in commands, and left out of a recorded machine", async () => {
    const commands = await run(["--net", "a.net", "127.0.0.1", "9"], {
      files: { "a.net": "link set lo up\n  route add default via 10.9.9.9\n" },
    });
    const why = "'ip route add default via 10.9.9.9' is refused: ENETUNREACH (Network is unreachable)";
    expect(commands).toEqual({ status: 2, out: "", err: `nettrace: a.net:2:3: ${why}\n` });
    const files = { "a.json": '[{"dst":"default","gateway":"10.9.9.9","flags":[]}]' };
    const recorded = await run(["--net", "a.json", "127.0.0.1", "9"], { files });
    expect(recorded.status).toBe(0);
    expect(recorded.err).toBe(
      "nettrace: a.json:1:2: 'ip route append default via 10.9.9.9' is refused: ENETUNREACH (Network is unreachable); left out\n",
    );
  });

  test.each([
    [
      ["--net", "x\u001b[31m"],
      /^nettrace: --net: cannot read x\\x1b\[31m: no such file or directory, and no network has that name/,
    ],
    [["--net", "lna"], /; did you mean lan\?$/],
    [["--net", "./lna"], /^nettrace: --net: cannot read \.\/lna: no such file or directory$/],
    [["--net", "bytes"], /^nettrace: --net bytes: expected UTF-8 text$/],
    [["--net", "bad"], /^nettrace: bad:1:9: unknown word "lu"/],
    [["--net", "lan", "--host"], /^nettrace: --host and --net lan: expected only one of them$/],
    [["--net", "-", "-"], /^nettrace: --net -: standard input is already used for the payload$/],
    [["--wait", "0"], /^nettrace: --wait '0': expected a number from 1 to/],
  ])("%j is one clear line, and nothing else", async (args, expected) => {
    const [payload, rest] = args.at(-1) === "-" && args.length === 3 ? [["-"], args.slice(0, 2)] : [[], args];
    const files = { bytes: Uint8Array.of(0x66, 0xff), bad: "ip link lu" };
    const { status, out, err } = await run([...rest, "127.0.0.1", "9", ...payload], { files });
    expect([status, out]).toEqual([2, ""]);
    expect(err.trimEnd()).toMatch(expected);
    expect(err.split("\n")).toHaveLength(2);
  });

  test("endless input is refused", async () => {
    const { status, err } = await run(["--net", "big", "127.0.0.1", "9"], {
      files: { big: Buffer.alloc(65 * 1024 * 1024, 35) },
    });
    expect([status, err]).toEqual([
      2,
      "nettrace: --net big: expected a network of less than 67108864 bytes\n",
    ]);
  });
});

test("host and port may be left out only with --net-show", async () => {
  expect(await run([])).toEqual({ status: 2, out: "", err: "nettrace: missing required argument 'host'\n" });
  expect(await run(["127.0.0.1"])).toMatchObject({
    status: 2,
    err: "nettrace: missing required argument 'port'\n",
  });
  expect(await run(["--net-show"])).toEqual({ status: 0, out: "ip link set lo up\n", err: "" });
});
