// SPDX-License-Identifier: GPL-2.0-only
/** The version, from package.json: the bundle holds the text itself. */

import manifest from "../../package.json" with { type: "json" };

/** The version of nettrace. */
export const VERSION: string = manifest.version;
