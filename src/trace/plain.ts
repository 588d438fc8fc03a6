// SPDX-License-Identifier: GPL-2.0-only
/** Plain values: all that an event holds, and all that JSON can. */

/** A plain value that an event may hold. */
export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [key: string]: Plain };

/** What a note may state beside its constant text. */
export type Facts = Readonly<Record<string, Plain>>;
