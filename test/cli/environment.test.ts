// SPDX-License-Identifier: GPL-2.0-only
/** NETTRACE_OPTS, NETTRACE_NET, NETTRACE_KERNEL: the command line wins, and an error names the variable. */
import { expect, test } from "vitest";
import { main } from "../../src/cli/main.ts";
import { memoryIo } from "../../src/cli/memory-io.ts";

async function run(argv: string[], env: Record<string, string> = {}): Promise<[number, string, string]> {
  const io = memoryIo({ env });
  const status = await main(argv, io);
  return [status, io.out, io.err];
}
const SEND = ["sendto", "127.0.0.1", "9999", "aaaaa"];

test.each([
  [{ NETTRACE_OPTS: "--depth all --no-args" }, ["--depth", "all", "--no-args"]],
  [{ NETTRACE_OPTS: "  --depth=2\n-n 3 " }, ["--depth", "2", "-n", "3"]],
  [{ NETTRACE_OPTS: "--hexdump none" }, ["--hexdump", "none"]],
  [{ NETTRACE_OPTS: `--only 'ip_*' --only "udp"\\_'*'` }, ["--only", "ip_*", "--only", "udp_*"]],
  [{ NETTRACE_OPTS: "-s5" }, ["-s", "5"]],
  [{ NETTRACE_NET: "lan" }, ["--net", "lan"]],
  [{ NETTRACE_KERNEL: "el6" }, []],
  [{ NETTRACE_OPTS: "", NETTRACE_NET: "" }, []],
])("%j is %j", async (env, options) => {
  expect(await run(SEND, env)).toEqual(await run([...SEND, ...options]));
});

test.each([
  [{ NETTRACE_OPTS: "--depth all" }, ["--depth", "2"]],
  [{ NETTRACE_OPTS: "--depth all" }, ["--depth=2"]],
  [{ NETTRACE_OPTS: "--count 3" }, ["-n", "2"]],
  [{ NETTRACE_OPTS: "--format json" }, ["--format", "path"]],
  [{ NETTRACE_NET: "lan" }, ["--net", "two"]],
])("the command line stands before %j: %j", async (env, options) => {
  expect(await run([...SEND, ...options], env)).toEqual(await run([...SEND, ...options]));
});

test("an option that only another command has is left out", async () => {
  expect(await run(SEND, { NETTRACE_OPTS: "--context 3 --receipt=all" })).toEqual(await run(SEND));
  expect((await run(["host", "--help"], { NETTRACE_NET: "lan", NETTRACE_OPTS: "--depth 3" }))[0]).toBe(0);
});

test.each([
  [{ NETTRACE_OPTS: "--dpeth all" }, "NETTRACE_OPTS: unknown option '--dpeth'; did you mean --depth?"],
  [{ NETTRACE_OPTS: "depth" }, "NETTRACE_OPTS: 'depth': expected options, such as --depth=all"],
  [{ NETTRACE_OPTS: "--depth" }, "NETTRACE_OPTS: --depth: expected a value"],
  [{ NETTRACE_OPTS: "--only 'x" }, "NETTRACE_OPTS: a quote without its end"],
  [{ NETTRACE_OPTS: "--depth=x" }, "NETTRACE_OPTS: --depth 'x': expected a number from 1 to 1000"],
  [{ NETTRACE_KERNEL: "el7" }, "NETTRACE_KERNEL: --kernel 'el7': expected el6; did you mean el6?"],
  [
    { NETTRACE_NET: "lann" },
    "NETTRACE_NET: --net: cannot read lann: no such file or directory, and no network has that name (lo, lan, two); did you mean lan?",
  ],
])("%j is refused by its name", async (env, text) => {
  expect(await run(SEND, env)).toEqual([2, "", `nettrace: ${text}\n`]);
});
