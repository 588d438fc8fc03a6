// SPDX-License-Identifier: GPL-2.0-only
/** Pages for tests: as text, and as the sections and the opening that stand in them. */
import type { Opening, Section } from "../../../src/render/html/model.ts";
import { run } from "../run.ts";

/** The page of a run. */
export async function pageOf(...argv: readonly string[]): Promise<string> {
  return (await run(...argv, "--format", "html")).out;
}

/** What a page's data elements hold, read as its script reads them. */
export function dataOf(page: string): { sections: Section[]; opening: Opening } {
  const texts = [...page.matchAll(/<script type="application\/json"[^>]*>(.*?)<\/script>/gs)];
  const values = texts.map(([, text]) => JSON.parse(text ?? "") as unknown);
  return { sections: values.slice(0, -1) as Section[], opening: values.at(-1) as Opening };
}
