// SPDX-License-Identifier: GPL-2.0-only
/** Properties try the same values in every run: a test that fails once fails again. FAST_CHECK_SEED tries others. */
import fc from "fast-check";

const seed = Number(process.env["FAST_CHECK_SEED"] ?? 2632642);
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed });
