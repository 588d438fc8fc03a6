// SPDX-License-Identifier: GPL-2.0-only
/** include/trace/events/napi.h: the tracepoint of a device that is polled. */
import type { Named } from "../../../../../trace/record.ts";
import { inlined } from "../../../../../trace/traced.ts";
import type { Kernel } from "../../../kernel.ts";
import { tracepoint } from "../../linux/tracepoint.ts";

/** A device, or the backlog, has been polled. */
export const trace_napi_poll = inlined(
  "include/trace/events/napi.h",
  "trace_napi_poll(napi)",
  (k: Kernel, _napi: Named): void => tracepoint(k, "napi:napi_poll"),
);
