// SPDX-License-Identifier: GPL-2.0-only
/** `nettrace schema`: what a line of a saved trace looks like, for other programs. */
import { TRACE_SCHEMA } from "../../trace/schema.ts";
import { EXIT } from "../errors.ts";
import type { Register } from "./register.ts";

export const schema: Register = (program, io, exit) => {
  program
    .command("schema")
    .description("print the JSON schema of a line of --format json")
    .action(() => {
      io.stdout(`${JSON.stringify(TRACE_SCHEMA, null, 2)}\n`);
      exit(EXIT.ok);
    });
};
