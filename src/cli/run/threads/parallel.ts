// SPDX-License-Identifier: GPL-2.0-only
/** Several scenarios at once, each on a thread; what they print comes in the order of the files all the same. */
import type { Io } from "../../io.ts";
import type { Target } from "../../output.ts";
import { Unmatched } from "../../unmatched.ts";
import { Progress } from "../progress.ts";
import type { FileResult } from "../run.ts";
import type { Common } from "../session.ts";
import type { FileAt } from "../shard.ts";
import { Crew } from "./crew.ts";
import { Paper } from "./paper.ts";

/** How often the threads' progress is looked at, in ms. */
const GLANCE = 100;

/** Run them: what became of each. Throws UsageError where there are no threads to be had. */
export async function runParallel(
  files: readonly FileAt[],
  common: Common,
  {
    jobs,
    targets,
    ready,
  }: { readonly jobs: number; readonly targets: readonly Target[]; readonly ready: () => void },
  io: Io,
): Promise<FileResult[]> {
  const stdin = files.some(({ file }) => file === "-") ? io.readStdin() : new Uint8Array();
  const crew = Crew.hire(Math.min(jobs, files.length), { common, stdin }, io);
  const progress = new Progress(
    files.map(({ file }) => file),
    io,
  );
  const kept = targets.filter(({ file }) => !common.quiet || file !== undefined);
  const paper = new Paper(files, kept, progress.io);
  let watch: NodeJS.Timeout | undefined;
  try {
    const surveys = await crew.prepare(files);
    for (const { file } of files) io.claims.runs(file, io.place(file));
    ready();
    for (const { steps } of surveys) progress.expect(steps);
    if (!progress.silent) watch = setInterval(() => progress.reach(crew.steps), GLANCE);
    paper.open();
    const unmatched = new Unmatched(common.view.only);
    const results = await crew.run(files, surveys, paper, unmatched);
    paper.commit();
    unmatched.tell(progress.io.stderr);
    return results;
  } finally {
    clearInterval(watch);
    progress.end();
    crew.dismiss();
    paper.close();
  }
}
