// SPDX-License-Identifier: GPL-2.0-only
/** The library says what the command line says. */
import { describe, expect, expectTypeOf, test } from "vitest";
import {
  type BinaryFormat,
  boot,
  capture,
  diff,
  type FolderFormat,
  NettraceError,
  render,
  run,
  sendto,
  type TextFormat,
  type TraceEvent,
} from "../../src/api/index.ts";
import { main } from "../../src/cli/main.ts";
import { memoryIo } from "../../src/cli/memory-io.ts";
import { FORMATS, type FormatName } from "../../src/render/index.ts";

async function printed(...argv: string[]): Promise<string> {
  const io = memoryIo();
  await main(argv, io);
  return io.out;
}

const HERE = { host: "127.0.0.1", port: 9999, payload: "aaaaa" } as const;
const FORMAT_NAMES = Object.keys(FORMATS) as FormatName[];
const kindOf = (format: FormatName): string => FORMATS[format].kind;

describe("sendto and render", () => {
  test("are what the program prints, advice aside", async () => {
    const trace = sendto({ ...HERE, listen: true });
    const save = ["sendto", "127.0.0.1", "9999", "aaaaa", "--listen"];
    const withoutAdvice = (text: string): string => text.replace(/"change":\[[^\]]*\]/g, '"change":[]');
    expect(await render(trace, "json")).toBe(withoutAdvice(await printed(...save, "--format", "json")));
    expect(await render(trace, "strace")).toBe(await printed(...save, "--format", "strace"));
    const options = { depth: "all", hexdump: "none", only: ["udp_*"], counters: "all" } as const;
    const view = ["--depth", "all", "--hexdump", "none", "--only", "udp_*", "--counters", "all"];
    expect(await render(trace, "path", options)).toBe(await printed(...save, "--format", "path", ...view));
  });

  test("every option of the call arrives", () => {
    const calls = (trace: readonly TraceEvent[]): unknown[] =>
      trace.flatMap((e) => (e.ev === "syscall" ? [[e.name, e.args]] : []));
    const trace = sendto({
      ...HERE,
      payload: Uint8Array.of(0, 0xff),
      flags: "MSG_MORE",
      count: 2,
      bind: ":53",
      setsockopt: ["IP_TTL=5"],
      udplite: 8,
      nonblock: true,
    });
    expect(calls(trace)).toMatchSnapshot();
    const control = sendto({ ...HERE, cmsg: ["ttl=9"], join: ["239.1.2.3"], via: "sendmsg", wait: 5 });
    expect(calls(control)).toMatchSnapshot();
  });

  test.each(FORMAT_NAMES)("%s", async (format) => {
    const made = await render(sendto(HERE), format as TextFormat);
    const kind = typeof made === "string" ? "text" : (made as object) instanceof Map ? "folder" : "binary";
    expect(kind).toBe(kindOf(format));
  });

  test("every format is one of the three", () => {
    expectTypeOf<TextFormat | BinaryFormat | FolderFormat>().toEqualTypeOf<FormatName>();
  });

  test("a trace is plain: it survives JSON", async () => {
    const trace = sendto({ ...HERE, network: "lan", host: "192.0.2.77", wait: 2000 });
    const copy = JSON.parse(JSON.stringify(trace)) as TraceEvent[];
    expect(await render(copy, "graph")).toBe(await render(trace, "graph"));
    expect(capture(await render(trace, "json"))).toEqual(copy);
  });
});

describe("a machine", () => {
  test("does what its calls say, and its trace has all of it", async () => {
    const machine = boot();
    const [receiver, sender] = [machine.socket(), machine.socket({ nonblock: true })];
    expect([receiver, sender, machine.bind(receiver, "127.0.0.1", 9)]).toEqual([3, 4, 0]);
    expect(machine.connect(sender, "127.0.0.1", 9)).toBe(0);
    expect(machine.setsockopt(sender, "IP_TTL=5")).toBe(0);
    expect(machine.sendto(sender, "hi")).toBe(2);
    const got = machine.recvfrom(receiver);
    expect([got.ret, Buffer.from(got.data).toString(), got.from]).toEqual([2, "hi", "127.0.0.1:33309"]);
    expect(machine.recvfrom(receiver)).toEqual({ ret: -11, data: new Uint8Array(), from: "" });
    expect(machine.close(sender)).toBe(0);
    expect(machine.counters()["Udp.InDatagrams"]).toBe(1);
    expect(machine.proc("/proc/net/snmp")).toContain("Udp: 1 0 0 1");
    expect(
      (await render(machine.trace(), "strace")).split("\n").map((line) => /^\w+/.exec(line)?.[0]),
    ).toEqual([
      "socket",
      "socket",
      "bind",
      "connect",
      "setsockopt",
      "sendto",
      "recvfrom",
      "recvfrom",
      "close",
      undefined,
    ]);
  });

  test("its network changes, and its clock runs", () => {
    const machine = boot({ network: "lan", seed: 7 });
    machine.configure("ip route add 203.0.113.0/24 via 192.0.2.1");
    const fd = machine.socket();
    expect(machine.sendto(fd, "x", { host: "203.0.113.9", port: 53, flags: "DONTWAIT" })).toBe(1);
    machine.advance(1);
    const devices = machine.trace().flatMap((e) => (e.ev === "packet" ? [e.dev] : []));
    expect(devices).toContain("eth0");
  });

  test("two of them know nothing of each other", () => {
    const [a, b] = [boot(), boot()];
    a.sendto(a.socket(), "x", { host: "127.0.0.1", port: 9 });
    expect(a.counters()["Udp.OutDatagrams"]).toBe(1);
    expect(b.counters()["Udp.OutDatagrams"]).toBeUndefined();
    expect(boot().trace()).toEqual(b.trace());
  });
});

describe("run", () => {
  const SOCKET = "socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = 3\n";
  test("says what was not as written, and where", () => {
    const result = run(`${SOCKET}close(3) = 5\nip addr show lo\nexpect note "nothing of this"\n`);
    expect(result.failures).toBe(2);
    expect(result.messages.map(({ place }) => place?.line)).toEqual([2, 4, undefined]);
    expect(result.messages[0]?.text).toMatch(/^close: expected = 5, got = 0/);
    expect(result.printed).toContain("inet 127.0.0.1/8");
    expect(result.trace.map(({ ev }) => ev)).toContain("sysret");
  });

  test("reads the files that it is given", async () => {
    const kept = await render(run(SOCKET).trace, "ftrace", { depth: "all" });
    const scenario = `${SOCKET}expect trace kept.ftrace\n`;
    expect(run(scenario, { files: { "kept.ftrace": kept } })).toMatchObject({ failures: 0, messages: [] });
    const other = kept.replace("security_socket_create", "security_socket_bind");
    expect(run(scenario, { files: { "kept.ftrace": other } }).failures).toBe(1);
    expect(() => run(scenario)).toThrow("cannot read kept.ftrace: no such file or directory");
  });
});

describe("diff", () => {
  test("of the same, and of what is not the same", () => {
    const [a, b] = [sendto(HERE), sendto({ ...HERE, listen: true })];
    expect(diff(a, a)).toMatchObject({ equal: true, differences: 0, leftOut: [] });
    const { equal, text } = diff(a, b, { names: ["without", "with"], only: ["__udp4_lib_rcv"] });
    expect(equal).toBe(false);
    expect(text).toMatch(/^ *without +with\n/);
  });

  test("with a recording of a real kernel", async () => {
    const trace = sendto(HERE);
    const recorded = capture(await render(trace, "ftrace", { depth: "all" }));
    expect(diff(trace, recorded).equal).toBe(true);
  });
});

/** What is wrong, with its place. */
function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (!(error instanceof NettraceError)) throw error;
    const { line, column } = error.place ?? { line: 0, column: 0 };
    return `${line}:${column} ${error.message}`;
  }
  return "nothing";
}

describe("what is wrong is one error, with its place", () => {
  test.each<[string, () => unknown, RegExp]>([
    ["a host", () => sendto({ host: "x", port: 1 }), /^0:0 host 'x': expected an IPv4 address/],
    ["a port", () => sendto({ host: "127.0.0.1", port: 65536 }), /^0:0 port '65536': expected a number from/],
    [
      "an option",
      () => sendto({ ...HERE, lisen: true } as never),
      /unknown option 'lisen'.*did you mean listen\?$/,
    ],
    [
      "a flag",
      () => sendto({ ...HERE, flags: "MSG_PROB" }),
      /^0:0 flags 'MSG_PROB'.*did you mean MSG_PROBE\?$/,
    ],
    ["a socket option", () => sendto({ ...HERE, setsockopt: ["IP_TTK=1"] }), /^0:0 setsockopt .*IP_TTL/],
    ["a preset", () => boot({ network: "lam" }), /^0:0 network 'lam'.*did you mean lan\?$/],
    ["a seed", () => boot({ seed: -1 }), /^0:0 seed '-1': expected a number from 0 to 4294967295$/],
    ["a kernel", () => boot({ kernel: "el7" as never }), /^0:0 kernel 'el7': expected el6/],
    [
      "a network",
      () => boot({ network: "ip link set lo up\nip link set\n" }),
      /^2:12 the line ends, expected/,
    ],
    ["a command", () => boot().configure("ip link set eth7 up"), /^1:1 .* is refused: ENODEV/],
    ["a scenario", () => run("socket(AF_INET\n", { strict: true }), /^1:15 /],
    ["a recording", () => capture("# tracer: nop\n"), /^1:1 /],
    ["a saved trace", () => capture('{"ev":"machine","uname":1}\n'), /^1:\d+ "uname" is 1: expected text/],
    ["a trace", () => diff([{ ev: "exit" } as never], []), /^1:1 trace\.0: "fn" is missing/],
    ["half a trace", () => diff(sendto(HERE).slice(0, -1), []), /ends too early/],
  ])("%s", (_what, work, expected) => {
    expect(refusal(work)).toMatch(expected);
  });

  test("a format, a word of a view, two sessions", async () => {
    const trace = sendto(HERE);
    await expect(render(trace, "grap" as "graph")).rejects.toThrow(/^format 'grap': .*did you mean graph\?$/);
    await expect(render(trace, "graph", { depth: 0 })).rejects.toThrow(/^depth '0'/);
    await expect(render(trace, "graph", { layers: ["upd" as "udp"] })).rejects.toThrow(/did you mean udp\?$/);
    await expect(render(trace, "ftrace", { traceOptions: ["x"] })).rejects.toThrow(/^traceOption 'x'/);
    await expect(render([...trace, ...trace], "svg")).rejects.toThrow(/several sessions/);
    await expect(render(trace, "svg", { colour: true } as never)).rejects.toThrow(/did you mean color\?$/);
  });
});
