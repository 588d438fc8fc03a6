// SPDX-License-Identifier: GPL-2.0-only
/** What is generated from the commands: nothing of them is missing in it, and those who read it take it. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { COMMAND_NAMES } from "../../src/cli/commands/index.ts";
import { main } from "../../src/cli/main.ts";
import { ENVIRONMENT, PAGES } from "../../src/cli/manual/pages.ts";
import { memoryIo } from "../../src/cli/memory-io.ts";
import { RELEASED } from "../../src/cli/version.ts";

async function print(...argv: string[]): Promise<string> {
  const io = memoryIo();
  expect([await main(argv, io), io.err]).toEqual([0, ""]);
  return io.out;
}

/** Every option of every command, as the help has them. */
async function flags(): Promise<[command: string, flag: string][]> {
  const list: [string, string][] = [];
  for (const name of COMMAND_NAMES) {
    const help = await print("help", name);
    for (const [, flag] of help.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)) list.push([name, flag as string]);
  }
  return list.filter(([, flag]) => flag !== "--help");
}

const has = (program: string): boolean => spawnSync(program, ["--version"]).error === undefined;

test("each command has examples and exit statuses, and each example is a command line of its", () => {
  expect(Object.keys(PAGES)).toEqual([...COMMAND_NAMES]);
  for (const [name, { examples, statuses }] of Object.entries(PAGES)) {
    expect(examples.length, name).toBeGreaterThan(0);
    expect(statuses.map(([status]) => status)).toEqual(expect.arrayContaining([0, 2, 70]));
    for (const [command] of examples) expect(command).toMatch(/\bnettrace \w+/);
  }
});

test.each(PAGES["sendto"]?.examples.map(([command]) => [command]) ?? [])("%s runs", async (command) => {
  const words = (command.split(" | ")[0] as string).split(" ").slice(1);
  const io = memoryIo();
  expect(await main(words, io)).toBeLessThan(2);
  expect(io.outBytes.length).toBeGreaterThan(0);
});

test("the release's day is that of the changelog", () => {
  const log = readFileSync(new URL("../../CHANGELOG.md", import.meta.url), "utf8");
  const day = log.match(
    new RegExp(`^## \\[${manifest.version.replaceAll(".", "[.]")}\\] - (\\S+)`, "m"),
  )?.[1];
  expect(day ?? RELEASED).toBe(RELEASED);
});

describe("the manual page", () => {
  test("names every command, option and variable", async () => {
    const page = (await print("man")).replaceAll("\\-", "-").replaceAll("\\e", "\\");
    for (const [, flag] of await flags()) expect(page).toContain(`\\fB${flag}\\fR`);
    for (const name of COMMAND_NAMES) expect(page).toContain(`.SH NETTRACE ${name.toUpperCase()}`);
    for (const [name] of ENVIRONMENT) expect(page).toContain(`\\fB${name}\\fR`);
  });

  test.skipIf(!has("mandoc"))("mandoc -Tlint has nothing to say", async () => {
    const { stdout } = spawnSync("mandoc", ["-Tlint"], { input: await print("man"), encoding: "utf8" });
    expect(stdout).toBe("");
  });
});

describe("completion", () => {
  test.each(["bash", "zsh", "fish"])("%s knows every command and option", async (shell) => {
    const script = await print("completion", shell);
    for (const name of COMMAND_NAMES) expect(script).toContain(name);
    for (const [, flag] of await flags())
      expect(script).toContain(shell === "fish" ? `-l ${flag.slice(2)}` : flag);
  });

  test.each(["bash", "zsh", "fish"].filter(has))("%s takes its script", async (shell) => {
    // A pipe of the shell's: fish reads no socket, which is what Node gives.
    const input = await print("completion", shell);
    const done = spawnSync("sh", ["-c", `cat | ${shell} -n`], { input, encoding: "utf8" });
    expect([done.status, done.stderr]).toEqual([0, ""]);
  });

  test.skipIf(!has("bash")).each([
    ["nettrace sen", "sendto"],
    ["nettrace sendto --lis", "--listen"],
    ["nettrace sendto --format spe", "speedscope"],
    ["nettrace sendto --format = trace-", "trace-dat"],
    ["nettrace sendto --mtu-discover w", "want"],
    ["nettrace sendto -f MSG_OO", "MSG_OOB"],
    ["nettrace sendto --setsockopt IP_TT", "IP_TTL="],
    ["nettrace run --receipt al", "always all"],
    ["nettrace completion z", "zsh"],
    ["nettrace help dif", "diff"],
  ])("bash: %s", async (line, words) => {
    const ask = `COMP_WORDS=(${line}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _nettrace; echo "\${COMPREPLY[@]}"`;
    const script = `${await print("completion", "bash")}\ncompopt() { :; }\n${ask}`;
    expect(spawnSync("bash", ["--norc", "-c", script], { encoding: "utf8" }).stdout).toBe(`${words}\n`);
  });
});
