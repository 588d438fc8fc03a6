// SPDX-License-Identifier: GPL-2.0-only
/** The `rtget` step: `DST [from A] [oif D] [mark N] [tos N]`. */
import type { RouteQuery } from "../../src/kernels/release.ts";
import { Reader } from "../../src/script/reader.ts";
import type { Word } from "../../src/script/words.ts";

export function routeQuery(words: readonly string[]): RouteQuery {
  const r = new Reader(
    words.map((text, i): Word => ({ text, column: i + 1 })),
    words.length + 1,
  );
  const query: { -readonly [K in keyof RouteQuery]: RouteQuery[K] } = { dst: 0 };
  while (!r.done) {
    if (r.take("from")) query.src = r.prefix().addr;
    else if (r.take("oif")) query.oif = r.device();
    else if (r.take("mark")) query.mark = r.number("a mark");
    else if (r.take("tos")) query.tos = r.number("a TOS");
    else query.dst = r.prefix("a destination").addr;
  }
  return query;
}
