// SPDX-License-Identifier: GPL-2.0-only
/** A command line without options is read without commander: nobody may see a difference. */
import { Command } from "commander";
import { expect, test } from "vitest";
import { MACHINE_ROWS } from "../../src/cli/net.ts";
import { addOptions, defaultsOf } from "../../src/cli/option.ts";
import { REQUEST_ROWS } from "../../src/cli/sendto/options.ts";
import { viewRows } from "../../src/cli/view.ts";

test("the defaults of sendto are what commander makes of no option", () => {
  const rows = [...REQUEST_ROWS, ...MACHINE_ROWS, ...viewRows()];
  const command = new Command("sendto");
  addOptions(command, "", rows);
  command.parse([], { from: "user" });
  expect(defaultsOf(rows)).toEqual(command.opts());
});

test("a default of each kind", () => {
  const rows = [
    { flags: "-n, --count <n>", help: "", fallback: "1" },
    { flags: "--no-ip-check", help: "" },
    { flags: "-o, --output-file <file>", help: "", many: true },
    { flags: "--bare", help: "" },
  ] as const;
  expect(defaultsOf(rows)).toEqual({ count: "1", ipCheck: true, outputFile: [] });
});
