// SPDX-License-Identifier: GPL-2.0-only
/** Tables that few runs look at are made when somebody does: a start defines hundreds. */

/** What `make` makes, made at the first call. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
