// SPDX-License-Identifier: GPL-2.0-only
/** Saved traces: what is read, what is refused, and where the error points. */

import { expect, test } from "vitest";
import { readTrace, TraceError } from "../../src/capture/json.ts";
import { main } from "../../src/cli/main.ts";
import { memoryIo } from "../../src/cli/memory-io.ts";

const MACHINE = '{"ev":"machine","uname":"2.6.32","network":"lo","seed":0}';
const BEFORE = '{"ev":"state","when":"before","counters":{},"proc":{}}';
const AFTER = '{"ev":"state","when":"after","counters":{},"proc":{}}';
const ENTER = '{"ev":"enter","fn":"f","file":"net/socket.c","inline":false,"depth":0,"args":{}}';
const EXIT = '{"ev":"exit","fn":"f","depth":0,"ret":0}';
const CALL = '{"ev":"syscall","name":"sendto","args":{}}';
const RETURN = '{"ev":"sysret","name":"sendto","ret":5}';
const VERDICT = '{"ev":"verdict","what":"sent","change":[]}';

/** Stands before the place that the error must point at. */
const MARK = "▼";

/** What keeps these lines from being a trace: `LINE:COLUMN: message`. */
function refusal(lines: readonly string[] | Uint8Array): string {
  const bytes = lines instanceof Uint8Array ? lines : new TextEncoder().encode(lines.join("\n"));
  try {
    for (const _ of readTrace([bytes]));
  } catch (error) {
    if (!(error instanceof TraceError)) throw error;
    return `${error.line}:${error.column}: ${error.message}`;
  }
  return "none";
}

/** Lines with a mark are refused just there, in these words. */
function refused(marked: readonly string[], message: string): void {
  const line = marked.findIndex((text) => text.includes(MARK));
  const column = [...((marked[line] ?? "").split(MARK)[0] as string)].length + 1;
  const got = refusal(marked.map((text) => text.replace(MARK, "")));
  expect(got).toBe(`${line + 1}:${column}: ${message}`);
}

const inSession = (...lines: string[]): string => refusal([MACHINE, BEFORE, ...lines, AFTER]);

test("a whole session is read", () => {
  expect(inSession()).toBe("none");
  expect(inSession(CALL, ENTER, EXIT, RETURN, VERDICT, ENTER, EXIT)).toBe("none");
  expect(inSession(CALL, RETURN, AFTER, MACHINE, BEFORE, CALL, RETURN)).toBe("none");
});

test("blank lines, CR LF, a byte order mark and a missing last newline do not matter", () => {
  const text = `\ufeff${[MACHINE, "", BEFORE, " ", AFTER].join("\r\n")}`;
  expect([...readTrace([new TextEncoder().encode(text)])]).toHaveLength(3);
});

test("a call that never returned is read: the kernel may have stopped there", () => {
  expect(inSession(CALL, ENTER)).toBe("none");
  expect(inSession(CALL, ENTER, VERDICT)).toBe("none");
});

test("an exit that is missing is told where the call's own end comes, or the next call", () => {
  refused(
    [MACHINE, BEFORE, CALL, ENTER, RETURN.replace('"name":', `"name":${MARK}`)],
    "return of sendto while f is open: its exit is missing",
  );
  refused(
    [MACHINE, BEFORE, ENTER, CALL.replace('"name":', `"name":${MARK}`)],
    "sendto is called while f is open: its exit is missing",
  );
});

test("how deep an event says it stands is as many functions as are open", () => {
  const deep = (line: string, depth: string): string => line.replace('"depth":0', `"depth":${depth}`);
  refused(
    [MACHINE, BEFORE, deep(ENTER, `${MARK}3`)],
    '"depth" is 3: expected 0, since 0 functions are open here',
  );
  refused(
    [MACHINE, BEFORE, ENTER, deep(EXIT, `${MARK}1`)],
    '"depth" is 1: expected 0, since 1 function is open here',
  );
  refused(
    [MACHINE, BEFORE, ENTER, deep(ENTER, `${MARK}0`)],
    '"depth" is 0: expected 1, since 1 function is open here',
  );
});

test("a trace of a panic reads back", async () => {
  const io = memoryIo();
  await main(
    ["sendto", "127.0.0.1", "9999", "--size", "9000", "-f", "MORE", "-n", "2", "--format", "json"],
    io,
  );
  expect(
    [...readTrace([io.outBytes])].some((event) => event.ev === "verdict" && /panicked/.test(event.what)),
  ).toBe(true);
});

test("where the chunks are cut does not matter", async () => {
  const io = memoryIo();
  await main(["sendto", "127.0.0.1", "9999", "f\u00fcnf \u6587\u5b57", "--format", "json"], io);
  const bytes = io.outBytes;
  const whole = [...readTrace([bytes])];
  for (const size of [1, 7, 100, 65536]) {
    const chunks: Uint8Array[] = [];
    for (let i = 0; i < bytes.length; i += size) chunks.push(bytes.slice(i, i + size));
    expect([...readTrace(chunks)]).toEqual(whole);
  }
});

test.each<[string, string[], string]>([
  ["nothing", ["", MARK], "the file is empty: expected a trace as written by --format json"],
  ["other text", [`${MARK}sendto(3)`], 'not JSON: found "s", expected a value'],
  ["a comma too many", [`{"ev":"machine",${MARK}}`], 'not JSON: found "}", expected a name in "quotes"'],
  ["a missing colon", [`{"ev" ${MARK}"machine"}`], 'not JSON: found "\\"", expected ":"'],
  ["a missing comma", [`{"ev":"machine" ${MARK}"seed":0}`], 'not JSON: found "\\"", expected "," or "}"'],
  ["a missing bracket", [`{"ev":[1,2${MARK}}`], 'not JSON: found "}", expected "," or "]"'],
  ["two values", [`{"ev":1} ${MARK}{`], 'not JSON: found "{", expected the end of the line'],
  ["an open string", [`{"ev":"mach${MARK}`], 'not JSON: the line ends, expected a closing "'],
  [
    "a bad escape",
    [`{"ev":"${MARK}\\x41"}`],
    'not JSON: found "\\\\", expected an escape such as \\n or \\u001b',
  ],
  ["characters count, not bytes", [`{"é文😀": ${MARK}x`], 'not JSON: found "x", expected a value'],
  ["a list", [`${MARK}[]`], 'found []: expected an event, {"ev": …}'],
  ["null", [`${MARK}null`], 'found null: expected an event, {"ev": …}'],
  ["no kind", [`${MARK}{}`], 'expected an event, but there is no "ev" in this object'],
  ["no head", [`{"ev":${MARK}"exit","fn":"f","depth":0}`], 'a trace begins with "machine", not with "exit"'],
  [
    "no first state",
    [MACHINE, CALL.replace('"sys', `${MARK}"sys`)],
    '"machine" is followed by the state "before", not by "syscall"',
  ],
  [
    "the last state first",
    [MACHINE, AFTER.replace('"after', `${MARK}"after`)],
    'expected the state "before" here',
  ],
  [
    "no end",
    [MACHINE, BEFORE, CALL, MARK],
    'the trace ends too early: expected the state "after"; is it truncated?',
  ],
  [
    "more after the end",
    [MACHINE, BEFORE, AFTER, CALL.replace('"sys', `${MARK}"sys`)],
    'after the state "after", only another session may begin',
  ],
])("refused: %s", (_what, lines, message) => {
  refused(lines, message);
});

/** Fields of an event that stands alone. */
const note = (rest: string): string => `{"ev":"note","fn":"","depth":0,${rest}}`;
const softirq = '{"ev":"context","depth":0,"name":"softirq","on":true}';

test.each<[string, string[], string]>([
  [
    "a prototype's name",
    [`{"ev":${MARK}"constructor"}`],
    '"ev" is "constructor": expected one of machine, state, verdict, syscall, sysret, enter, exit, note, fate, dump, count, clock, context, packet',
  ],
  ["a second head", [`{"ev":${MARK}${MACHINE.slice(6)}`], 'a second "machine" in one session'],
  ["a second first state", [BEFORE.replace('"before', `${MARK}"before`)], 'expected the state "after" here'],
  ["an exit from nothing", [`{"ev":"exit","fn":${MARK}"f","depth":0}`], "exit from f, but nothing is open"],
  ["an exit from another", [ENTER, `{"ev":"exit","fn":${MARK}"g","depth":0}`], "exit from g, but f is open"],
  [
    "the end of another context",
    [softirq, `{"ev":"context","depth":0,"name":${MARK}"timer","on":false}`],
    "end of the context timer, but in softirq is open",
  ],
  [
    "a return from nothing",
    [`{"ev":"sysret","name":${MARK}"f","ret":0}`],
    "return of f, but no system call is open",
  ],
  [
    "a return from another",
    [CALL, `{"ev":"sysret","name":${MARK}"bind","ret":0}`],
    "return of bind, but the open system call is sendto",
  ],
  [
    "a verdict too early",
    [CALL, `{"ev":${MARK}${VERDICT.slice(6)}`],
    "expected a verdict only after the return of a system call, or between two calls",
  ],
  [
    "a second verdict",
    [CALL, RETURN, VERDICT, `{"ev":${MARK}${VERDICT.slice(6)}`],
    "expected a verdict only after the return of a system call, or between two calls",
  ],
  [
    "a field of another type",
    [`{"ev":"exit","fn":"f","depth":${MARK}"0"}`],
    '"depth" is "0": expected a whole number from 0 to 300',
  ],
  [
    "a fraction",
    [`{"ev":"exit","fn":"f","depth":${MARK}0.5}`],
    '"depth" is 0.5: expected a whole number from 0 to 300',
  ],
  [
    "a missing field",
    [`${MARK}{"ev":"exit","fn":"f"}`],
    '"depth" is missing: expected a whole number from 0 to 300',
  ],
  [
    "an endless number",
    [`{"ev":"exit","fn":"f","depth":0,"ret":${MARK}1e999}`],
    '"ret" is null: expected a finite number',
  ],
  [
    "half a byte",
    [`{"ev":"dump","fn":"","depth":0,"label":"x","at":0,"hex":${MARK}"abc"}`],
    '"hex" is "abc": expected pairs of hexadecimal digits',
  ],
  [
    "an escape sequence",
    [note(`"text":${MARK}"\\u001b[31m"`)],
    '"text" is "\\u001b[31m": expected text without control characters',
  ],
  [
    "one in a fact",
    [note(`"text":"","facts":{"a":["",${MARK}"\\u001b"]}`)],
    '1 is "\\u001b": expected text without control characters',
  ],
  [
    "one in a name",
    [note(`"text":"","facts":{"\\u001b":${MARK}1}`)],
    'the name "\\u001b": expected text without control characters',
  ],
  [
    "a device that is a path",
    [`{"ev":"packet","fn":"","depth":0,"dev":${MARK}"../x","type":0,"status":0,"hex":""}`],
    '"dev" is "../x": expected a device name',
  ],
  [
    "too many levels",
    [note(`"text":"","facts":{"a":[[[[[[[[${MARK}[[]]]]]]]]]]}`)],
    "0 is [[]]: expected at most 8 levels of lists and objects",
  ],
  [
    "a part of memory that is none",
    [`{"ev":"syscall","name":"writev","args":{"iov":[${MARK}null]}}`],
    "0 is null: expected an object",
  ],
])("refused in a session: %s", (_what, lines, message) => {
  refused([MACHINE, BEFORE, ...lines, AFTER], message);
});

test.each([
  "/etc/passwd",
  "/proc/../etc/passwd",
  "/proc/net/./snmp",
  "/proc/",
  "proc/net/snmp",
  "/proc//net",
])("a state knows no file %s", (path) => {
  const state = AFTER.replace('"proc":{}', `"proc":{${JSON.stringify(path)}:"x"}`);
  expect(refusal([MACHINE, BEFORE, state])).toBe(
    `3:${state.indexOf('"x"') + 1}: the name ${JSON.stringify(path)}: expected a path in /proc`,
  );
});

test("calls nest as deep as a kernel stack may be, not deeper", () => {
  expect(
    inSession(...Array.from({ length: 300 }, (_, i) => ENTER.replace('"depth":0', `"depth":${i}`))),
  ).toBe("none");
  expect(
    inSession(
      ...Array.from({ length: 301 }, (_, i) => ENTER.replace('"depth":0', `"depth":${Math.min(i, 300)}`)),
    ),
  ).toBe("303:7: calls are nested deeper than 300");
});

test("bytes that are no text", () => {
  const bytes = Uint8Array.of(...new TextEncoder().encode('\n{"ev":"ä'), 0xc3, 0x28, 0x0a);
  expect(refusal(bytes)).toBe("2:9: not UTF-8 text");
});

test("very long lines and deep nesting are refused without harm", () => {
  expect(refusal([`{"ev":"${"\\n".repeat(3_000_000)}"`])).toMatch(/^1:6000009: not JSON: the line ends/);
  expect(refusal(["[".repeat(1_000_000)])).toBe("1:202: not JSON: nested too deeply");
  const chunk = new TextEncoder().encode(" ".repeat(1 << 20));
  const endless = function* (): Generator<Uint8Array> {
    for (;;) yield chunk;
  };
  expect(() => [...readTrace(endless())]).toThrow("a line longer than 67108864 bytes");
});
