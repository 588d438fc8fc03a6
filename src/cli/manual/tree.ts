// SPDX-License-Identifier: GPL-2.0-only
/** The commands and their options as plain values, for what is generated from them. */
import type { Command } from "commander";
import { IP_NAMES, UDP_NAMES } from "../../uapi/in.ts";
import { MSG_FLAGS, SO_NAMES } from "../../uapi/socket.ts";
import { type Kind, RowOption } from "../option.ts";

/** One option. */
export interface Flag {
  readonly long: string;
  readonly short: string | undefined;
  /** Its value's name, as `--help` writes it; undefined for a switch. */
  readonly value: string | undefined;
  /** Whether the value may be left out. */
  readonly isOptional: boolean;
  readonly help: string;
  readonly fallback: string | undefined;
  /** The words that its value may be. */
  readonly words: readonly string[];
  readonly kind: Kind | undefined;
  /** The title that it stands below. */
  readonly group: string;
}

/** One command. */
export interface CommandPage {
  readonly name: string;
  readonly summary: string;
  /** What follows its name, a line each. */
  readonly synopsis: readonly string[];
  readonly operands: readonly (readonly [name: string, what: string])[];
  readonly flags: readonly Flag[];
}

/** Every command of a program. */
export function pagesOf(program: Command): CommandPage[] {
  return program.commands.map((command) => ({
    name: command.name(),
    summary: command.description(),
    synopsis: synopsisOf(command),
    operands: command.registeredArguments.map((a) => [a.name(), a.description]),
    flags: command.options.map(flagOf),
  }));
}

/** What its `--help` has as usage; `[options]` only where there are some. */
function synopsisOf(command: Command): string[] {
  const forms = command.usage().split(/\n\s*nettrace \S+ /);
  return command.options.length > 0 ? forms : forms.map((form) => form.replace(/^\[options\] ?/, ""));
}

function flagOf(option: Command["options"][number]): Flag {
  const row = option instanceof RowOption ? option.row : undefined;
  const value = /[<[](.+)[>\]]$/.exec(option.flags)?.[1];
  return {
    // `--as, --format`: the first is the one that is meant.
    long: /--[\w-]+/.exec(option.flags)?.[0] ?? "",
    short: /^-\w/.exec(option.flags)?.[0],
    value,
    isOptional: option.optional,
    help: option.description,
    fallback: typeof option.defaultValue === "string" ? option.defaultValue : undefined,
    words: [...(row?.words ?? []), ...wordsOf(row?.kind)],
    kind: row?.kind,
    group: option.helpGroupHeading ?? "Options:",
  };
}

/** What a value of that kind may begin with. */
function wordsOf(kind: Kind | undefined): string[] {
  if (kind === "flags") return MSG_FLAGS.map(([name]) => name);
  if (kind !== "sockopt") return [];
  return [...SO_NAMES, ...IP_NAMES, ...UDP_NAMES].map(([name]) => `${name}=`);
}
