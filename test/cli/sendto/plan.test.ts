// SPDX-License-Identifier: GPL-2.0-only
/** The order of the calls: sockets, options, bind, groups, connect; groups belong to who receives. */
import { expect, test } from "vitest";
import { RECEIVER, type Request, SENDER, send, setup } from "../../../src/cli/sendto/plan.ts";
import { int } from "../../../src/cli/sendto/sockopt.ts";

const REQUEST: Request = {
  host: 0xef010203,
  port: 9999,
  payload: { bytes: new Uint8Array(), len: 0 },
  flags: 0,
  count: 1,
  connect: true,
  listen: true,
  nonblock: false,
  bind: { addr: 0, port: 1 },
  options: [{ level: 1, name: 6, value: int(1) }],
  joins: [{ level: 0, name: 2, value: int(9) }],
};
const shape = (r: Request): string[] =>
  setup(r).map((c) =>
    c.name === "socket" ? `socket ${c.protocol}` : "fd" in c ? `${c.name} ${c.fd}` : c.name,
  );

test("with a receiver it is the receiver that joins", () => {
  expect(shape(REQUEST)).toEqual([
    "socket 0",
    `setsockopt ${SENDER}`,
    `bind ${SENDER}`,
    "socket 0",
    `bind ${RECEIVER}`,
    `setsockopt ${RECEIVER}`,
    `connect ${SENDER}`,
  ]);
});

test("without one, the sender; UDP-Lite is a protocol of its own on both", () => {
  const alone = { ...REQUEST, listen: false, connect: false, udplite: true };
  expect(shape(alone)).toEqual(["socket 136", "setsockopt 3", "bind 3", "setsockopt 3"]);
  expect(shape({ ...REQUEST, udplite: true }).filter((c) => c === "socket 136")).toHaveLength(2);
});

test("the send is sendto(2) unless another call is asked for", () => {
  expect(send(REQUEST)).toMatchObject({ name: "sendto", addr: null });
  expect(send({ ...REQUEST, connect: false, via: "sendmsg" })).toMatchObject({
    name: "sendmsg",
    namelen: 16,
  });
});
