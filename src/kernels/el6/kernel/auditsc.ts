// SPDX-License-Identifier: GPL-2.0-only
/** kernel/auditsc.c: what the audit log is told of a system call. */
import { note, traced } from "../../../trace/traced.ts";
import type { Kernel } from "../kernel.ts";

/** Keep the address for the audit record, where a rule asks for one: there are no rules here. */
export const audit_sockaddr = traced(
  "kernel/auditsc.c",
  "audit_sockaddr(len, a)",
  (k: Kernel, _len: number, _a: Uint8Array): number => {
    note(k, "no audit rule: no record of this call is made");
    return 0;
  },
);
