// SPDX-License-Identifier: GPL-2.0-only
/** --via: what each call is given, and what it cannot carry. */
import { expect, test } from "vitest";
import { checkVia, type Send, sendVia, VIAS } from "../../../src/cli/sendto/via.ts";
import { MSG_DONTWAIT, MSG_MORE } from "../../../src/uapi/socket.ts";

const SEND: Send = {
  fd: 3,
  payload: { bytes: new Uint8Array(2), len: 2 },
  flags: MSG_MORE,
  addr: { bytes: new Uint8Array(16) },
  addrlen: 16,
  control: new Uint8Array(24),
};

test("each way is the call of its name", () => {
  expect(VIAS.map((via) => sendVia(via, SEND).name)).toEqual([
    "sendto",
    "send",
    "sendmsg",
    "write",
    "writev",
    "splice",
    "sendto",
  ]);
});

test("flags, address and control data go where there is room for them", () => {
  expect(sendVia("sendmsg", SEND)).toMatchObject({ namelen: 16, controllen: 24, flags: MSG_MORE });
  expect(sendVia("sendmsg", { ...SEND, control: null })).toMatchObject({ control: null, controllen: 0 });
  expect(sendVia("send", SEND)).toEqual({
    name: "send",
    fd: 3,
    buf: { bytes: new Uint8Array(2) },
    len: 2,
    flags: MSG_MORE,
  });
  expect(sendVia("splice", SEND)).toMatchObject({ more: true });
  expect(sendVia("socketcall", SEND)).toMatchObject({ compat: true, addrlen: 16 });
});

test("what cannot be carried is refused", () => {
  expect(() => checkVia("write", MSG_MORE, 0)).toThrow("--via write takes no flags");
  expect(() => checkVia("splice", MSG_MORE | MSG_DONTWAIT, 0)).toThrow("only MSG_MORE");
  expect(() => checkVia("sendto", 0, 1)).toThrow("--cmsg needs --via sendmsg, not sendto");
  expect(() => checkVia("splice", MSG_MORE, 0)).not.toThrow();
  for (const via of ["sendto", "send", "sendmsg", "socketcall"] as const) {
    expect(() => checkVia(via, 0xffffffff, 0)).not.toThrow();
  }
});
