// SPDX-License-Identifier: GPL-2.0-only
/** Gives each step of a session its story, and the words for it. */
import type { Step } from "../trace/step.ts";
import { StoryBook } from "../trace/story.ts";
import { answer } from "./answer.ts";

/**
 * For one session: every step has to come by, in order. All of them bring their stories, or none does. `told`: a saved
 * trace, in which all words stand that were found when it was made; no step gets others.
 */
export function storyteller(told = false): (step: Step) => Step {
  const book = new StoryBook();
  return (step) => {
    if (step.story !== undefined) return step;
    const story = book.read(step.tree);
    return { ...step, story, verdict: told ? step.verdict : (step.verdict ?? answer(story)) };
  };
}
