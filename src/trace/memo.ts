// SPDX-License-Identifier: GPL-2.0-only
/** What is made of a name once, and asked for at every event. */

/** Longer ones are no names. */
const LONGEST = 200;

/** `make`, with what it made for the first names kept: a stranger's trace may have any number of them. */
export function memo<T>(make: (name: string) => T, most = 2000): (name: string) => T {
  const made = new Map<string, T>();
  return (name) => {
    const known = made.get(name);
    if (known !== undefined) return known;
    const fresh = make(name);
    if (made.size < most && name.length <= LONGEST) made.set(name, fresh);
    return fresh;
  };
}
