// SPDX-License-Identifier: GPL-2.0-only
/** The tags of HTML that a web page has round the lines of a log. */

/** HTML's tags round a line, and those that colour its words. */
const TAG =
  /<\/?(?:a|b|br|code|dd|div|dl|dt|em|font|i|kbd|li|ol|p|pre|samp|small|span|strong|table|tbody|td|th|thead|tr|tt|u|ul)(?:\s[^<>]*)?\/?>/gi;
const LEADING_TAG = new RegExp(`^[ \\t]*(?:${TAG.source})`, "i");

/** Does a line begin with one? strace's own `<...` is none. */
export const isTagged = (line: string): boolean => LEADING_TAG.test(line);

/** The tags of a line from one place to the next. */
export const TAGS: RegExp = TAG;
