// SPDX-License-Identifier: GPL-2.0-only
/** Names of devices, and the errors about those that are not there. */
import { expect, test } from "vitest";
import { devicesOf, parseDevice, parseSide } from "../../../src/cli/sendto/devices.ts";
import { network } from "../../kernels/el6/network.ts";
import { DEVICES } from "./devices.ts";

test("are those of the machine, a dot in the name or not", () => {
  const m = network(["ip link add eth0.5 type dummy"]);
  const devices = devicesOf(m);
  expect(devices.names).toEqual(["lo", "eth0.5"]);
  expect(devices.names.map((name) => devices.index(name))).toEqual(["lo", "eth0.5"].map((n) => m.ifindex(n)));
});

test("an operand is an address or a device", () => {
  expect(parseSide("x", "10.0.0.1", DEVICES)).toEqual({ addr: 0x0a000001 });
  expect(parseSide("x", "eth0", DEVICES)).toEqual({ index: 2 });
});

test("one that is not there: the nearest, or all there are", () => {
  expect(() => parseDevice("--x 'eth1'", "eth1", DEVICES)).toThrow(
    "--x 'eth1': no device 'eth1' on this machine; did you mean eth0?",
  );
  expect(() => parseDevice("--x", "wlan0", DEVICES)).toThrow(
    "no device 'wlan0' on this machine; there are lo, eth0",
  );
});
