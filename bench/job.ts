// SPDX-License-Identifier: GPL-2.0-only
/** The main job, `nettrace sendto 127.0.0.1 9999 aaaaa`, as system calls. */
import { type Request, send, setup } from "../src/cli/sendto/plan.ts";
import type { Syscall } from "../src/kernels/release.ts";

const REQUEST: Request = {
  host: 0x7f000001,
  port: 9999,
  payload: { bytes: new TextEncoder().encode("aaaaa"), len: 5 },
  flags: 0,
  count: 1,
  connect: false,
  listen: false,
  nonblock: false,
  options: [],
};

export const EXAMPLE_SETUP: readonly Syscall[] = setup(REQUEST);
export const EXAMPLE_SEND: Syscall = send(REQUEST);
