// SPDX-License-Identifier: GPL-2.0-only
/** The end of a log's run: what became of its lines, in one or two lines of text; --receipt=all has a line for each of them. */
import { type Entry, entryText, noiseText, summary } from "../../../script/receipt.ts";
import { scenario } from "../../../script/scenario.ts";
import type { Io } from "../../io.ts";
import { printable } from "../../printable.ts";
import type { Source } from "../source.ts";
import type { Survey } from "../survey.ts";

/** `log`: for logs alone; `always`: whatever it is; `all`: every line that was not simply understood; `none`. */
export type ReceiptWish = "log" | "always" | "all" | "none";

interface Told {
  readonly source: Source;
  readonly survey: Survey;
  readonly wish: ReceiptWish;
  /** How many were made. */
  readonly calls: number;
}

/** Write it to standard error. */
export function tellReceipt({ source, survey: { dress, receipt, steps }, wish, calls }: Told, io: Io): void {
  const say = (text: string): void => io.stderr(`${source.name}: ${printable(text)}\n`);
  if (receipt.lines === 0 || (steps === 0 && calls === 0)) say("nothing ran: the file contains no calls");
  if (wish === "none" || (wish === "log" && dress === undefined) || receipt.lines === 0) return;
  if (receipt.noise > 0) say(`note: not calls: ${noiseText(receipt)}`);
  say(summary(receipt));
  if (wish === "all") listed(source, dress, say);
}

/** Each line that was not simply understood: the text is read again, for nobody holds so much. */
function listed(source: Source, dress: Survey["dress"], say: (text: string) => void): void {
  const entry = (e: Entry): void => {
    const text = entryText(e);
    if (text !== undefined) say(`line ${text}`);
  };
  const manner = dress === undefined ? { entry } : { dress, entry };
  for (const _ of scenario(source.lines(), { ifindex: () => 1 }, manner));
}
