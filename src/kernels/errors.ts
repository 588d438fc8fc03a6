// SPDX-License-Identifier: GPL-2.0-only
/** Where errors come from, by release: beside index.ts, since a machine that only runs needs nothing of it. */
import { EL6_ERRORS } from "./el6/errors.ts";
import type { RELEASES } from "./index.ts";
import type { ErrorSources } from "./release.ts";

export const ERRORS: { readonly [K in keyof typeof RELEASES]: ErrorSources } = { el6: EL6_ERRORS };
