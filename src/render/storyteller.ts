// SPDX-License-Identifier: GPL-2.0-only
/** Gives each step of a session its story, and the words for it. */
import type { Step } from "../trace/step.ts";
import { StoryBook } from "../trace/story.ts";
import { answer } from "./answer.ts";

/** For one session: every step has to come by, in order. What a step says of itself already stays. */
export function storyteller(): (step: Step) => Step {
  const book = new StoryBook();
  return (step) => {
    const story = book.read(step.tree);
    return step.story === undefined ? { ...step, story, verdict: step.verdict ?? answer(story) } : step;
  };
}
