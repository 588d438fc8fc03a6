// SPDX-License-Identifier: GPL-2.0-only
/** --open: pages and pictures are shown as soon as they are written. */
import type { Format } from "../render/format.ts";
import { FORMATS } from "../render/index.ts";
import { UsageError } from "./errors.ts";
import type { Io } from "./io.ts";
import type { OptionRow } from "./option.ts";
import type { Target } from "./output.ts";

export const OPEN: OptionRow = {
  flags: "--open",
  help: "show the page (html) or picture (svg) in a browser, from a temporary file if there is no -o",
};

/** The same targets; what can be looked at has a file, and is shown. Throws UsageError where nothing can. */
export function opened(list: readonly Target[], io: Io): Target[] {
  const isSeen = ({ format }: Target): boolean => {
    const { browser, picture } = FORMATS[format] as Format;
    return browser === true || picture === true;
  };
  if (!list.some(isSeen))
    throw new UsageError("--open: expected --format html or svg, nothing else can be shown");
  return list.map((target) => {
    if (!isSeen(target)) return target;
    return { ...target, file: target.file ?? io.temporaryFile(`nettrace.${target.format}`), open: true };
  });
}
